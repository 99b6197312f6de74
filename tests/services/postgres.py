"""A real PostgreSQL for the tests: the one on PATH, or else the newest of this machine's packages."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.services.process import Server, free_port, missing, running

OWNER = "postgres"
"""Who runs it where the tests run as root, which PostgreSQL refuses to be."""
PASSWORD = "Pä:ss/w@rd%21#"  # noqa: S105 - of a server that lives as long as the tests
"""Every character that an address gives a meaning to."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "autovacuum": "off",
}
FASTER = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresServer(Server):
    """A PostgreSQL on this machine's loopback whose data outlives it.

    One that is `durable` keeps what it has confirmed through `kill`; the others are faster.
    """

    service = "PostgreSQL"
    start_s = 30.0

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        super().__init__(folder / "log")
        self.folder = folder
        self.port = free_port()
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            for path in (folder, folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        settings = {"port": str(self.port), **SETTINGS, **({} if durable else FASTER)}
        self.command = [*_as_owner(), binary("postgres"), "-D", str(folder / "data")]
        for name, value in settings.items():
            self.command += ["-c", f"{name}={value}"]
        self._make_data()

    def url(self, database: str, *, user: str = OWNER, password: str = PASSWORD) -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def database(self, *, options: str = "") -> AsyncIterator[str]:
        """The address of a new, empty database, which goes with the context."""
        name = f"desk_{uuid.uuid4().hex[:12]}"
        await self.do(f"CREATE DATABASE {name} {options}")
        try:
            yield self.url(name)
        finally:
            await self.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @asynccontextmanager
    async def schema(self) -> AsyncIterator[str]:
        """The address of a new, empty schema, which is made sooner than a database."""
        name = f"desk_{uuid.uuid4().hex[:12]}"
        await self.do(f"CREATE SCHEMA {name}")
        try:
            yield f"{self.url(OWNER)}?search_path={name}"
        finally:
            await self.do(f"DROP SCHEMA {name} CASCADE")

    async def do(self, statement: str, database: str = OWNER) -> None:
        """Carries out a statement as the owner of all."""
        import asyncpg  # noqa: PLC0415 - only where PostgreSQL is there

        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def stop(self) -> None:
        """Ends it in an orderly way, without waiting for its clients to leave."""
        if self.pid:
            os.kill(self.pid, signal.SIGINT)
        super().stop()

    def kill(self) -> None:
        """Ends it with SIGKILL, with everything it has started."""
        if self.pid:
            children = psutil.Process(self.pid).children(recursive=True)
            super().kill()
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            psutil.wait_procs(children, timeout=10)

    def answers(self) -> bool:
        """Whether it takes connections."""
        command = [binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "2"]
        return subprocess.run(command, check=False).returncode == 0

    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(errors="replace")

    def _make_data(self) -> None:
        command = [*_as_owner(), binary("initdb"), "--no-sync", "-D", str(self.folder / "data"), "-U", OWNER]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        made = subprocess.run(
            [*command, f"--pwfile={self.folder / 'password'}"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        if made.returncode:
            missing(self.service, f"initdb failed: {made.stderr[-800:]}")

    def _signal(self, number: signal.Signals) -> None:
        """Sends a signal to it and to everything it has started."""
        assert self.pid
        server = psutil.Process(self.pid)
        for process in (server, *server.children(recursive=True)):
            process.send_signal(number)


def binary(name: str) -> str:
    """One of its programs."""
    if found := shutil.which(name):
        return found
    packaged = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parents[1].name)
    )
    if not packaged:
        missing("PostgreSQL", f"{name} is neither on PATH nor in /usr/lib/postgresql")
    return str(packaged[-1])


def _as_owner() -> list[str]:
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(OWNER)
    except KeyError:
        missing("PostgreSQL", f"the tests run as root, and there is no user {OWNER!r} to run it")
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--"]


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A running server, ended with the context, its data in a folder of its own that its user may enter."""
    binary("initdb")
    try:
        import asyncpg  # noqa: F401, PLC0415 - is it there at all
    except ImportError:
        missing("PostgreSQL", "asyncpg is not installed: pip install 'frontdesk[postgres]'")
    with (
        tempfile.TemporaryDirectory(prefix="frontdesk-postgres-") as folder,
        running(PostgresServer(Path(folder), durable=durable)) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for all tests that leave it running."""
    with postgres_server() as server:
        yield server
