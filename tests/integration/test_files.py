"""Documents in a folder of a real disk: killed writers, leftovers, a full or missing disk."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.encryption import EncryptionKey, Keyring
from core.errors import FilesUnavailable, Misconfigured, NotFound
from core.files import Files
from core.folder_store import LEFTOVER_AFTER_S, FolderStore
from core.tenants import TenantId

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
ACME = TenantId("acme")
KEYS = Keyring([EncryptionKey(bytes(32))])

WRITER = """
import asyncio, os, sys
from pathlib import Path
from core.encryption import EncryptionKey, Keyring
from core.files import Files

async def write():
    files = await Files.open(sys.argv[1], folder=Path(), keys=Keyring([EncryptionKey(bytes(32))]))
    while True:
        sys.stdout.write(await files.put("acme", os.urandom(2_000_000)) + "\\n")
        sys.stdout.flush()

asyncio.run(write())
"""


@pytest.fixture
async def files(tmp_path: Path) -> Files:
    return await Files.open("", folder=tmp_path / "files", keys=KEYS)


def leftovers(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and ".partial" in str(each)]


async def test_a_writer_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    confirmed: set[str] = set()
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        confirmed |= {writer.stdout.readline().strip() for _ in range(5)}
        writer.send_signal(signal.SIGKILL)
        confirmed |= {line.strip() for line in writer.stdout.read().splitlines(keepends=True) if "\n" in line}
        writer.wait()
        writer.stdout.close()
    files = await Files.open("", folder=folder, keys=KEYS)
    listed = {each.content_hash async for each in files.list()}
    assert confirmed <= listed
    for content_hash in listed:
        assert len(await files.get(ACME, content_hash)) == 2_000_000


async def test_what_killed_writers_left_is_cleared_once_it_is_old(files: Files, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    content_hash = await files.put(ACME, b"kept")
    beside = folder / "acme" / content_hash[:2] / f"{content_hash}.0123.partial"
    old, young = folder / ".partial" / "old", folder / ".partial" / "young"
    for leftover in (beside, old, young):
        leftover.write_bytes(b"half")
    long_ago = time.time() - LEFTOVER_AFTER_S - 1
    for leftover in (beside, old):
        os.utime(leftover, (long_ago, long_ago))
    again = await Files.open("", folder=folder, keys=KEYS)
    assert [each.content_hash async for each in again.list()] == [content_hash]
    assert leftovers(folder) == [young]


async def test_a_put_leaves_no_leftovers(files: Files, tmp_path: Path) -> None:
    await files.put(ACME, b"words")
    await files.check()
    assert leftovers(tmp_path / "files") == []


async def test_others_on_the_machine_cannot_read_the_files(files: Files, tmp_path: Path) -> None:
    await files.put(ACME, b"words")
    for path in (tmp_path / "files").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


async def test_a_full_disk_is_said_and_nothing_is_kept(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FilesUnavailable, match="No space left"):
            await files.put(ACME, b"words")
    assert leftovers(tmp_path / "files") == []
    await files.put(ACME, b"words")


async def test_a_disk_that_went_away_is_not_taken_for_an_empty_one(files: Files, tmp_path: Path) -> None:
    content_hash = await files.put(ACME, b"words")
    (tmp_path / "files").rename(tmp_path / "away")
    with pytest.raises(FilesUnavailable):
        await files.get(ACME, content_hash)
    (tmp_path / "away").rename(tmp_path / "files")
    assert await files.get(ACME, content_hash) == b"words"


async def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"")
    with pytest.raises(FilesUnavailable, match="FRONTDESK_FILES__URL"):
        await Files.open("", folder=tmp_path / "files", keys=KEYS)


@pytest.mark.parametrize("written", ["{folder}/there", "file://{folder}/there"])
async def test_a_url_may_be_a_path(tmp_path: Path, written: str) -> None:
    files = await Files.open(written.format(folder=tmp_path), folder=tmp_path / "not", keys=KEYS)
    content_hash = await files.put(ACME, b"words")
    assert await FolderStore(tmp_path / "there").exists(f"acme/{content_hash[:2]}/{content_hash}")


@pytest.mark.parametrize("url", ["gs://bucket", "https://example.com/files", "c3://bucket"])
async def test_a_url_of_another_kind_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_FILES__URL"):
        await Files.open(url, folder=tmp_path, keys=KEYS)


async def test_a_path_outside_the_layout_is_no_file_of_ours(files: Files, tmp_path: Path) -> None:
    (tmp_path / "files" / "acme").mkdir()
    (tmp_path / "files" / "acme" / "notes.txt").write_bytes(b"somebody's")
    assert [each async for each in files.list()] == []
    with pytest.raises(NotFound):
        await files.get(ACME, "notes.txt")
