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
from tests.services.maven import classpath
from tests.services.process import Server, free_port, need_programs, running

S3PROXY, GATEWAY = "3.2.0", "v1.8.0"
CACHE = Path.home() / ".cache" / "frontdesk-tests" / "s3"
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


class S3Server(Server):
    """An S3 server on `url` whose data outlives it."""

    start_s = 90.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "server.log")
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def options(self, *, key: str = KEY, secret: str = SECRET, timeout_s: float = 20.0) -> S3Options:
        """How to reach it, by default with the right key."""
        return S3Options(endpoint=self.url, access_key=key, secret_key=secret, timeout_s=timeout_s)

    def answers(self) -> bool:
        """Whether it refuses what is not signed, as it should."""
        try:
            return httpx.get(self.url, timeout=2).status_code == httpx.codes.FORBIDDEN
        except httpx.HTTPError:
            return False


class S3Proxy(S3Server):
    """S3Proxy on a folder."""

    service = "S3 server"

    def __init__(self, folder: Path) -> None:
        need_programs(self.service, "java", "mvn")
        super().__init__(folder)
        settings, logging = folder / "s3proxy.properties", folder / "logback.xml"
        settings.write_text(PROPERTIES.format(url=self.url, key=KEY, secret=SECRET, data=self.data))
        logging.write_text(LOGGING)
        self.command = ["java", "-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        self.command += [f"-Dlogback.configurationFile={logging}", "-cp"]
        self.command += [classpath(self.service, CACHE, S3PROXY, POM)]
        self.command += ["org.gaul.s3proxy.Main", "--properties", str(settings)]


class VersioningGateway(S3Server):
    """Versity's gateway on a folder. It is the tests' second opinion, and needs Go: no must, even in CI."""

    service = "S3 gateway"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        versions = folder / "versions"
        versions.mkdir()
        self.command = ["env", f"ROOT_ACCESS_KEY={KEY}", f"ROOT_SECRET_KEY={SECRET}", str(gateway())]
        self.command += ["--port", f"127.0.0.1:{self.port}", "--quiet", "posix"]
        self.command += ["--versioning-dir", str(versions), str(self.data)]


@contextmanager
def s3_server(folder: Path, kind: type[S3Server] = S3Proxy) -> Iterator[S3Server]:
    """A running server with its data in `folder`, ended with the context."""
    with running(kind(folder)) as server:
        yield server


async def keep_versions(store: S3Store) -> None:
    """Makes the store's bucket keep what is overwritten and deleted."""
    wish = {"Bucket": store._bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    await store._ask(lambda files: files._call_s3("put_bucket_versioning", **wish))


async def versions_in(store: S3Store) -> int:
    """How many versions and marks of deletion the store's bucket holds."""
    found = await store._ask(lambda files: files._call_s3("list_object_versions", Bucket=store._bucket))
    return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


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
