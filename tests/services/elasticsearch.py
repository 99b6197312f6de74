"""A real Elasticsearch for the tests: the one that was given, or one node from Maven Central's artifacts.

`FRONTDESK_ELASTICSEARCH_URL` gives one; tests write to it under prefixes of their own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import AsyncElasticsearch

from core.elasticsearch_client import ElasticsearchOptions
from core.elasticsearch_index import ElasticsearchIndex
from tests.services.maven import classpath
from tests.services.process import Server, free_port, missing, need_programs, running

SOURCES = Path(__file__).parent / "elasticsearch"
CACHE = Path.home() / ".cache" / "frontdesk-tests" / "elasticsearch"
SERVICE = "Elasticsearch"
HEAP = "768m"
# Read before the tests' environment is emptied.
GIVEN_URL = os.environ.get("FRONTDESK_ELASTICSEARCH_URL") or os.environ.get("FRONTDESK_ELASTICSEARCH__URL")

NETTY = ("netty-", "transport-netty4-", "elasticsearch-ssl-config-")
MODULES = {"transport-netty4": "org.elasticsearch.transport.netty4.Netty4Plugin", "tests": "LanguagesAndRoot"}


class ElasticsearchServer(Server):
    """A node on `url` whose data outlives it. `options` are settings of elasticsearch.yml."""

    service = SERVICE
    start_s = 90.0

    def __init__(self, folder: Path, options: dict[str, str] | None = None, *, heap: str = HEAP) -> None:
        need_programs(self.service, "java", "javac", "mvn")
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder / "elasticsearch.log")
        home, port = laid_out(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        java = ["java", f"-Xms{heap}", f"-Xmx{heap}", f"-Djava.io.tmpdir={folder}"]
        java += ["-cp", f"{home / 'classes'}:{home / 'lib'}/*"]
        data = [str(home), str(folder / "data"), str(port), str(free_port())]
        given = [f"{name}={value}" for name, value in (options or {}).items()]
        self.command = [*java, "TestServer", *data, *given]

    def answers(self) -> bool:
        """Whether every index that was there before can be searched."""
        try:
            health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
            with urllib.request.urlopen(health, timeout=3) as answer:  # noqa: S310 - its own loopback address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def elasticsearch_server(
    folder: Path, options: dict[str, str] | None = None
) -> Iterator[ElasticsearchServer]:
    """A running node with its data in `folder`, ended with the context."""
    with running(ElasticsearchServer(folder, options)) as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an Elasticsearch answers."""
    if GIVEN_URL:
        yield GIVEN_URL
        return
    with elasticsearch_server(tmp_path_factory.mktemp("elasticsearch")) as server:
        yield server.url


@asynccontextmanager
async def fresh_index(url: str, *, dimensions: int, **options: Any) -> AsyncIterator[ElasticsearchIndex]:
    """An index under a prefix that nobody else has; everything of that prefix is removed in the end."""
    chosen = ElasticsearchOptions(**{"nodes": [url], "prefix": f"test-{uuid.uuid4().hex[:12]}", **options})
    index = ElasticsearchIndex(chosen, model="test", dimensions=dimensions)
    try:
        yield index
    finally:
        await index.close()
        await remove(url, chosen.prefix)


async def remove(url: str, prefix: str) -> None:
    """Removes every index whose name begins with `prefix`, by its whole name."""
    async with AsyncElasticsearch(url) as client:
        for name in await client.options(ignore_status=404).indices.get(index=f"{prefix}_*"):
            await client.options(ignore_status=404).indices.delete(index=name)


def laid_out() -> Path:
    """A server's home folder, made on the first call from what `SOURCES` says."""
    digest = hashlib.sha256()
    for file in sorted(SOURCES.rglob("*.*")):
        digest.update(file.read_bytes())
    version = digest.hexdigest()[:12]
    home = CACHE / version
    if home.exists():
        return home
    made = home.with_suffix(f".{os.getpid()}")
    listed = classpath(SERVICE, CACHE, version, (SOURCES / "pom.xml").read_text())
    jars = [Path(path) for path in listed.split(os.pathsep)]
    for jar in jars:
        is_netty = jar.name.startswith(NETTY)
        place = made / ("modules/transport-netty4" if is_netty else "lib")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(jar, place)
    release = next(jar for jar in jars if jar.parents[1].name == "elasticsearch").parent.name
    for module, main in MODULES.items():
        (made / "modules" / module).mkdir(exist_ok=True)
        lines = [f"name={module}", f"description={module}", f"classname={main}", "version=1"]
        lines += ["java.version=17", f"elasticsearch.version={release}"]
        (made / "modules" / module / "plugin-descriptor.properties").write_text("\n".join(lines))
    _compile(made, "TestServer", made / "classes")
    _compile(made, "LanguagesAndRoot", made / "classes-of-module")
    jar_of_module = made / "modules" / "tests" / "tests.jar"
    _run("jar", "cf", str(jar_of_module), "-C", str(made / "classes-of-module"), ".")
    (made / "config").mkdir()
    try:
        made.rename(home)
    except OSError:
        shutil.rmtree(made)  # another run was first
    return home


def _compile(home: Path, name: str, into: Path) -> None:
    source = SOURCES / "src" / f"{name}.java"
    _run("javac", "-nowarn", "--release", "17", "-cp", f"{home / 'lib'}/*", "-d", str(into), str(source))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        missing(SERVICE, f"{command[0]} failed: {(done.stdout + done.stderr)[-800:]}")
