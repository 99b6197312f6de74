"""The clock: enlists the work that comes again, for as long as it runs."""

from __future__ import annotations

import logging

import anyio

from core.assembly import Desk
from core.errors import Unavailable
from core.schedule import Schedule

logger = logging.getLogger(__name__)

TICK_S = 1.0


async def keep_time(desk: Desk) -> None:
    """Put what is due into the outbox, until cancelled. Any number of clocks do no more than one."""
    schedule = Schedule(desk.stores.records, desk.stores.outbox, desk.tenant.id)
    while True:
        try:
            await schedule.enlist_due()
        except Unavailable as error:
            logger.warning("schedule_postponed", extra={"reason": str(error)})
        await anyio.sleep(TICK_S)
