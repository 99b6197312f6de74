"""What a click in the calls tab asks for, read from the records. Only staff get this far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from channels.door import Door
from core.call_history import CallChoice, CallPage, Talk, call_page, talks_of
from core.call_latencies import Part, Spread, call_spreads
from core.conversation import Conversation
from core.errors import NotFound
from core.kept_calls import CallLine, KeptCall
from core.messages import Citation
from core.records import now
from ui.phone_calls import CallView, SpokenLine, SpokenTalk

Sources = Mapping[str, Sequence[Citation]]
"""The sources of answers, by the id of the question."""


class PhoneDesk:
    """What the calls tab can ask for, in the desk's own tenant."""

    def __init__(self, door: Door) -> None:
        self._desk = door.desk
        self._stores = door.desk.stores
        self._tenant = door.desk.tenant.id

    async def calls(self, choice: CallChoice, page: int) -> CallPage:
        """Some calls of one kind, newest first."""
        return await call_page(self._stores.records, self._tenant, choice=choice, page=page)

    async def call(self, call_id: str) -> CallView:
        """One call, whole."""
        call = await self._stores.calls.get(self._tenant, call_id)
        conversation = await self._conversation(call)
        exchanges = conversation.exchanges if conversation else ()
        sources = {one.message_id: one.answer.citations for one in exchanges if one.answer}
        return CallView(
            call=call,
            talks=[spoken_talk(talk, sources) for talk in await talks_of(self._stores.records, call)],
            sounds=await self._stores.sounds.of(self._tenant, call_id),
            tickets=await self._desk.tickets.of(conversation) if conversation else (),
        )

    async def spreads(self, hours: float) -> Mapping[Part, Spread]:
        """How long each part of an answer took in the last hours."""
        since = now() - timedelta(hours=hours)
        return await call_spreads(self._stores.records, self._tenant, since=since)

    async def _conversation(self, call: KeptCall) -> Conversation | None:
        if call.conversation_id is None:
            return None
        try:
            return await self._desk.answerer.conversations.get(self._tenant, call.conversation_id)
        except NotFound:
            return None


def spoken_talk(talk: Talk, sources: Sources) -> SpokenTalk:
    """The talk with the sources of its answers at the last line of each, and where the caller cut in."""
    cited, cut_in = _cited(talk, sources), set(_cut_in(talk.lines))
    lines = [
        SpokenLine(
            at_s=talk.begins_s + line.at_s,
            line=line,
            was_cut_in=place in cut_in,
            citations=cited.get(place, ()),
        )
        for place, line in enumerate(talk.lines)
    ]
    return SpokenTalk(begins_s=talk.begins_s, reason=talk.reason, lines=lines, turns=talk.turns)


def is_cut(line: CallLine) -> bool:
    """Whether less than all of a line was heard."""
    return line.heard is not None and line.heard.strip() != line.text.strip()


def _cut_in(lines: Sequence[CallLine]) -> Iterator[int]:
    """The places of lines in which the caller cut in: the first of those cut short before they spoke."""
    first: int | None = None
    for place, line in enumerate(lines):
        if line.who == "caller":
            if first is not None:
                yield first
            first = None
        elif is_cut(line):
            first = place if first is None else first
        else:
            first = None


def _cited(talk: Talk, sources: Sources) -> dict[int, Sequence[Citation]]:
    """The sources by the place of the line that they stand under."""
    ends = [*(turn.at_s for turn in talk.turns), float("inf")]
    found: dict[int, Sequence[Citation]] = {}
    for turn, (begins_s, ends_s) in zip(talk.turns, pairwise(ends), strict=True):
        said = [
            place
            for place, line in enumerate(talk.lines)
            if line.kind == "answer" and begins_s <= line.at_s < ends_s
        ]
        if said and sources.get(turn.question_id):
            found[said[-1]] = sources[turn.question_id]
    return found
