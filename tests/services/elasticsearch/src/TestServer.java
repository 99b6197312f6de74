import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch node on loopback: TestServer HOME DATA HTTP_PORT TRANSPORT_PORT [name=value ...]. */
public class TestServer {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        Settings.Builder settings = Settings.builder()
            .put("cluster.name", "frontdesk-tests")
            .put("node.name", "tests")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("path.home", home)
            .put("path.data", arguments[1])
            .put("http.port", arguments[2])
            .put("transport.port", arguments[3])
            // A developer's full disk is no reason to refuse what a test writes.
            .put("cluster.routing.allocation.disk.threshold_enabled", false);
        for (int place = 4; place < arguments.length; place++) {
            String[] pair = arguments[place].split("=", 2);
            settings.put(pair[0], pair[1]);
        }
        Settings chosen = settings.build();
        LogConfigurator.configureWithoutConfig(chosen);
        Environment environment = new Environment(chosen, home.resolve("config"));
        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir());
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(modules, Set.of(), Map.of(), false));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        Thread.currentThread().join();
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (Exception failure) {
            failure.printStackTrace();
        }
    }
}
