"""A real Kafka broker for the tests: one process, its own controller, from Maven Central's artifacts."""

from __future__ import annotations

import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.maven import classpath
from tests.services.process import Server, free_port, missing, need_programs, running

VERSION = "4.1.1"
CACHE = Path.home() / ".cache" / "frontdesk-tests" / "kafka"
USER, PASSWORD = "desk", "correct-horse"

POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>frontdesk.tests</groupId><artifactId>kafka-broker</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{guarded},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{guarded}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
log.dirs={data}
auto.create.topics.enable={creates}
num.partitions=3
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
num.network.threads=1
num.io.threads=2
background.threads=1
log.cleaner.dedupe.buffer.size=2000000
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
"""

JAVA = ["java", "-Xms48m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class KafkaBroker(Server):
    """A broker on `servers` whose data outlives it; on `guarded` it wants a user and a password.

    A topic that is written to comes into being with three partitions, unless `creates_topics` is off.
    """

    service = "Kafka"
    start_s = 90.0

    def __init__(self, folder: Path, *, creates_topics: bool = True) -> None:
        need_programs(self.service, "java", "mvn")
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder / "kafka.log")
        self._port, self._guarded, controller = free_port(), free_port(), free_port()
        self.servers = f"127.0.0.1:{self._port}"
        self.guarded = f"127.0.0.1:{self._guarded}"
        self._java = [*JAVA, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp"]
        self._java += [classpath(self.service, CACHE, VERSION, POM)]
        self._settings = folder / "server.properties"
        self._settings.write_text(
            SETTINGS.format(
                port=self._port,
                guarded=self._guarded,
                controller=controller,
                data=folder / "data",
                user=USER,
                password=PASSWORD,
                creates=str(creates_topics).lower(),
            )
        )
        self.command = [*self._java, "kafka.Kafka", str(self._settings)]
        self._lay_out()

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def _lay_out(self) -> None:
        cluster = uuid.uuid5(uuid.NAMESPACE_DNS, "frontdesk").hex[:22]
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._settings)]
        done = subprocess.run([*self._java, *tool], capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            missing(self.service, f"its storage could not be laid out: {(done.stdout + done.stderr)[-800:]}")


@contextmanager
def kafka_broker(folder: Path, *, creates_topics: bool = True) -> Iterator[KafkaBroker]:
    """A running broker with its data in `folder`, ended with the context."""
    with running(KafkaBroker(folder, creates_topics=creates_topics)) as broker:
        yield broker
