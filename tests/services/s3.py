"""Real S3 servers for the tests: S3Proxy from Maven Central, and Versity's gateway, which keeps versions.

Both check the signature of every request; the gateway also checks the checksums that come with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from core.s3_store import S3Options, S3Store
from tests.services.process import ServerProcess, free_port, missing

S3PROXY, GATEWAY = "3.2.0", "v1.8.0"
CACHE = Path.home() / ".cache" / "frontdesk-tests" / "s3"
START_S = 90.0
KEY, SECRET = "frontdesk", "correct-horse"

# What reaches other clouds is left out, as far as the server starts without it.
POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>frontdesk.tests</groupId><artifactId>s3-server</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.gaul</groupId><artifactId>s3proxy</artifactId><version>{S3PROXY}</version>
      <exclusions>
        <exclusion><groupId>com.google.cloud</groupId><artifactId>*</artifactId></exclusion>
        <exclusion><groupId>com.azure</groupId><artifactId>*</artifactId></exclusion>
        <exclusion><groupId>org.apache.sshd</groupId><artifactId>*</artifactId></exclusion>
        <exclusion><groupId>software.amazon.awssdk</groupId><artifactId>sts</artifactId></exclusion>
      </exclusions>
    </dependency>
  </dependencies>
</project>
"""

PROPERTIES = """\
s3proxy.endpoint={url}
s3proxy.authorization=aws-v4
s3proxy.identity={key}
s3proxy.credential={secret}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir={data}
"""

LOGGING = """\
<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%level %logger %msg%n</pattern></encoder>
  </appender>
  <root level="warn"><appender-ref ref="out"/></root>
</configuration>
"""


class S3Server:
    """An S3 server on `url` whose data outlives it."""

    def __init__(self, service: str, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = ServerProcess(service, folder / "server.log")
        self._command: list[str] = []

    def options(self, *, key: str = KEY, secret: str = SECRET, timeout_s: float = 20.0) -> S3Options:
        """How to reach it, by default with the right key."""
        return S3Options(endpoint=self.url, access_key=key, secret_key=secret, timeout_s=timeout_s)

    def start(self) -> None:
        """Starts it on the same port and the same data; returns once it answers."""
        self._process.start(self._command, answers=self.answers, within_s=START_S)

    def stop(self) -> None:
        """Ends it in an orderly way."""
        self._process.stop()

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self._process.kill()

    def answers(self) -> bool:
        """Whether it refuses what is not signed, as it should."""
        try:
            return httpx.get(self.url, timeout=2).status_code == httpx.codes.FORBIDDEN
        except httpx.HTTPError:
            return False


class S3Proxy(S3Server):
    """S3Proxy on a folder."""

    def __init__(self, folder: Path) -> None:
        for program in ("java", "mvn"):
            if shutil.which(program) is None:
                missing("S3 server", f"{program} is not installed")
        super().__init__("S3 server", folder)
        settings, logging = folder / "s3proxy.properties", folder / "logback.xml"
        settings.write_text(PROPERTIES.format(url=self.url, key=KEY, secret=SECRET, data=self.data))
        logging.write_text(LOGGING)
        self._command = ["java", "-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        self._command += [f"-Dlogback.configurationFile={logging}", "-cp", classpath()]
        self._command += ["org.gaul.s3proxy.Main", "--properties", str(settings)]


class VersioningGateway(S3Server):
    """Versity's gateway on a folder. It is the tests' second opinion, and needs Go: no must, even in CI."""

    def __init__(self, folder: Path) -> None:
        super().__init__("S3 gateway", folder)
        versions = folder / "versions"
        versions.mkdir()
        self._command = ["env", f"ROOT_ACCESS_KEY={KEY}", f"ROOT_SECRET_KEY={SECRET}", str(gateway())]
        self._command += ["--port", f"127.0.0.1:{self.port}", "--quiet", "posix"]
        self._command += ["--versioning-dir", str(versions), str(self.data)]


@contextmanager
def s3_server(folder: Path, kind: type[S3Server] = S3Proxy) -> Iterator[S3Server]:
    """A running server with its data in `folder`, ended with the context."""
    server = kind(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def keep_versions(store: S3Store) -> None:
    """Makes the store's bucket keep what is overwritten and deleted."""
    wish = {"Bucket": store._bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    await store._ask(lambda files: files._call_s3("put_bucket_versioning", **wish))


async def versions_in(store: S3Store) -> int:
    """How many versions and marks of deletion the store's bucket holds."""
    found = await store._ask(lambda files: files._call_s3("list_object_versions", Bucket=store._bucket))
    return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


def classpath() -> str:
    """The jars of S3Proxy, from a Maven repository of the tests' own."""
    listing = CACHE / f"classpath-{S3PROXY}"
    if listing.exists():
        return listing.read_text()
    CACHE.mkdir(parents=True, exist_ok=True)
    pom = CACHE / "pom.xml"
    pom.write_text(POM)
    made = listing.with_suffix(f".{os.getpid()}")
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath"
    command = ["mvn", "-q", "-B", "-f", str(pom), f"-Dmaven.repo.local={CACHE / 'repository'}"]
    command += [goal, f"-Dmdep.outputFile={made}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    if done.returncode:
        missing("S3 server", f"Maven could not fetch it: {done.stdout[-800:]}")
    made.rename(listing)
    return listing.read_text()


def gateway() -> Path:
    """Versity's gateway, built once from the modules it is published as."""
    program = CACHE / f"versitygw-{GATEWAY}" / "versitygw"
    if program.exists():
        return program
    if shutil.which("go") is None:
        not_built("Go is not installed")
    place = program.parent.with_suffix(f".{os.getpid()}")
    place.mkdir(parents=True)
    command = ["go", "install", f"github.com/versity/versitygw/cmd/versitygw@{GATEWAY}"]
    environment = {**os.environ, "GOBIN": str(place)}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, env=environment, cwd=place
    )
    if done.returncode:
        not_built(f"Go could not build it: {done.stderr[-800:]}")
    place.rename(program.parent)
    return program


def not_built(reason: str) -> NoReturn:
    """Skips, in CI as well."""
    pytest.skip(f"no S3 gateway that keeps versions: {reason}")
