"""Documents in a bucket of a real S3 server: refused keys, missing buckets, outages, pages, old versions."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core import s3_store
from core.encryption import EncryptionKey, Keyring
from core.errors import FilesUnavailable, Misconfigured, NotFound
from core.files import Files
from core.s3_store import S3Options, S3Store
from core.tenants import TenantId
from tests.services.process import free_port
from tests.services.s3 import (
    KEY,
    SECRET,
    S3Server,
    VersioningGateway,
    keep_versions,
    s3_server,
    versions_in,
)

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ACME = TenantId("acme")
KEYS = Keyring([EncryptionKey(bytes(32))])
URL = "s3://frontdesk/documents"

Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opener]:
    """Opens files and closes them after the test."""
    every: list[Files] = []

    async def opener(options: S3Options, url: str = URL) -> Files:
        every.append(await Files.open(url, folder=tmp_path, keys=KEYS, s3=options))
        return every[-1]

    yield opener
    for each in every:
        await each.close()


@pytest.fixture
async def files(server: S3Server, opened: Opener) -> Files:
    made = await opened(server.options())
    await made._store.prepare()
    return made


@pytest.fixture
async def torn_connections() -> AsyncIterator[None]:
    """Lets aiohttp lose the words of a request it was still writing when the server went.

    It raises them in a task of its own that nobody waits for; whoever asked is told all the same.
    """
    loop = asyncio.get_running_loop()
    otherwise = loop.get_exception_handler()

    def hear(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
        if not isinstance(told.get("exception"), aiohttp.ClientConnectionResetError):
            assert otherwise
            otherwise(loop, told)

    loop.set_exception_handler(hear)
    yield
    loop.set_exception_handler(otherwise)


async def test_two_processes_share_a_bucket(files: Files, server: S3Server, opened: Opener) -> None:
    second = await opened(server.options())
    assert await second.get(ACME, await files.put(ACME, b"shared")) == b"shared"


async def test_two_desks_in_one_bucket_never_meet(files: Files, server: S3Server, opened: Opener) -> None:
    neighbour = await opened(server.options(), "s3://frontdesk/document")
    content_hash = await files.put(ACME, b"ours")
    assert not await neighbour.exists(ACME, content_hash)
    assert [each async for each in neighbour.list()] == []


async def test_a_missing_bucket_is_said_and_made_by_a_copy(server: S3Server, opened: Opener) -> None:
    files = await opened(server.options(), "s3://not-there-yet")
    for act in (files.put(ACME, b"x"), files.get(ACME, "a" * 64), files.check()):
        with pytest.raises(FilesUnavailable, match=r"'not-there-yet'.*NoSuchBucket.*frontdesk migrate"):
            await act
    assert (await files.copy_to(files)).copied == 0
    await files.check()
    assert await files.get(ACME, await files.put(ACME, b"x")) == b"x"


@pytest.mark.parametrize(("key", "secret"), [("frontdesk", "wrong-secret"), ("nobody", "correct-horse")])
async def test_wrong_credentials_are_said_to_be_wrong(
    server: S3Server, files: Files, opened: Opener, key: str, secret: str
) -> None:
    content_hash = await files.put(ACME, b"x")
    stranger = await opened(server.options(key=key, secret=secret))
    for act in (
        stranger.put(ACME, b"x"),
        stranger.get(ACME, content_hash),
        stranger.exists(ACME, content_hash),
        stranger.delete(ACME, content_hash),
        stranger.check(),
    ):
        with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__SECRET") as told:
            await act
        assert secret not in str(told.value)
        assert key == "frontdesk" or key not in str(told.value)


async def test_a_key_without_its_secret_is_said(server: S3Server, opened: Opener) -> None:
    files = await opened(server.options(secret=""))
    with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__SECRET"):
        await files.put(ACME, b"x")


async def test_bytes_changed_on_the_way_are_not_kept(files: Files) -> None:
    """The signature covers the body, so that the server itself refuses what arrives changed."""

    def change(request: Any, **_: Any) -> None:
        request.body = io.BytesIO(b"X" + request.body.read()[1:])

    store = files._store
    assert isinstance(store, S3Store)
    await files.put(ACME, b"first")
    events = store._files._s3.meta.events
    events.register_last("before-send.s3.PutObject", change)
    with pytest.raises(FilesUnavailable):
        await files.put(ACME, b"second")
    events.unregister("before-send.s3.PutObject", change)
    assert await files.get(ACME, await files.put(ACME, b"second")) == b"second"


async def test_a_listing_goes_on_past_a_page(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_store, "PAGE", 3)
    many = TenantId("many")
    put = {await files.put(many, b"%d" % number) for number in range(10)}
    found = [each async for each in files.list(many)]
    assert len(found) == 10
    assert {each.content_hash for each in found} == put
    assert all(each.kept_at.tzinfo for each in found)


@pytest.mark.usefixtures("torn_connections")
async def test_an_outage_is_said_and_what_was_put_is_there_after_it(tmp_path: Path, opened: Opener) -> None:
    with s3_server(tmp_path / "server") as server:
        files = await opened(server.options())
        await files._store.prepare()
        content_hash = await files.put(ACME, b"before")
        server.kill()
        for _ in range(2):
            with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__ENDPOINT"):
                await files.put(ACME, b"during")
            with pytest.raises(FilesUnavailable):
                await files.get(ACME, content_hash)
            with pytest.raises(FilesUnavailable):
                [each async for each in files.list()]
        server.start()
        assert await files.get(ACME, content_hash) == b"before"
        await files.put(ACME, b"during")
        assert len([each async for each in files.list()]) == 2


@pytest.mark.usefixtures("torn_connections")
async def test_a_server_killed_while_it_is_written_to_shows_nothing_half(
    tmp_path: Path, opened: Opener
) -> None:
    data = [os.urandom(2_000_000) for _ in range(12)]
    with s3_server(tmp_path / "server") as server:
        files = await opened(server.options())
        await files._store.prepare()
        puts = [asyncio.create_task(files.put(ACME, each)) for each in data]
        await asyncio.wait(puts, return_when=asyncio.FIRST_COMPLETED)
        server.kill()
        results = await asyncio.gather(*puts, return_exceptions=True)
        server.start()
        confirmed = {each for each in results if isinstance(each, str)}
        assert confirmed
        assert all(isinstance(each, str | FilesUnavailable) for each in results)
        for each in [each async for each in files.list()]:
            assert await files.get(ACME, each.content_hash) in data
            confirmed.discard(each.content_hash)
        assert not confirmed


async def test_a_server_that_never_answers_is_given_up(opened: Opener) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = free_port()
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", port)
    async with silent:
        endpoint = f"http://127.0.0.1:{port}"
        files = await opened(S3Options(endpoint=endpoint, access_key=KEY, secret_key=SECRET, timeout_s=0.5))
        with pytest.raises(FilesUnavailable, match="TimeoutError"):
            await files.put(ACME, b"x")
        await files.close()


async def test_a_server_of_another_kind_is_not_taken_for_one(opened: Opener) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Oops\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<html")
        await writer.drain()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(greet, "127.0.0.1", port):
        files = await opened(
            S3Options(endpoint=f"http://127.0.0.1:{port}", access_key=KEY, secret_key=SECRET)
        )
        for act in (files.check(), files.get(ACME, "a" * 64)):
            with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__ENDPOINT"):
                await act
        await files.close()


async def test_files_may_be_used_after_they_were_closed(files: Files) -> None:
    content_hash = await files.put(ACME, b"x")
    await files.close()
    assert await files.get(ACME, content_hash) == b"x"


async def test_a_deletion_takes_the_older_versions_along(tmp_path: Path) -> None:
    with s3_server(tmp_path / "server", VersioningGateway) as server:
        store = S3Store(URL, server.options())
        files = Files(store, KEYS)
        await store.prepare()
        await keep_versions(store)
        kept = await files.put(ACME, b"kept")
        for _ in range(3):
            content_hash = await files.put(ACME, b"gone")
        assert await versions_in(store) == 4
        await files.delete(ACME, content_hash)
        await files.delete(ACME, content_hash)
        assert await versions_in(store) == 1
        assert await files.get(ACME, kept) == b"kept"
        with pytest.raises(NotFound):
            await files.get(ACME, content_hash)
        await files.close()


async def test_what_is_put_during_a_deletion_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(tmp_path / "server", VersioningGateway) as server:
        store = S3Store(URL, server.options())
        files = Files(store, KEYS)
        await store.prepare()
        await keep_versions(store)
        content_hash = await files.put(ACME, b"again")
        ask, came_back = store._ask, False

        async def put_between(call: Callable[[Any], Any]) -> Any:
            nonlocal came_back
            answer = await ask(call)
            if isinstance(answer, dict) and answer.get("DeleteMarker") and not came_back:
                came_back = True
                await files.put(ACME, b"again")
            return answer

        monkeypatch.setattr(store, "_ask", put_between)
        await files.delete(ACME, content_hash)
        assert await files.get(ACME, content_hash) == b"again"
        assert await versions_in(store) == 1
        await files.close()


async def test_a_checksum_goes_with_what_is_written(tmp_path: Path) -> None:
    with s3_server(tmp_path / "server", VersioningGateway) as server:
        store = S3Store(URL, server.options())
        await store.prepare()
        await store.write("a", b"words")
        at = {"Bucket": store._bucket, "Key": "documents/a", "ChecksumMode": "ENABLED"}
        assert "ChecksumSHA256" in await store._ask(lambda files: files._call_s3("head_object", **at))
        await store.close()


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "s3://A_B", "s3://me:secret@bucket"])
def test_a_url_without_a_bucket_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_FILES__URL") as told:
        S3Store(url, S3Options())
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "http://", "ftp://a", "http://me:secret@a:9000"])
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_FILES__ENDPOINT") as told:
        S3Store(URL, S3Options(endpoint=endpoint))
    assert "secret" not in str(told.value)
