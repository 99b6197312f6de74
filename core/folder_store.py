"""`FolderStore`: objects as files in a folder, safe on the disk once written."""

from __future__ import annotations

import errno
import os
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar

import anyio.to_thread

from core.errors import FilesUnavailable, NotFound

PARTIAL = ".partial"
"""Where files are written before they get their name. A walk skips it, as all that is hidden."""
LEFTOVER_AFTER_S = 3600.0

Result = TypeVar("Result")


class FolderStore:
    """An `ObjectStore` in a folder that this desk alone writes to; several processes may at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.where = f"the folder {str(folder)!r}"

    async def prepare(self) -> None:
        """Make the folder, and clear away what killed processes were writing."""
        await self._do(self._prepare)

    async def write(self, path: str, data: bytes) -> None:
        """Keep `data` at `path`, in place of what was there; returns when it would survive a power cut."""
        await self._do(partial(self._write, self._folder / path, data))

    async def read(self, path: str) -> bytes:
        """What is kept at `path`.

        Raises:
            NotFound: nothing is.
        """
        return await self._do((self._folder / path).read_bytes)

    async def remove(self, path: str) -> None:
        """Forget what is kept at `path`, if anything is."""
        await self._do(partial(self._remove, self._folder / path))

    async def exists(self, path: str) -> bool:
        """Whether something is kept at `path`."""
        return await self._do((self._folder / path).exists)

    async def walk(self, below: str) -> AsyncGenerator[tuple[str, datetime], None]:
        """Every path under the folder `below`, and when it was written."""
        batches = self._walk(self._folder / below)
        while (batch := await self._do(partial(next, batches, None))) is not None:
            for path, written_at in batch:
                yield path, written_at

    async def close(self) -> None:
        """Nothing is held open."""

    async def _do(self, step: Callable[[], Result]) -> Result:
        try:
            return await anyio.to_thread.run_sync(step)
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> NoReturn:
        if isinstance(error, FileNotFoundError) and self._folder.is_dir():
            raise NotFound("the file is not in the store") from error
        raise FilesUnavailable(
            f"the folder of files can't be used: {error.strerror}; "
            "mend the disk, or FRONTDESK_FILES__URL where it is set"
        ) from error

    def _prepare(self) -> None:
        partials = self._folder / PARTIAL
        _make_folder(partials)
        for leftover in partials.iterdir():
            _clear_leftover(leftover)

    def _write(self, target: Path, data: bytes) -> None:
        writing = self._folder / PARTIAL / uuid.uuid4().hex
        _make_folder(writing.parent)
        _make_folder(target.parent)
        descriptor = os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            writing.replace(target)
        except BaseException:
            writing.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)

    def _remove(self, target: Path) -> None:
        if target.exists():
            target.unlink(missing_ok=True)
            sync_folder(target.parent)

    def _walk(self, below: Path) -> Iterator[list[tuple[str, datetime]]]:
        """One list a folder; leftovers that an older desk wrote beside its files are cleared on the way."""

        def fail(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise error

        for root, folders, names in os.walk(below, onerror=fail):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found = []
            for path in (Path(root, name) for name in sorted(names)):
                if path.suffix == PARTIAL:
                    _clear_leftover(path)
                    continue
                with suppress(FileNotFoundError):  # deleted since it was listed
                    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    found.append((path.relative_to(self._folder).as_posix(), written_at))
            yield found


def sync_folder(folder: Path) -> None:
    """Returns when the names in `folder` are on the disk."""
    if os.name == "nt":  # Windows opens no folders and keeps their names in a journal
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that can't sync a folder says so like this
            raise
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def _clear_leftover(file: Path) -> None:
    with suppress(FileNotFoundError):  # another process cleared it, or it got its name
        if time.time() - file.stat().st_mtime > LEFTOVER_AFTER_S:
            file.unlink()
