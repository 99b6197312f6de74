"""Telephone calls as staff look back at them: a page of the list, and one call's talks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, and_, exists, or_, select

from core.call_states import CallState
from core.call_tables import call_lines, call_sounds, call_turns, calls
from core.kept_calls import CallLine, CallTurn, KeptCall
from core.messages import ConversationId
from core.records import Records
from core.schema import tickets
from core.tenants import TenantId

CallChoice = Literal["all", "person", "broke_off", "voicemail"]
"""All calls, those with a ticket, those that ended before the last thing was said, those with a message."""
PAGE = 20
_NEVER_TALKED: tuple[CallState, ...] = ("lost", "canceled", "no-answer", "busy", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCall:
    """A call in a list, with what followed; `ticket_id` is its newest ticket's, if it has one."""

    call: KeptCall
    ticket_id: str | None
    has_voicemail: bool
    has_recording: bool
    broke_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """Some calls, newest first, and whether there are older ones."""

    calls: Sequence[ListedCall]
    has_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One talk of a call. `begins_s` is in seconds from the beginning of the call's first talk.

    `reason` is why it ended. The times of its lines and turns count from its own beginning.
    """

    begins_s: float
    reason: str
    lines: Sequence[CallLine]
    turns: Sequence[CallTurn]


async def call_page(
    records: Records, tenant: TenantId, *, choice: CallChoice = "all", page: int = 0, most: int = PAGE
) -> CallPage:
    """The tenant's calls of one kind, newest first, `most` on each page; the first page is 0."""
    conditions = {
        "person": _has_ticket(),
        "voicemail": _has_sound("voicemail"),
        "broke_off": _broke_off(),
    }
    ticket = (
        select(tickets.c.id)
        .where(tickets.c.tenant == calls.c.tenant, tickets.c.conversation_id == calls.c.conversation_id)
        .order_by(tickets.c.created_at.desc(), tickets.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(
        calls,
        ticket.label("ticket_id"),
        _has_sound("voicemail").label("has_voicemail"),
        _has_sound("recording").label("has_recording"),
        _broke_off().label("broke_off"),
    ).where(calls.c.tenant == tenant)
    if choice in conditions:
        query = query.where(conditions[choice])
    ordered = query.order_by(calls.c.created_at.desc(), calls.c.id)
    async with records.reading() as connection:
        rows = (await connection.execute(ordered.limit(most + 1).offset(max(page, 0) * most))).all()
    return CallPage(calls=[_listed(row) for row in rows[:most]], has_older=len(rows) > most)


async def calls_in(records: Records, tenant: TenantId, conversation_id: ConversationId) -> list[KeptCall]:
    """The calls of a conversation, newest first."""
    mine = (calls.c.tenant == tenant, calls.c.conversation_id == conversation_id)
    query = select(calls).where(*mine).order_by(calls.c.created_at.desc(), calls.c.id)
    async with records.reading() as connection:
        return [_call(row) for row in await connection.execute(query)]


async def talks_of(records: Records, call: KeptCall) -> list[Talk]:
    """The talks of a call with what was said in each, in order."""
    async with records.reading() as connection:
        lines = (await connection.execute(_said(call_lines, call))).all()
        turns = (await connection.execute(_said(call_turns, call))).all()
    begins = begins_of([(str(one.get("id", "")), float(one.get("seconds") or 0)) for one in call.talks])
    return [
        Talk(
            begins_s=begins[place - 1],
            reason=str(told.get("reason", "")),
            lines=[_line(row) for row in lines if row.talk == place],
            turns=[_turn(row) for row in turns if row.talk == place],
        )
        for place, told in enumerate(call.talks, start=1)
    ]


def begins_of(talks: Sequence[tuple[str, float]]) -> list[float]:
    """When each talk began, in seconds after the first, from the id and the length in seconds of each.

    An id that is a moment tells it; one that is none began where the talk before ended.

    >>> begins_of([("2026-11-22T08:00:00+00:00", 30.0), ("2026-11-22T08:02:00+00:00", 5.0), ("b", 1.0)])
    [0.0, 120.0, 125.0]
    """
    begins: list[float] = []
    first, end = _moment(talks[0][0]) if talks else None, 0.0
    for id, seconds in talks:
        moment = _moment(id)
        known = (moment - first).total_seconds() if moment and first else end
        begins.append(max(known, 0.0))
        end = begins[-1] + seconds
    return begins


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _said(table: Table, call: KeptCall) -> Select[Any]:
    mine = (table.c.tenant == call.tenant, table.c.call_id == call.id)
    return select(table).where(*mine).order_by(table.c.talk, table.c.n)


def _line(row: Row[Any]) -> CallLine:
    return CallLine(**{name: row._mapping[name] for name in CallLine.__slots__})


def _turn(row: Row[Any]) -> CallTurn:
    return CallTurn(**{name: row._mapping[name] for name in CallTurn.__slots__})


def _has_ticket() -> ColumnElement[bool]:
    return exists().where(
        tickets.c.tenant == calls.c.tenant, tickets.c.conversation_id == calls.c.conversation_id
    )


def _has_sound(kind: str) -> ColumnElement[bool]:
    return exists().where(
        call_sounds.c.tenant == calls.c.tenant,
        call_sounds.c.call_id == calls.c.id,
        call_sounds.c.kind == kind,
    )


def _broke_off() -> ColumnElement[bool]:
    """No talk came about, or its last line is a question without an answer or one that was not heard whole.

    A farewell of the desk's own that is cut off is none: the caller had said good-bye. Nor is a call whose
    caller went on to leave a message.
    """
    last, later, asked = call_lines.alias("last"), call_lines.alias("later"), call_lines.alias("asked")
    is_after = or_(later.c.talk > last.c.talk, and_(later.c.talk == last.c.talk, later.c.n > last.c.n))
    has_asked = exists().where(_of_one_call(asked, last), asked.c.who == "caller")
    is_cut = and_(last.c.who == "desk", last.c.heard != last.c.text)
    is_open = or_(last.c.who == "caller", and_(is_cut, or_(last.c.kind == "answer", ~has_asked)))
    is_last = ~exists().where(_of_one_call(later, last), is_after)
    is_mine = and_(last.c.tenant == calls.c.tenant, last.c.call_id == calls.c.id)
    was_left = exists().where(is_mine, is_open, is_last)
    return or_(calls.c.state.in_(_NEVER_TALKED), and_(was_left, ~_has_sound("voicemail")))


def _of_one_call(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.tenant == other.c.tenant, one.c.call_id == other.c.call_id)


def _listed(row: Row[Any]) -> ListedCall:
    return ListedCall(
        call=_call(row),
        ticket_id=row.ticket_id,
        has_voicemail=bool(row.has_voicemail),
        has_recording=bool(row.has_recording),
        broke_off=bool(row.broke_off),
    )


def _call(row: Row[Any]) -> KeptCall:
    values = {name: row._mapping[name] for name in KeptCall.__slots__}
    return KeptCall(**values | {"talks": tuple(row.talks)})
