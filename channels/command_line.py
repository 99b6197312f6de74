"""The command line: one verb for each thing the desk does."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from channels.found import STAGES, find, last_of, shown
from config.settings import Settings
from core.assembly import Desk, assemble
from core.errors import FrontdeskError, Refused
from core.messages import Address, Answer, ConversationId, Message, MessageId
from core.search import Scope, SearchStage
from core.telemetry import set_up_logging
from core.tenants import PUBLIC, STAFF, TenantId, tenant_id

app = typer.Typer(
    help="One support desk for every door: cited answers from your own documents.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
terminal = Console(stderr=True)
page = Console()

TerminalAddress = Address(channel="cli")
EVERYTHING = frozenset({PUBLIC, STAFF})

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
    set_up_logging(settings.log_level if settings.log_level == "debug" else "warning")
    async with assemble(settings) as desk:
        yield Session(desk, tenant_id(settings.tenant), settings)


def run_async(work: Coroutine[Any, Any, int | None]) -> None:
    """Run a command's coroutine; its number, if it gives one, is the exit code."""
    raise typer.Exit(asyncio.run(work) or 0)


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


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


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option(min=1, help="How many passages.")] = 10,
    stages: Annotated[
        str, typer.Option(help="Which rankings to run, best last: bm25, dense, hybrid, rerank.")
    ] = "hybrid,rerank",
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find passages, with the score each stage gave them."""
    last = _last_stage(stages)

    async def work() -> int:
        async with open_session(data, tenant) as session:
            scope = Scope(tenant=session.tenant, audiences=EVERYTHING)
            found = (await find(session.desk, query, scope, last))[:k]
        if as_json:
            print_json({"query": query, "passages": [shown(each) for each in found]})
        for place, each in enumerate([] if as_json else found, start=1):
            where = " › ".join((each.passage.title, *each.passage.heading))
            sheet = f", page {each.passage.page}" if each.passage.page else ""
            page.print(f"{place}. {where}{sheet} ({each.score:.3f})", style="bold", markup=False)
            page.print(f"   {each.passage.text[:300]}", markup=False, highlight=False)
        if not found and not as_json:
            page.print("No relevant information found.")
        return 0

    run_async(work())


def _last_stage(stages: str) -> SearchStage:
    named = [stage.strip() for stage in stages.split(",")]
    if unknown := [stage for stage in named if stage not in STAGES]:
        raise typer.BadParameter(f"{unknown[0]!r} is no stage: use {', '.join(STAGES)}")
    return last_of(stage for stage in STAGES if stage in named)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Answer one question from the documents, with the sources."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            conversation = await session.desk.answerer.conversations.start(session.tenant, TerminalAddress)
            answer = await _turn(session, conversation.id, question)
        if as_json:
            print_json(asdict(answer))
        else:
            print_answer(answer)
        return 0

    run_async(work())


@app.command()
def chat(data: DataOption = None, tenant: TenantOption = "") -> None:
    """Talk with the desk in the terminal; an empty line ends it."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            conversation = await session.desk.answerer.conversations.start(session.tenant, TerminalAddress)
            page.print("Ask a question; an empty line ends the conversation.", style="dim")
            while question := (await asyncio.to_thread(_read_line)).strip():
                try:
                    print_answer(await _turn(session, conversation.id, question))
                except Refused as error:
                    page.print(str(error), style="red", markup=False)
        return 0

    run_async(work())


def _read_line() -> str:
    try:
        return input("> ")
    except EOFError:
        return ""


async def _turn(session: Session, conversation_id: ConversationId, question: str) -> Answer:
    message = Message(
        id=MessageId(uuid.uuid4().hex),
        tenant=session.tenant,
        conversation_id=conversation_id,
        text=question,
        address=TerminalAddress,
        audiences=EVERYTHING,
    )
    answer: Answer | None = None
    async for event in session.desk.answerer.answer(message):
        if isinstance(event, Answer):
            answer = event
    assert answer is not None  # noqa: S101 - a turn ends in an answer or raises
    return answer


def print_answer(answer: Answer) -> None:
    """The answer with its numbered sources, for a person to read."""
    text = answer.text
    for citation in sorted(answer.citations, key=lambda each: (-each.end, -each.n)):
        text = f"{text[: citation.end]} [{citation.n}]{text[citation.end :]}"
    page.print(text, markup=False, highlight=False)
    for citation in answer.citations:
        where = ", ".join(
            filter(None, (citation.title, f"page {citation.page}" if citation.page else "", citation.heading))
        )
        page.print(
            f"  [{citation.n}] {where}: “{citation.quote}”", style="dim", markup=False, highlight=False
        )


def run(work: Callable[..., Coroutine[Any, Any, None]]) -> None:
    """Run the command line; a refusal or an outage is one sentence and exit code 1.

    `work` is what `up` and `worker` run on queued documents: doors and workers do not know
    each other, so the launcher brings them together.
    """
    from channels import ingesting, measuring, operating, serving  # noqa: F401, PLC0415 - they add verbs to `app`

    logging.captureWarnings(capture=True)
    try:
        app(obj=work)
    except FrontdeskError as error:
        terminal.print(f"frontdesk: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
