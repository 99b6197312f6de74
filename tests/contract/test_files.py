"""What the store of documents' bytes promises, in a folder and in a bucket."""

import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from core.encryption import EncryptionKey, Keyring
from core.errors import FilesUnavailable, NotFound, UnknownTenant, UnreadableDocument
from core.files import Files, ObjectStore
from core.folder_store import FolderStore
from core.s3_store import S3Store
from core.tenants import TenantId
from tests.services.s3 import S3Proxy, S3Server, VersioningGateway, keep_versions, s3_server

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
KEY, NEWER_KEY = EncryptionKey(bytes(range(32))), EncryptionKey(bytes(range(1, 33)))
WORDS = b"Parcels travel back for nothing within thirty days. " * 40
HASH = hashlib.sha256(WORDS).hexdigest()
PLACE = f"acme/{HASH[:2]}/{HASH}"

Servers = Callable[[type[S3Server]], S3Server]
CASES: dict[str, Callable[[Path, Servers], ObjectStore]] = {
    "folder": lambda folder, servers: FolderStore(folder / "files"),
    "s3": lambda folder, servers: bucket(folder, servers(S3Proxy)),
    "s3 with versions": lambda folder, servers: bucket(folder, servers(VersioningGateway)),
}


def bucket(folder: Path, server: S3Server) -> S3Store:
    """A store in a bucket of the test's own, under a prefix."""
    return S3Store(f"s3://desk-{zlib.crc32(str(folder).encode())}/files", server.options())


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Starts each server once, when the first test asks for it."""
    running: dict[type[S3Server], S3Server] = {}
    with ExitStack() as stack:

        def server(kind: type[S3Server]) -> S3Server:
            if kind not in running:
                folder = tmp_path_factory.mktemp("server")
                running[kind] = stack.enter_context(s3_server(folder, kind))
            return running[kind]

        yield server


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.service if "s3" in name else ()) for name in CASES]
)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, servers: Servers
) -> AsyncIterator[ObjectStore]:
    made = CASES[request.param](tmp_path, servers)
    await made.prepare()
    if request.param == "s3 with versions":
        await keep_versions(made)
    yield made
    await made.close()


@pytest.fixture
def files(store: ObjectStore) -> Files:
    return Files(store, Keyring([KEY]))


async def kept(files: Files, tenant: TenantId | None = None) -> set[tuple[str, str]]:
    return {(each.tenant, each.content_hash) async for each in files.list(tenant)}


async def test_bytes_come_back_as_they_were_put(files: Files) -> None:
    for data in (WORDS, b"", bytes(range(256)) * 4000):
        content_hash = await files.put(ACME, data)
        assert content_hash == hashlib.sha256(data).hexdigest()
        assert await files.get(ACME, content_hash) == data


async def test_a_large_document_comes_back_whole(files: Files) -> None:
    data = os.urandom(10_000_000)
    assert await files.get(ACME, await files.put(ACME, data)) == data


async def test_the_same_content_twice_is_one_file(files: Files) -> None:
    assert await files.put(ACME, WORDS) == await files.put(ACME, WORDS)
    assert await kept(files) == {("acme", HASH)}


async def test_many_may_put_the_same_content_at_once(files: Files) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(files.put, ACME, WORDS)
    assert await kept(files) == {("acme", HASH)}
    assert await files.get(ACME, HASH) == WORDS


async def test_a_reader_never_sees_half_of_what_is_being_written(files: Files) -> None:
    data = os.urandom(3_000_000)
    content_hash = await files.put(ACME, data)

    async def put_again() -> None:
        for _ in range(4):
            await files.put(ACME, data)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(put_again)
        for _ in range(8):
            assert await files.get(ACME, content_hash) == data


async def test_what_nobody_put_is_not_found(files: Files) -> None:
    await files.put(OTHER, WORDS)
    assert not await files.exists(ACME, HASH)
    with pytest.raises(NotFound, match=HASH):
        await files.get(ACME, HASH)


async def test_a_deleted_file_is_gone_at_once(files: Files) -> None:
    await files.put(ACME, WORDS)
    await files.put(ACME, WORDS)
    await files.put(OTHER, WORDS)
    assert await files.exists(ACME, HASH)
    await files.delete(ACME, HASH)
    assert not await files.exists(ACME, HASH)
    with pytest.raises(NotFound):
        await files.get(ACME, HASH)
    assert await kept(files) == {("other", HASH)}
    await files.delete(ACME, HASH)


async def test_a_listing_tells_tenants_apart(files: Files) -> None:
    first, second = await files.put(ACME, b"one"), await files.put(ACME, b"two")
    third = await files.put(TenantId("acme-eu"), b"three")
    assert await kept(files, ACME) == {("acme", first), ("acme", second)}
    assert await kept(files) == {("acme", first), ("acme", second), ("acme-eu", third)}
    assert await kept(files, OTHER) == set()


async def test_a_listing_may_be_left_early(files: Files) -> None:
    for number in range(5):
        await files.put(ACME, b"%d" % number)
    every = files.list()
    assert (await anext(every)).tenant == "acme"
    await every.aclose()


async def test_no_path_leads_out_of_the_tenant(files: Files) -> None:
    for hostile in ("../" * 5 + "etc/passwd", HASH.upper(), HASH + "\n", "", "a/b"):
        with pytest.raises(NotFound):
            await files.get(ACME, hostile)
        with pytest.raises(NotFound):
            await files.delete(ACME, hostile)
    for hostile in ("../acme", "", "acme/", "ACME"):
        with pytest.raises(UnknownTenant):
            await files.put(TenantId(hostile), WORDS)


async def test_what_is_stored_tells_nothing_of_the_words(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    first = await store.read(PLACE)
    await files.put(ACME, WORDS)
    assert b"Parcels" not in first
    assert first != await store.read(PLACE)


async def test_tampered_bytes_are_refused(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    sealed = await store.read(PLACE)
    for place in range(0, len(sealed), 97):
        changed = bytearray(sealed)
        changed[place] ^= 1
        await store.write(PLACE, bytes(changed))
        with pytest.raises((UnreadableDocument, FilesUnavailable)):
            await files.get(ACME, HASH)
    for cut in (b"", sealed[:10], sealed[:40], sealed[:-1], sealed + b"\0"):
        await store.write(PLACE, cut)
        with pytest.raises(UnreadableDocument):
            await files.get(ACME, HASH)


async def test_an_exchanged_file_is_refused(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    second = await files.put(ACME, b"another")
    await files.put(OTHER, b"another's")
    await store.write(PLACE, await store.read(f"acme/{second[:2]}/{second}"))
    with pytest.raises(UnreadableDocument, match="exchanged"):
        await files.get(ACME, HASH)
    await files.put(OTHER, WORDS)
    await store.write(PLACE, await store.read(PLACE.replace("acme", "other")))
    with pytest.raises(UnreadableDocument, match="exchanged"):
        await files.get(ACME, HASH)


async def test_putting_a_damaged_file_again_mends_it(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    await store.write(PLACE, b"rust")
    assert await files.put(ACME, WORDS) == HASH
    assert await files.get(ACME, HASH) == WORDS


async def test_a_newer_key_seals_and_the_older_one_still_opens(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    turned = Files(store, Keyring([NEWER_KEY, KEY]))
    assert await turned.get(ACME, HASH) == WORDS
    await turned.put(ACME, WORDS)
    assert await Files(store, Keyring([NEWER_KEY])).get(ACME, HASH) == WORDS


async def test_a_wrong_key_is_said_to_be_one(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__ENCRYPTION_KEY"):
        await Files(store, Keyring([NEWER_KEY])).get(ACME, HASH)


async def test_files_of_a_desk_that_did_not_encrypt_are_read(files: Files, store: ObjectStore) -> None:
    await store.write(PLACE, WORDS)
    assert await files.get(ACME, HASH) == WORDS
    await store.write(PLACE, WORDS + b"!")
    with pytest.raises(UnreadableDocument, match="damaged"):
        await files.get(ACME, HASH)


async def test_copying_to_itself_encrypts_what_was_in_the_open(files: Files, store: ObjectStore) -> None:
    await store.write(PLACE, WORDS)
    other = await Files(store, Keyring([NEWER_KEY])).put(ACME, b"under another key")
    turned = Files(store, Keyring([KEY, NEWER_KEY]))
    done = []
    copied = await turned.copy_to(turned, done=done.append)
    assert (copied.copied, copied.already, copied.damaged) == (2, 0, ())
    assert {each.content_hash for each in done} == {HASH, other}
    assert b"Parcels" not in await store.read(PLACE)
    assert await files.get(ACME, HASH) == WORDS
    assert await files.get(ACME, other) == b"under another key"
    assert (await turned.copy_to(turned)).already == 2


async def test_a_copy_loses_nothing_and_may_be_repeated(files: Files, tmp_path: Path) -> None:
    source = await Files.open("", folder=tmp_path / "old", keys=Keyring([NEWER_KEY]))
    documents = {
        await source.put(tenant, b"%d" % n): b"%d" % n for n in range(10) for tenant in (ACME, OTHER)
    }
    cut_off = next(iter(documents))
    await files.put(ACME, documents[cut_off])
    copied = await source.copy_to(files)
    assert (copied.copied, copied.already, copied.damaged) == (19, 1, ())
    again = await source.copy_to(files)
    assert (again.copied, again.already, again.damaged) == (0, 20, ())
    for content_hash, data in documents.items():
        assert await files.get(ACME, content_hash) == await files.get(OTHER, content_hash) == data


async def test_a_copy_says_what_could_not_be_read_and_goes_on(files: Files, tmp_path: Path) -> None:
    source = await Files.open("", folder=tmp_path / "old", keys=Keyring([KEY]))
    good = await source.put(ACME, b"good")
    bad = await source.put(ACME, b"bad")
    (tmp_path / "old" / "acme" / bad[:2] / bad).write_bytes(b"rust")
    copied = await source.copy_to(files)
    assert copied.copied == 1
    assert [each.content_hash for each in copied.damaged] == [bad]
    assert await kept(files) == {("acme", good)}


async def test_a_sound_store_passes_its_check(files: Files, store: ObjectStore) -> None:
    assert await files.check() == f"in {files.where}, encrypted with the key {KEY.id.hex()}"
    await files.put(ACME, WORDS)
    assert "frontdesk migrate" not in await files.check()
    assert await kept(files) == {("acme", HASH)}
    await store.write(PLACE, WORDS)
    assert "frontdesk migrate" in await files.check()


async def test_a_check_finds_that_the_key_is_another(files: Files, store: ObjectStore) -> None:
    await files.put(ACME, WORDS)
    with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__ENCRYPTION_KEY"):
        await Files(store, Keyring([NEWER_KEY])).check()
