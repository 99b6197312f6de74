"""The Tika reader against the real Tika server, fetched from Maven Central and run on this machine."""

import io
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.errors import Unavailable, UnreadableDocument
from core.formats import read, tika

pytestmark = pytest.mark.service

VERSION = "3.3.2"
GROUP = "org.apache.tika"
PLUGINS = "org.apache.maven.plugins"
CACHE = Path.home() / ".cache" / "frontdesk-tests" / "tika"
SAMPLES = Path(__file__).parents[1] / "data" / "formats"
START_S = 60


def missing(reason: str) -> None:
    """Skips here; fails where CI says that every service must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"Tika is required in CI: {reason}")
    pytest.skip(f"no Tika: {reason}")


def fetch() -> Path:
    """The server's jar, from a Maven repository of the tests' own.

    The jar holds all it needs, so its parent's description stands in as an empty one:
    not every mirror of Maven Central carries it.
    """
    jar = CACHE / "org/apache/tika/tika-server-standard" / VERSION / f"tika-server-standard-{VERSION}.jar"
    if jar.exists():
        return jar
    CACHE.mkdir(parents=True, exist_ok=True)
    parent = CACHE / "parent.xml"
    parent.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>{GROUP}</groupId><artifactId>tika-server</artifactId>"
        f"<version>{VERSION}</version><packaging>pom</packaging></project>"
    )
    stand_in = [
        f"{PLUGINS}:maven-install-plugin:2.5.2:install-file",
        f"-Dfile={parent}",
        f"-DpomFile={parent}",
    ]
    artifact = f"-Dartifact={GROUP}:tika-server-standard:{VERSION}"
    get = [f"{PLUGINS}:maven-dependency-plugin:3.6.1:get", "-Dtransitive=false", artifact]
    for goal in (stand_in, get):
        command = ["mvn", "-q", "-B", f"-Dmaven.repo.local={CACHE}", *goal]
        done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
        if done.returncode:
            missing(f"Maven could not fetch it: {done.stdout[-400:]}")
    return jar


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Tika server answers."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            missing(f"{program} is not installed")
    jar = fetch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("tika") / "log"
    with log.open("wb") as sink:
        command = ["java", "-Xmx512m", "-jar", str(jar), "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, stdout=sink, stderr=sink)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_S
        while not answers(address):
            if server.poll() is not None or time.monotonic() > end:
                missing(f"the server did not start: {log.read_text()[-400:]}")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def answers(address: str) -> bool:
    """Whether the server is up."""
    try:
        return httpx.get(f"{address}/version", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_a_format_of_no_reader_goes_to_tika(url: str) -> None:
    stream = io.BytesIO()
    words = "Parcels travel back für nothing.".encode()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("terms.txt")
        member.size = len(words)
        archive.addfile(member, io.BytesIO(words))
    extract = read(stream.getvalue(), "terms.tar", tika_url=url)
    assert extract.text == "Parcels travel back für nothing."
    assert extract.sections[0].heading == ("terms.txt",)


def test_pages_are_told(url: str) -> None:
    found = list(tika.read((SAMPLES / "sample.pdf").read_bytes(), url=url))
    assert [section.page for section in found] == [1, 2]
    assert "Keep the receipt" in found[1].text


def test_what_tika_cannot_read_is_refused(url: str) -> None:
    noise = bytes((number * 167 + 13 + number // 7) % 256 for number in range(4000))
    with pytest.raises(UnreadableDocument):
        read(noise, "a.bin", tika_url=url)


def test_a_server_that_is_not_there_is_a_fault_of_ours() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unavailable, match=r"documents\.tika_url"):
        read(b"\x00\x01\x02" * 50, "a.bin", tika_url=f"http://127.0.0.1:{port}")
