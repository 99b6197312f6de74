"""A question in Slack to its answer in the thread: looked up as far as the asker may see, streamed, cited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

import anyio

from channels.channel import Regret, converse, message_of
from channels.slack.blocks import Block, buttons, mark, marked, sources
from channels.slack.calls import SlackRefused
from channels.slack.parts import SlackParts
from channels.slack.people import SlackPerson
from channels.slack.places import place_of
from channels.slack.posts import AnswerPosts
from channels.slack.spots import Below, Spot
from channels.slack.words import markdown
from core.access import Principal, conversation_audience
from core.documents import DocumentId
from core.errors import DeliveryUnavailable, NotFound, RateLimited
from core.faq import SOURCE_PREFIX, FaqId
from core.inbox import Inbound
from core.lines import Line
from core.messages import Answer, Citation, Message, Status, Token
from core.slack_phrases import slack_phrase
from core.slack_workspaces import Workspace
from core.tenants import PUBLIC, TenantId
from core.tools.looked_up import is_looked_up

STATUS_S = 3.0
"""Longest wait for Slack to show that the desk is at it."""
EYES = "eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads an answer. `is_private` says that nobody else does."""

    workspace: Workspace
    person: SlackPerson
    principal: Principal
    is_private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it came: who asks, on which line, and whose documents may answer."""

    reader: Reader
    line: Line
    text: str
    audiences: frozenset[str]

    def message(self, inbound: Inbound) -> Message:
        """The question as the desk takes it."""
        own = conversation_audience(self.line.conversation_id)
        audiences = self.audiences | {own}
        language = self.reader.person.locale if self.reader.is_private else ""
        return message_of(inbound, self.line, self.text, audiences=audiences, language=language)


async def answer(parts: SlackParts, inbound: Inbound, asked: Asked) -> None:
    """Answer in the thread, exactly once however often this is begun.

    Raises:
        Unavailable: not now; another attempt goes on with what stands in the thread.
    """
    spot = _spot(inbound, asked)
    posts = AnswerPosts(calls=parts.calls, spot=spot)
    if inbound.attempts and await posts.find():
        return
    async with _thinking(parts, posts, asked.reader.person.locale):
        held = Token(text="")
        async with aclosing(converse(parts.door, inbound, asked.message(inbound))) as events:
            async for event in events:
                match event:
                    case Token():
                        if held.text:
                            await posts.grow(markdown(held.text))
                        held = event
                        if event.cited:
                            held = Token(text="")
                            await posts.grow(markdown(event.text) + mark(event.cited))
                    case Answer():
                        await posts.end(marked(event), await below(parts, asked.reader, event))
                    case Regret():
                        await posts.end(markdown(event.text), Below())
                    case Status():
                        pass


async def below(parts: SlackParts, reader: Reader, answer: Answer, *extra: Block) -> Below:
    """What stands below an answer: sources with links that its readers can open, and buttons."""
    if not answer.text:
        return Below()
    shown = sources(answer, await links(parts, reader, answer))
    return Below(
        blocks=[*shown, *buttons(answer, *extra)], plain=[*shown, *buttons(answer, *extra, is_native=False)]
    )


async def links(parts: SlackParts, reader: Reader, answer: Answer) -> dict[int, str]:
    """Where each citation can be read, by number. Only the asker's own links open what is not public."""
    found: dict[int, str] = {}
    token = ""
    for citation in answer.citations:
        if not citation.url:
            continue
        url = citation.url if "://" in citation.url else f"{parts.url}{citation.url}"
        if reader.is_private and not await may_see(parts, reader.workspace.tenant, citation, {PUBLIC}):
            token = token or _token(parts, reader, answer)
            where, _, place = url.partition("#")
            url = f"{where}&{urlencode({'token': token})}#{place}"
        found[citation.n] = url
    return found


async def may_see(parts: SlackParts, tenant: TenantId, citation: Citation, audiences: set[str]) -> bool:
    """Whether somebody of these audiences may see the cited document as it is now."""
    desk = parts.door.desk
    if is_looked_up(citation.document_id):
        return False
    try:
        if citation.document_id.startswith(SOURCE_PREFIX):
            faq = FaqId(citation.document_id.removeprefix(SOURCE_PREFIX))
            await desk.faq.get(tenant, faq, frozenset(audiences))
        else:
            document = DocumentId(citation.document_id)
            await desk.ingester.catalogue.get(tenant, document, frozenset(audiences))
    except NotFound:
        return False
    return True


def _token(parts: SlackParts, reader: Reader, answer: Answer) -> str:
    principal = replace(reader.principal, conversation_id=answer.conversation_id)
    life = timedelta(hours=parts.door.settings.web.token_hours)
    return parts.door.desk.access.token_for(principal, life)


def _spot(inbound: Inbound, asked: Asked) -> Spot:
    channel, thread = place_of(inbound.address)
    return Spot(
        token=asked.reader.workspace.bot_token,
        team=asked.reader.workspace.team,
        channel=channel,
        thread=thread,
        after=inbound.body["ts"],
        user=asked.reader.person.user,
        bot_user=asked.reader.workspace.bot_user,
        message_id=inbound.id,
    )


@asynccontextmanager
async def _thinking(parts: SlackParts, posts: AnswerPosts, language: str) -> AsyncIterator[None]:
    """Slack shows that the desk is at it while the block runs: a status, else a pair of eyes."""
    spot = posts.spot
    place = {"channel_id": spot.channel, "thread_ts": spot.thread}
    words = slack_phrase("thinking", language)
    has_status = await _tried(parts, spot, "assistant.threads.setStatus", **place, status=words)
    eyes = {"channel": spot.channel, "timestamp": spot.after, "name": EYES}
    has_eyes = not has_status and await _tried(parts, spot, "reactions.add", **eyes)
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            if has_eyes:
                await _tried(parts, spot, "reactions.remove", **eyes)
            elif has_status and not posts.has_spoken:
                # What is said takes the status away by itself.
                await _tried(parts, spot, "assistant.threads.setStatus", **place, status="")


async def _tried(parts: SlackParts, spot: Spot, method: str, **arguments: str) -> bool:
    """Whether Slack did it; what is only shown is not worth an answer's delay."""
    with anyio.move_on_after(STATUS_S):
        try:
            await parts.calls.call(spot.token, method, **arguments)
        except (SlackRefused, RateLimited, DeliveryUnavailable):
            return False
        return True
    return False
