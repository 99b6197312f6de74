"""What the verbs of the command line share: the app they join, the desk they open, what they print."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from config.settings import Settings
from core.assembly import Desk, assemble
from core.telemetry import set_up_logging
from core.tenants import TenantId, tenant_id

app = typer.Typer(
    help="One support desk for every door: cited answers from your own documents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def _front_door() -> None:
    """Nothing of its own; without it, a lone verb would not have to be named."""


terminal = Console(stderr=True)
page = Console()

TenantOption = Annotated[str, typer.Option("--tenant", help="Group id to work for.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Folder that holds the desk's data.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]


@dataclass(frozen=True, slots=True)
class Session:
    """An open desk, and the tenant a command works for."""

    desk: Desk
    tenant: TenantId
    settings: Settings


def settings_for(data: Path | None, tenant: str) -> Settings:
    """The settings, with what the command line says on top."""
    said: dict[str, Any] = {}
    if data is not None:
        said["data"] = data
    if tenant:
        said["tenant"] = tenant
    return Settings(**said)


@asynccontextmanager
async def open_session(data: Path | None, tenant: str) -> AsyncIterator[Session]:
    """The desk for one command, closed when the block ends."""
    settings = settings_for(data, tenant)
    level = settings.log_level if settings.log_level == "debug" else "warning"
    set_up_logging(level, redacts=settings.safety.redact_logs)
    async with assemble(settings) as desk:
        yield Session(desk, tenant_id(settings.tenant), settings)


def run_async(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command's coroutine; its number, if it gives one, is the exit code."""
    has_uvloop = find_spec("uvloop") is not None
    loop_factory = import_module("uvloop").new_event_loop if has_uvloop else None
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        raise typer.Exit(runner.run(work) or 0)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def show_figures(figures: dict[str, Any], as_json: bool, title: str) -> None:
    """Figures as one JSON document, or as a table."""
    if as_json:
        print_json(figures)
        return
    table = Table("figure", "value", title=title)
    for name, value in figures.items():
        table.add_row(name, "–" if value is None else str(value))
    page.print(table)


def progress_bar() -> Progress:
    """A progress bar on standard error; nothing is drawn where that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=terminal,
        disable=not terminal.is_terminal,
    )


def watch(progress: Progress, words: str) -> Callable[[int, int], None]:
    """A callable that moves a new bar: told how many of how many are done."""
    task = progress.add_task(words, total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)
