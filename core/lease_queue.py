"""A queue in the records: each line of rows in order, each row with one worker at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, func, or_, select, update

from core.errors import Unavailable
from core.heartbeat import heartbeat
from core.process import is_running, this_process
from core.records import Records, now
from core.tenants import TenantId

WAITING, DONE = "waiting", "done"
HELD_S = 60.0
"""How long a row is its worker's without a sign of life."""
ORPHANS_S = 1.0
"""How often it is looked for rows whose holders have died."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row, and how it was when it was looked at: only who saw it so can hold it."""

    tenant: TenantId
    id: str
    values: Mapping[str, Any]
    attempts: int
    held_by: str | None
    next_at: datetime


class LeaseQueue:
    """Rows of one table, which has `tenant, id, channel, line, state, attempts, next_at, held_by`.

    However many processes look, a row is with one of them; one that dies over it is followed
    at once where this machine can tell, else after a minute. What comes later on a line waits
    for what came before it, but not for what is to be sent later.
    """

    def __init__(self, records: Records, table: Table) -> None:
        self._records = records
        self._table = table
        self._owner = f"{this_process()}/{uuid.uuid4().hex[:8]}"
        self._look_for_orphans_at = 0.0

    async def due(self, channels: Collection[str], *, most: int) -> Sequence[Held]:
        """What may be worked on now, what has waited longest first."""
        row = self._table.c
        earlier = self._table.alias()
        waits = exists().where(
            earlier.c.tenant == row.tenant,
            earlier.c.line == row.line,
            earlier.c.state == WAITING,
            # What was put there for later, and not tried yet, holds nothing up.
            (earlier.c.attempts > 0) | (earlier.c.next_at <= earlier.c.created_at),
            (earlier.c.created_at < row.created_at)
            | and_(earlier.c.created_at == row.created_at, earlier.c.id < row.id),
        )
        theirs = (row.state == WAITING, row.channel.in_(list(channels)))
        moment = now()
        free = [row.next_at <= moment]
        if time.monotonic() >= self._look_for_orphans_at:
            self._look_for_orphans_at = time.monotonic() + ORPHANS_S
            free += await self._orphaned(moment, *theirs)
        query = (
            select(self._table)
            .where(*theirs, or_(*free), ~waits)
            .order_by(row.created_at, row.id)
            .limit(most)
        )
        async with self._records.reading() as connection:
            found = (await connection.execute(query)).all()
        return [
            Held(
                tenant=TenantId(one.tenant),
                id=one.id,
                values=dict(one._mapping),
                attempts=one.attempts,
                held_by=one.held_by,
                next_at=one.next_at,
            )
            for one in found
        ]

    async def hold(self, *rows: Held) -> list[Held]:
        """Those of the rows that are this process's alone for now: an UPDATE each, which one of many wins."""
        mine = []
        async with self._records.transaction() as connection:
            for seen in rows:
                change = {
                    "next_at": now() + timedelta(seconds=HELD_S),
                    "held_by": self._owner,
                    "attempts": seen.attempts + 1,
                }
                free = (
                    self._table.c.tenant == seen.tenant,
                    self._table.c.id == seen.id,
                    self._table.c.state == WAITING,
                    self._table.c.next_at == seen.next_at,
                    self._table.c.held_by.is_not_distinct_from(seen.held_by),
                )
                held = await connection.execute(update(self._table).where(*free).values(**change))
                if held.rowcount:
                    mine.append(seen)
        return mine

    def alive(self, seen: Held) -> AbstractAsyncContextManager[None]:
        """The row stays held while the block runs, however long that takes."""

        async def beat() -> bool:
            try:
                return await self._change(
                    seen, {"next_at": now() + timedelta(seconds=HELD_S)}, self._table.c.held_by == self._owner
                )
            except Unavailable:
                return True

        return heartbeat(beat, every_s=HELD_S / 4)

    async def end(self, seen: Held, **change: Any) -> bool:  # noqa: ANN401 - columns of the table
        """Whether the row, which this process holds, left the queue, with what is changed in it."""
        return await self._change(seen, {**change, "held_by": None}, self._table.c.held_by == self._owner)

    async def postpone(self, seen: Held, reason: str, *, pause_s: float | None = None) -> None:
        """Let the row be due again after a pause, which doubles with each attempt where none is given."""
        wait_s = pause(seen.attempts + 1) if pause_s is None else pause_s
        change = {"next_at": now() + timedelta(seconds=wait_s), "held_by": None, "reason": reason}
        await self._change(seen, change, self._table.c.held_by == self._owner)

    async def counts(self) -> dict[str, int]:
        """How many rows there are in each state."""
        query = select(self._table.c.state, func.count()).group_by(self._table.c.state)
        async with self._records.reading() as connection:
            return {str(state): int(count) for state, count in await connection.execute(query)}

    async def _orphaned(self, moment: datetime, *theirs: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        """A condition for the rows whose holders this machine knows to be gone, where there are any."""
        holders = select(self._table.c.held_by).where(
            *theirs, self._table.c.next_at > moment, self._table.c.held_by.is_not(None)
        )
        async with self._records.reading() as connection:
            names = {row.held_by for row in await connection.execute(holders.distinct())}
        gone = [name for name in names if not is_running(name)]
        return [self._table.c.held_by.in_(gone)] if gone else []

    async def _change(self, seen: Held, change: Mapping[str, Any], *where: ColumnElement[bool]) -> bool:
        mine = (self._table.c.tenant == seen.tenant, self._table.c.id == seen.id)
        changed = update(self._table).where(*mine, *where).values(**change)
        async with self._records.transaction() as connection:
            return bool((await connection.execute(changed)).rowcount)


def pause(attempts: int) -> float:
    """How many seconds to wait after so many attempts.

    >>> [pause(attempts) for attempts in (1, 2, 100)]
    [2.0, 4.0, 900.0]
    """
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20))
