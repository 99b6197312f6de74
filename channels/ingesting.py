"""The verb that takes documents in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.terminal import (
    DataOption,
    JsonOption,
    Session,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    progress_bar,
    run_async,
    watch,
)
from core.documents import Document, DocumentStatus
from core.errors import NotFound, Refused
from core.tenants import PUBLIC, STAFF
from core.uploads import Upload

ACCEPT_AT_ONCE = 64
WAIT_S = 0.2
UNDER_WAY = frozenset({DocumentStatus.QUEUED, DocumentStatus.READING})


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders to take everything from.")],
    audience: Annotated[str, typer.Option(help="Who may see them: public or staff.")] = PUBLIC,
    label: Annotated[
        list[str] | None, typer.Option(help="A label; may be repeated. thing: named after what it is about.")
    ] = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take documents in: read, split, embed and index them. Exits 1 when one is refused."""
    if audience not in (PUBLIC, STAFF):
        raise typer.BadParameter(f"{audience!r} is no audience: use {PUBLIC} or {STAFF}")
    if missing := [str(path) for path in paths if not path.exists()]:
        raise typer.BadParameter(f"there is nothing at {', '.join(missing)}")

    async def work() -> int:
        async with open_session(data, tenant) as session:
            results = await _ingest(session, list(files_in(paths)), audience, frozenset(label or ()))
        if as_json:
            print_json(results)
        else:
            for line in results:
                mark = "✓" if line["status"] == "ready" else "✗"
                fate = f"{line['passages']} passages" if line["status"] == "ready" else line["reason"]
                page.print(f"{mark} {line['path']}: {fate}", markup=False, highlight=False)
        return 0 if all(line["status"] == "ready" for line in results) else 1

    run_async(work())


def files_in(paths: list[Path]) -> Iterator[Path]:
    """The files named, and every file below the folders named, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            below = (file for file in sorted(path.rglob("*")) if file.is_file())
            yield from (
                file
                for file in below
                if not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
        else:
            yield path


async def _ingest(
    session: Session, paths: list[Path], audience: str, labels: frozenset[str]
) -> list[dict[str, Any]]:
    ingester = session.desk.ingester
    fates: dict[str, Document | Refused] = {}
    with progress_bar() as progress:
        moved = watch(progress, "reading and indexing")
        for first in range(0, len(paths), ACCEPT_AT_ONCE):
            chunk = paths[first : first + ACCEPT_AT_ONCE]
            uploads = [
                Upload(
                    data=_bytes(path, ingester.max_bytes),
                    name=path.name,
                    source=path.resolve().as_uri(),
                    tenant=session.tenant,
                    audience=audience,
                    labels=labels,
                )
                for path in chunk
            ]
            fates |= zip(map(str, chunk), await ingester.accept(uploads), strict=True)
            moved(0, len(paths))
        done = sum(1 for fate in fates.values() if isinstance(fate, Refused) or fate.status == "ready")
        waiting = {fate.id for fate in fates.values() if isinstance(fate, Document)}
        while waiting:
            async for _ in ingester.run():
                done += 1
                moved(min(done, len(paths)), len(paths))
            known = await ingester.catalogue.list(session.tenant)
            waiting &= {document.id for document in known if document.status in UNDER_WAY}
            if waiting:
                # A worker beside this command has taken some of them.
                await asyncio.sleep(WAIT_S)
    return [await _fate(session, path, fate) for path, fate in fates.items()]


def _bytes(path: Path, most: int) -> bytes:
    """The file's bytes; of one over the limit only enough to tell that it is."""
    with path.open("rb") as file:
        return file.read(most + 1)


async def _fate(session: Session, path: str, accepted: Document | Refused) -> dict[str, Any]:
    if isinstance(accepted, Refused):
        return _line(path, None, "refused", str(accepted), 0)
    try:
        document = await session.desk.ingester.catalogue.get(session.tenant, accepted.id)
    except NotFound as error:
        return _line(path, accepted.id, "refused", str(error), 0)
    return _line(path, document.id, document.status.value, document.reason, document.passages)


def _line(
    path: str, document_id: str | None, status: str, reason: str | None, passages: int
) -> dict[str, Any]:
    return {
        "path": path,
        "document_id": document_id,
        "status": status,
        "reason": reason,
        "passages": passages,
    }
