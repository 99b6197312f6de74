"""The verbs that ask: `search`, `ask` and `chat`."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import asdict
from typing import Annotated

import typer

from channels.found import STAGES, find, last_of, shown
from channels.terminal import (
    DataOption,
    JsonOption,
    Session,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    run_async,
)
from core.errors import Refused
from core.messages import Address, Answer, ConversationId, Message, MessageId
from core.search import Scope, SearchStage
from core.tenants import PUBLIC, STAFF

TERMINAL = Address(channel="cli")
EVERYTHING = frozenset({PUBLIC, STAFF})
_OF_ONE_DOOR = frozenset({"choice", "heard"})
"""What a page or the telephone has of an answer, and nobody else."""


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
            conversation = await session.desk.answerer.conversations.start(session.tenant, TERMINAL)
            answer = await _turn(session, conversation.id, question)
        if as_json:
            print_json({name: value for name, value in asdict(answer).items() if name not in _OF_ONE_DOOR})
        else:
            print_answer(answer)
        return 0

    run_async(work())


@app.command()
def chat(data: DataOption = None, tenant: TenantOption = "") -> None:
    """Talk with the desk in the terminal; an empty line ends it."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            conversation = await session.desk.answerer.conversations.start(session.tenant, TERMINAL)
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
        address=TERMINAL,
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
