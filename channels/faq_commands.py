"""The verbs of the FAQ: `faq import`, `list`, `add`, `remove` and `export`."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from channels.faq_shapes import FaqOut
from channels.terminal import (
    DataOption,
    JsonOption,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    run_async,
)
from core.errors import Refused
from core.faq import Faq, FaqDraft, FaqId
from core.faq_csv import write_sheet
from core.faq_import import Imported, import_sheet
from core.faq_training import TrainingRow, training_rows
from core.records import now
from core.tenants import PUBLIC, STAFF

TRAINING_FOLDER = Path("finetuning")
_FATES = ("added", "replaced", "unchanged", "refused")

faq = typer.Typer(
    help="Frequent questions with approved answers, which are given word for word.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(faq, name="faq")


@faq.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with columns question and answer.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a CSV file in, row by row. Exits 1 when a row is refused; the others are taken."""

    async def work() -> int:
        read = _bytes(file)
        async with open_session(data, tenant) as session:
            imported = await import_sheet(session.desk.faq, session.tenant, read)
        counts: Counter[str] = Counter(row.status for row in imported.rows)
        if as_json:
            print_json({**_report(imported), **{fate: counts[fate] for fate in _FATES}})
        else:
            for row in imported.rows:
                if row.status == "refused":
                    _print(f"✗ row {row.number}: {row.reason}")
            if imported.ignored:
                _print(f"columns not used: {', '.join(imported.ignored)}")
            _print(", ".join(f"{counts[fate]} {fate}" for fate in _FATES))
        return 1 if counts["refused"] else 0

    run_async(work())


@faq.command("list")
def list_all(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """List the entries, oldest first."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            entries = await session.desk.faq.list(session.tenant)
        if as_json:
            print_json([_shown(each) for each in entries])
        for each in () if as_json else entries:
            state = "" if each.holds_on(now().date()) else " (not valid today)"
            _print(f"{each.id}  {each.audience:<7}  {each.question}{state}")
        return 0

    run_async(work())


@faq.command()
def add(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    question: Annotated[str, typer.Argument(help="What is asked.")],
    answer: Annotated[str, typer.Argument(help="The approved answer, word for word.")],
    variant: Annotated[list[str] | None, typer.Option(help="Another way to ask; may be repeated.")] = None,
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = "",
    audience: Annotated[str, typer.Option(help="Who may be told: public or staff.")] = PUBLIC,
    language: Annotated[str, typer.Option(help="Its language, such as en.")] = "",
    link: Annotated[str, typer.Option(help="A web page that says more.")] = "",
    category: Annotated[str, typer.Option(help="Where it belongs.")] = "",
    valid_from: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    valid_until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day.")] = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add one entry."""
    draft = FaqDraft(
        question=question,
        answer=answer,
        variants=tuple(variant or ()),
        owner=owner,
        audience=audience,
        language=language,
        url=link,
        category=category,
        valid_from=valid_from.date() if valid_from else None,
        valid_until=valid_until.date() if valid_until else None,
    )

    async def work() -> int:
        async with open_session(data, tenant) as session:
            added = await session.desk.faq.add(session.tenant, draft)
        if as_json:
            print_json(_shown(added))
        else:
            _print(f"{added.id}  {added.question}")
        return 0

    run_async(work())


@faq.command()
def remove(
    faq_id: Annotated[str, typer.Argument(help="The entry's id, as `faq list` shows it.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Forget an entry, at once."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            await session.desk.faq.remove(session.tenant, FaqId(faq_id))
        if as_json:
            print_json({"faq_id": faq_id, "removed": True})
        else:
            _print(f"{faq_id} is forgotten")
        return 0

    run_async(work())


@faq.command()
def export(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    csv: Annotated[bool, typer.Option("--csv", help="As CSV that `faq import` takes; the default.")] = False,
    for_finetuning: Annotated[
        bool, typer.Option("--for-finetuning", help="As chat examples, train.jsonl and validation.jsonl.")
    ] = False,
    audience: Annotated[
        str, typer.Option(help="For fine-tuning: public, or staff for staff's entries too.")
    ] = PUBLIC,
    company: Annotated[
        str, typer.Option(help="For fine-tuning: the name written in front; else the tenant's.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="The CSV file, or the folder of the examples.")] = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the entries as CSV, as JSON, or as examples to fine-tune a model with."""
    if audience not in (PUBLIC, STAFF):
        raise typer.BadParameter(f"{audience!r} is no audience: use {PUBLIC} or {STAFF}")
    if csv and for_finetuning:
        raise typer.BadParameter("--csv and --for-finetuning are two exports: choose one")

    async def work() -> int:
        async with open_session(data, tenant) as session:
            entries = await session.desk.faq.list(session.tenant)
            name = company or session.desk.tenant.name
        if for_finetuning:
            rows = training_rows(entries, name, audiences={PUBLIC, audience}, day=now().date())
            _show_training(_write_training(out or TRAINING_FOLDER, rows), as_json)
        elif as_json and out is None:
            print_json([_shown(each) for each in entries])
        else:
            _write_csv(out, write_sheet(entries), as_json, len(entries))
        return 0

    run_async(work())


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"{str(file)!r} can't be read: {error.strerror}") from error


def _report(imported: Imported) -> dict[str, Any]:
    rows = [
        {
            "row": row.number,
            "status": row.status,
            "faq_id": row.faq.id if row.faq else None,
            "question": row.faq.question if row.faq else None,
            "reason": row.reason or None,
        }
        for row in imported.rows
    ]
    return {"rows": rows, "ignored_columns": list(imported.ignored)}


def _shown(entry: Faq) -> dict[str, Any]:
    return FaqOut.of(entry).model_dump(mode="json")


def _print(line: str) -> None:
    page.print(line, markup=False, highlight=False, soft_wrap=True)


def _write_csv(out: Path | None, sheet: str, as_json: bool, entries: int) -> None:
    """The sheet to a file, as Excel opens it, or to standard output."""
    if out is None:
        sys.stdout.write(sheet)
        return
    # Excel takes a file without the mark for one of the local 8-bit encoding.
    _write(out, sheet.encode("utf-8-sig"))
    if as_json:
        print_json({"file": str(out), "entries": entries})
    else:
        _print(f"{entries} entries are in {out}")


def _write_training(folder: Path, rows: list[TrainingRow]) -> dict[str, Any]:
    """The files written, and how many examples each holds."""
    figures: dict[str, Any] = {"folder": str(folder)}
    for split in ("train", "validation"):
        lines = [f"{row.line()}\n" for row in rows if row.split == split]
        _write(folder / f"{split}.jsonl", "".join(lines).encode())
        figures[split] = len(lines)
    return figures


def _show_training(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(figures)
    else:
        _print(
            f"{figures['train']} examples to train and {figures['validation']} to validate with "
            f"are in {figures['folder']}"
        )


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise Refused(f"{str(file)!r} can't be written: {error.strerror}") from error
