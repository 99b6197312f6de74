"""The state of a sample business: a JSON file that is read whole and replaced whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from core.errors import Unavailable


class Ledger:
    """What a sample business keeps. It begins as the file it was shipped with; changes stay in `folder`.

    For one process at a time: it stands in for a system that a real business has already.
    """

    def __init__(self, shipped: Path, folder: Path) -> None:
        self._shipped = shipped
        self._file = folder / shipped.name
        self._lock = anyio.Lock()

    async def read(self) -> dict[str, Any]:
        """All of it.

        Raises:
            Unavailable: the file can't be read.
        """
        return await anyio.to_thread.run_sync(self._load)

    async def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Read it, change it and keep it.

        Raises:
            Unavailable: the file can't be read or written; nothing has changed then.
        """
        async with self._lock:
            kept = await self.read()
            change(kept)
            await anyio.to_thread.run_sync(self._keep, kept)

    def _load(self) -> dict[str, Any]:
        source = self._file if self._file.exists() else self._shipped
        try:
            loaded: dict[str, Any] = json.loads(source.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Unavailable(f"the sample business's file {source.name!r} can't be read: {error}") from error
        return loaded

    def _keep(self, kept: dict[str, Any]) -> None:
        unfinished = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(kept, ensure_ascii=False, indent=2), "utf-8")
            unfinished.replace(self._file)
        except OSError as error:
            raise Unavailable(
                f"the sample business's file {self._file.name!r} can't be written: {error}"
            ) from error
