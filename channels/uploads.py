"""Files that a page received, on their way into the desk."""

from __future__ import annotations

from pathlib import Path

import anyio


async def contents(path: Path, most_bytes: int) -> bytes:
    """What is in the file; the page's own copy of it is deleted.

    Of a file over the limit, enough is read to tell that it is.
    """
    async with await anyio.open_file(path, "rb") as file:
        data = await file.read(most_bytes + 1)
    await anyio.Path(path).unlink(missing_ok=True)
    return data
