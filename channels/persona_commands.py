"""The verbs of how a desk speaks and hears: `persona show`, `set`, `undo`; `utterances import`, `export`."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from channels.failures import faults
from channels.persona_shapes import PersonaFields, PersonaOut, TaughtOut
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
from core.intents import Utterance
from core.personas import SavedPersona

BY = "cli"
_COLUMNS = ("text", "category")

persona = typer.Typer(
    help="How the desk speaks: its name, tone, languages and wishes.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
utterances = typer.Typer(
    help="What people say and what they want by it, beside what the desk knows already.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(persona, name="persona")
app.add_typer(utterances, name="utterances")


@persona.command()
def show(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """Show the persona as YAML, in the form that `persona set` takes."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            saved = await session.desk.answerer.personas.saved(session.tenant)
        _show(saved, as_json)
        return 0

    run_async(work())


@persona.command("set")
def set_persona(
    file: Annotated[Path, typer.Argument(help="A YAML or JSON file in the form that `persona show` prints.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Lay the persona down, whole. With a `version` in the file, only if that one still counts."""
    values = _read(file)
    wanted = values.pop("version", None)
    for name in ("saved_by", "saved_at"):
        values.pop(name, None)
    try:
        read = PersonaFields.model_validate(values).persona()
    except ValidationError as error:
        raise Refused(f"{str(file)!r}: {faults(error.errors())}") from error

    async def work() -> int:
        async with open_session(data, tenant) as session:
            personas = session.desk.answerer.personas
            now = (await personas.saved(session.tenant)).version
            version = wanted if isinstance(wanted, int) else now
            saved = await personas.save(session.tenant, read, version=version, by=BY)
        _show(saved, as_json)
        return 0

    run_async(work())


@persona.command()
def undo(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """Bring back the persona before the last change."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            personas = session.desk.answerer.personas
            version = (await personas.saved(session.tenant)).version
            saved = await personas.undo(session.tenant, version=version, by=BY)
        _show(saved, as_json)
        return 0

    run_async(work())


@utterances.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with columns text and category.")],
    trial: Annotated[bool, typer.Option("--trial", help="Only say what they would do.")] = False,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Teach the desk the lines of a CSV file, all or none."""
    rows = csv.DictReader(io.StringIO(_text(file)))
    if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
        raise Refused(
            f"{str(file)!r} has no column {' and no column '.join(missing)}: it takes text,category"
        )
    lines = [Utterance(text=row["text"] or "", intent=row["category"] or "") for row in rows]

    async def work() -> int:
        async with open_session(data, tenant) as session:
            taught = await session.desk.teaching.teach(session.tenant, lines, is_trial=trial)
        out = TaughtOut.of(taught)
        if as_json:
            print_json(out.model_dump())
        else:
            _print(f"{out.added} {'would be ' if trial else ''}added, {out.unchanged} known already")
            _print(f"of {out.asked} sentences kept for trying out, {out.changed} go another way")
            for mark, texts in (("✓", out.mended), ("✗", out.broken)):
                for text in texts:
                    _print(f"{mark} {text}")
        return 0

    run_async(work())


@utterances.command()
def export(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """Write what the desk was taught as CSV that `utterances import` takes."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            taught = await session.desk.teaching.taught(session.tenant)
        if as_json:
            print_json([{"utterance_id": one.id, "text": one.text, "label": one.label} for one in taught])
        else:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerows([_COLUMNS, *((one.text, one.label) for one in taught)])
        return 0

    run_async(work())


def _show(saved: SavedPersona, as_json: bool) -> None:
    values = PersonaOut.of(saved).model_dump(mode="json")
    if as_json:
        print_json(values)
        return
    sys.stdout.write(yaml.safe_dump(values, allow_unicode=True, sort_keys=False))


def _read(file: Path) -> dict[str, Any]:
    """The file's fields; YAML reads JSON as well."""
    try:
        values = yaml.safe_load(_text(file))
    except yaml.YAMLError as error:
        raise Refused(f"{str(file)!r} is neither YAML nor JSON: {str(error).splitlines()[0]}") from error
    if not isinstance(values, dict):
        raise Refused(f"{str(file)!r} holds no fields: `frontdesk persona show` prints the form")
    return values


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"{str(file)!r} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{str(file)!r} is not UTF-8 text") from error


def _print(line: str) -> None:
    page.print(line, markup=False, highlight=False, soft_wrap=True)
