"""What a call leaves behind: its record while it goes on, and its talks when they are over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from channels.voice.call_report import CallReport, SaidLine
from channels.voice.telephone import Call, Telephone
from channels.voice.turn_latency import TurnLatency
from core.call_latencies import PARTS
from core.call_states import call_state
from core.calls import Calls
from core.errors import NotFound
from core.kept_calls import CallLine, CallNews, CallTurn, KeptTalk
from core.messages import ConversationId
from core.tenants import TenantId

Talks = Callable[[Telephone], Awaitable[object]]
MOST_SECONDS = 7 * 24 * 3600


class RecordedCalls:
    """The `CallKeeper` of talks, over the records; and what tells them that a call goes on."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def recorded(self, talks: Talks) -> Talks:
        """The same talks, with a record of each call that says while it goes on that it does."""

        async def talk(telephone: Telephone) -> object:
            call = telephone.call
            await self._begin(call)
            tenant = TenantId(call.tenant)
            await self._calls.hold(tenant, call.id)
            async with self._calls.alive(tenant, call.id):
                return await talks(telephone)

        return talk

    async def keep(self, report: CallReport) -> None:
        """Keep a talk that is over; the same one again is the same talk.

        Raises:
            Unavailable: the records did not answer.
        """
        call = report.call
        talk = KeptTalk(
            id=report.began_at.isoformat(),
            lines=[_line(line) for line in report.lines],
            turns=[_turn(turn) for turn in report.turns],
            reason=report.reason,
            language=report.language,
            disclosure=disclosed(report.lines),
            seconds=report.lasted_s,
        )
        try:
            await self._calls.keep(TenantId(call.tenant), call.id, talk)
        except NotFound:
            await self._begin(call)
            await self._calls.keep(TenantId(call.tenant), call.id, talk)

    async def told(self, tenant: TenantId, fields: Mapping[str, str]) -> bool:
        """Take in what a carrier tells of a call; whether the call came further by it.

        Whatever is no state, or of no call, is let be.
        """
        state, id = call_state(fields.get("CallStatus", "")), fields.get("CallSid", "")
        if state is None or not id:
            return False
        length = fields.get("CallDuration", "")
        is_length = length.isdecimal() and length.isascii() and len(length) < len(str(MOST_SECONDS))
        news = CallNews(
            state=state,
            caller=fields.get("From", ""),
            called=fields.get("To", ""),
            duration_s=int(length) if is_length else None,
            reason=fields.get("SipResponseCode") or fields.get("ErrorCode") or None,
        )
        return await self._calls.progress(tenant, id, news)

    async def _begin(self, call: Call) -> None:
        conversation_id = ConversationId(call.conversation_id)
        await self._calls.begin(
            TenantId(call.tenant), call.id, conversation_id, caller=call.caller, called=call.called
        )


def disclosed(lines: tuple[SaidLine, ...]) -> str:
    """What the caller heard of the desk's own sentences before they first said anything themselves."""
    heard: list[str] = []
    for line in lines:
        if line.who == "caller":
            break
        if line.kind == "phrase" and line.heard:
            heard.append(line.heard.strip())
    return " ".join(heard)


def _line(line: SaidLine) -> CallLine:
    return CallLine(
        at_s=line.at,
        who=line.who,
        text=line.text,
        language=line.language,
        kind=line.kind,
        heard=line.heard,
        confidence=line.confidence,
    )


def _turn(turn: TurnLatency) -> CallTurn:
    taken = {part: getattr(turn, part) for part in PARTS}
    return CallTurn(
        question_id=turn.question_id,
        at_s=turn.at,
        latencies={part: round(seconds * 1000, 3) for part, seconds in taken.items() if seconds is not None},
        had_filler=turn.had_filler,
        was_interrupted=turn.was_interrupted,
    )
