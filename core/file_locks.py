"""Locks between the processes of one machine, and folders that only this user can look into."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from weakref import WeakSet


class FileLock:
    """A lock on a file. It ends with the process that took it, however that ends, and with nothing else.

    Two of them on one file keep each other out, also within a process. A forked child does
    not hold what its parent holds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_taken(self) -> bool:
        """Whether it is held here."""
        return self._descriptor is not None

    def take(self, *, alone: bool) -> bool:
        """Whether it could be had at once, `alone` or shared with others who share it.

        Once it was refused it is held no more, also where it was shared before.
        """
        import fcntl  # noqa: PLC0415 - Windows has none

        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _let_go_in_children().add(self)
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let others have it; nothing happens where it is not held."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                os.close(descriptor)


@lru_cache(maxsize=1)
def _let_go_in_children() -> WeakSet[FileLock]:
    """Every lock of this process. A forked child closes its copies, which would keep the locks alive."""
    held: WeakSet[FileLock] = WeakSet()

    def let_go() -> None:
        for lock in list(held):
            lock.release()

    os.register_at_fork(after_in_child=let_go)
    return held


def private_folder(path: Path) -> Path:
    """The folder, made for this user alone where there was none.

    Raises:
        PermissionError: it is there, and somebody else's.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{str(path)!r} is not a folder of this user: remove it, or choose another")
    return path


def temporary_folder(path: Path) -> Path:
    """A short path in the system's temporary folder that stands for a long one, the same each time."""
    name = blake2b(bytes(path), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"frontdesk-{os.getuid()}-{name}"
