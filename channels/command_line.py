"""The command line: one verb for each thing the desk does."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
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
from core.documents import Document
from core.errors import FrontdeskError, NotFound, Refused
from core.ingest import Upload
from core.messages import Address, Answer, ConversationId, Message, MessageId
from core.search import Found, Scope, SearchStage, ranked
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
ACCEPT_AT_ONCE = 64

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
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders to take everything from.")],
    audience: Annotated[str, typer.Option(help="Who may see them: public or staff.")] = PUBLIC,
    label: Annotated[list[str] | None, typer.Option(help="A label to search by; may be repeated.")] = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take documents in: read, split, embed and index them. Exits 1 when one is refused."""
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
                file for file in below if not any(part.startswith(".") for part in file.relative_to(path).parts)
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
        async for _ in ingester.run():
            done += 1
            moved(min(done, len(paths)), len(paths))
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


def _line(path: str, document_id: str | None, status: str, reason: str | None, passages: int) -> dict[str, Any]:
    return {
        "path": path,
        "document_id": document_id,
        "status": status,
        "reason": reason,
        "passages": passages,
    }


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
    known: dict[str, SearchStage] = {"bm25": "bm25", "dense": "dense", "hybrid": "hybrid", "rerank": "rerank"}
    named = [stage.strip() for stage in stages.split(",")]
    if unknown := [stage for stage in named if stage not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is no stage: use {', '.join(known)}")
    return max((known[stage] for stage in named), key=list(known).index)


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
            filter(None, (citation.title, citation.page and f"page {citation.page}", citation.heading))
        )
        page.print(f"  [{citation.n}] {where}: “{citation.quote}”", style="dim", markup=False, highlight=False)


def run() -> None:
    """Run the command line; a refusal or an outage is one sentence and exit code 1."""
    from channels import measuring, serving  # noqa: F401, PLC0415 - they add their verbs to `app`

    logging.captureWarnings(capture=True)
    try:
        app()
    except FrontdeskError as error:
        terminal.print(f"frontdesk: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
