"""Telephone calls as records: how far each has come, what was said, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.call_states import ENDED, below
from core.call_tables import call_lines, call_turns, calls
from core.errors import NotFound, Unavailable
from core.event_stream import DeskEvent
from core.heartbeat import heartbeat
from core.kept_calls import CallLine, CallNews, CallTurn, KeptCall, KeptTalk
from core.messages import ConversationId
from core.outbox import Outbox
from core.process import this_process
from core.records import Records, insert_for, now
from core.tenants import TenantId

HELD_S = 60.0
"""How long a talk is its process's without a sign of life."""
LONGEST = timedelta(hours=24)
"""After this a call whose end nobody told is over: no carrier lets one last longer."""
MOST_LISTED = 500
MOST_SWEPT = 200
LOST = "nothing was heard of it any more"


class Calls:
    """Calls as records. Every method names the tenant; the carrier's id of a call is used once."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def begin(
        self, tenant: TenantId, id: str, conversation_id: ConversationId, *, caller: str, called: str
    ) -> None:
        """Keep that a call came in, or what of it was not known yet; the same one again is the same call."""
        known = {"conversation_id": conversation_id, "caller": caller, "called": called}
        async with self._records.transaction() as connection:
            await _make(connection, tenant, id, now())
            await connection.execute(update(calls).where(*_is(tenant, id)).values(**known, touched_at=now()))

    async def progress(self, tenant: TenantId, id: str, news: CallNews) -> bool:
        """Whether the call came further than it was. News may come in any order, and twice."""
        change: dict[str, Any] = {"state": news.state, "touched_at": now()}
        if news.state in ENDED:
            change |= {"ended_at": news.at, "held_by": None, "reason": news.reason}
            change["duration_s"] = func.coalesce(news.duration_s, calls.c.duration_s)
        moved = update(calls).where(*_is(tenant, id), calls.c.state.in_(below(news.state))).values(**change)
        async with self._records.transaction() as connection:
            await _make(connection, tenant, id, news.at, news)
            is_news = bool((await connection.execute(moved)).rowcount)
            if (answered := _answered(news)) is not None:
                unless_known = (*_is(tenant, id), calls.c.answered_at.is_(None))
                await connection.execute(update(calls).where(*unless_known).values(answered_at=answered))
        return is_news

    async def hold(self, tenant: TenantId, id: str) -> bool:
        """Whether the call, which still goes on, is this process's for the next minute."""
        change = {"held_by": this_process(), "touched_at": now()}
        held = update(calls).where(*_is(tenant, id), calls.c.state.not_in(ENDED)).values(**change)
        async with self._records.transaction() as connection:
            return bool((await connection.execute(held)).rowcount)

    def alive(self, tenant: TenantId, id: str) -> AbstractAsyncContextManager[None]:
        """The call is held while the block runs, so that it is found should the process die.

        Call `hold` first: the first beat comes after a while.
        """

        async def beat() -> bool:
            try:
                return await self.hold(tenant, id)
            except Unavailable:
                return True

        return heartbeat(beat, every_s=HELD_S / 4)

    async def keep(self, tenant: TenantId, id: str, talk: KeptTalk) -> bool:
        """Whether a talk was kept now: its lines and turns after those of earlier talks, with its event.

        Raises:
            NotFound: the tenant has no such call.
        """
        async with self._records.transaction() as connection:
            holding = update(calls).where(*_is(tenant, id)).values(touched_at=now()).returning(calls)
            row = (await connection.execute(holding)).first()
            if row is None:
                raise NotFound(f"there is no call {id!r}")
            if talk.id in {one["id"] for one in row.talks}:
                return False
            place = len(row.talks) + 1
            await _add(connection, call_lines, (tenant, id, place), talk.lines)
            await _add(connection, call_turns, (tenant, id, place), talk.turns)
            told = {"id": talk.id, "reason": talk.reason, "seconds": talk.seconds, "turns": len(talk.turns)}
            language = talk.language or row.language
            change = {
                "talks": [*row.talks, told],
                "language": language,
                "disclosure": talk.disclosure or row.disclosure,
                "held_by": None,
            }
            await connection.execute(update(calls).where(*_is(tenant, id)).values(**change))
            event = _finished(_call(row), talk, str(place), language=language)
            await self._outbox.add_event(connection, event)
        return True

    async def get(self, tenant: TenantId, id: str) -> KeptCall:
        """One call.

        Raises:
            NotFound: the tenant has no such call.
        """
        async with self._records.reading() as connection:
            row = (await connection.execute(select(calls).where(*_is(tenant, id)))).first()
        if row is None:
            raise NotFound(f"there is no call {id!r}")
        return _call(row)

    async def lines(self, tenant: TenantId, id: str) -> list[CallLine]:
        """What was said in a call by both sides, in order, over all its talks."""
        return [CallLine(**row) for row in await self._of(call_lines, CallLine.__slots__, tenant, id)]

    async def turns(self, tenant: TenantId, id: str) -> list[CallTurn]:
        """The turns of a call, in order, over all its talks."""
        return [CallTurn(**row) for row in await self._of(call_turns, CallTurn.__slots__, tenant, id)]

    async def latest(self, tenant: TenantId, *, most: int = MOST_LISTED) -> list[KeptCall]:
        """The tenant's calls, newest first."""
        query = select(calls).where(calls.c.tenant == tenant)
        async with self._records.reading() as connection:
            rows = await connection.execute(query.order_by(calls.c.created_at.desc(), calls.c.id).limit(most))
            return [_call(row) for row in rows]

    async def sweep(self) -> int:
        """Close the calls, of every tenant, of which nothing was heard for too long; how many.

        A process that ends in the middle of a talk leaves such a call, and a carrier whose last word
        never came. Should that come yet, it counts.
        """
        moment = now()
        held_too_long = calls.c.held_by.is_not(None) & (
            calls.c.touched_at < moment - timedelta(seconds=HELD_S)
        )
        forgotten = or_(held_too_long, calls.c.touched_at < moment - LONGEST)
        due = select(calls.c.tenant, calls.c.id).where(calls.c.state.not_in(ENDED), forgotten)
        async with self._records.reading() as connection:
            found = (await connection.execute(due.limit(MOST_SWEPT))).all()
        change = {"state": "lost", "reason": LOST, "ended_at": moment, "held_by": None, "touched_at": moment}
        closed = 0
        for one in found:
            still = (*_is(one.tenant, one.id), calls.c.state.not_in(ENDED), forgotten)
            async with self._records.transaction() as connection:
                swept = update(calls).where(*still).values(**change).returning(calls)
                row = (await connection.execute(swept)).first()
                if row is None:
                    continue
                closed += 1
                talk = KeptTalk(id="lost", reason=LOST)
                event = _finished(_call(row), talk, "lost", language=row.language)
                await self._outbox.add_event(connection, event)
        return closed

    async def _of(
        self, table: Table, names: Sequence[str], tenant: TenantId, id: str
    ) -> list[dict[str, Any]]:
        mine = (table.c.tenant == tenant, table.c.call_id == id)
        query = select(*(table.c[name] for name in names)).where(*mine).order_by(table.c.talk, table.c.n)
        async with self._records.reading() as connection:
            return [dict(row._mapping) for row in await connection.execute(query)]


async def _make(
    connection: AsyncConnection, tenant: TenantId, id: str, moment: datetime, news: CallNews | None = None
) -> None:
    """Make the call's row where there is none."""
    row = {
        "tenant": tenant,
        "id": id,
        "caller": news.caller if news else "",
        "called": news.called if news else "",
        "language": "",
        "state": "queued",
        "talks": [],
        "created_at": moment,
        "touched_at": moment,
    }
    await connection.execute(insert_for(connection, calls).on_conflict_do_nothing().values(**row))


async def _add(
    connection: AsyncConnection,
    table: Table,
    place: tuple[TenantId, str, int],
    said: Sequence[CallLine | CallTurn],
) -> None:
    """Put the lines or turns of a talk in."""
    tenant, id, talk = place
    shared = {"tenant": tenant, "call_id": id, "talk": talk, "created_at": now()}
    rows = [
        {name: getattr(one, name) for name in type(one).__slots__} | shared | {"n": n}
        for n, one in enumerate(said, start=1)
    ]
    if rows:
        await connection.execute(insert(table), rows)


def _answered(news: CallNews) -> datetime | None:
    """When the call was answered, as far as the news tells."""
    if news.state == "in-progress":
        return news.at
    if news.state == "completed" and news.duration_s:
        return news.at - timedelta(seconds=news.duration_s)
    return None


def _finished(call: KeptCall, talk: KeptTalk, place: str, *, language: str) -> DeskEvent:
    return DeskEvent(
        id=f"call.finished:{call.id}:{place}",
        type="call.finished",
        tenant=call.tenant,
        occurred_at=now(),
        conversation_id=call.conversation_id,
        body={
            "call_id": call.id,
            "talk_id": talk.id,
            "caller": call.caller,
            "called": call.called,
            "state": call.state,
            "reason": talk.reason,
            "language": language,
            "seconds": round(talk.seconds, 3),
            "turns": len(talk.turns),
            "interrupted": sum(turn.was_interrupted for turn in talk.turns),
        },
    )


def _is(tenant: TenantId, id: str) -> tuple[Any, ...]:
    return calls.c.tenant == tenant, calls.c.id == id


def _call(row: Row[Any]) -> KeptCall:
    values = {name: row._mapping[name] for name in KeptCall.__slots__}
    return KeptCall(**values | {"talks": tuple(row.talks)})
