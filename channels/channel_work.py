"""Works off what came in and what is to go out, side by side, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio

from channels.channel import Channel, NobodyListens, SendRefused
from core.errors import FrontdeskError, RateLimited, Refused, Unavailable
from core.inbox import Inbound, Inbox
from core.lease_queue import Held, LeaseQueue
from core.outbound import Outbound, OutboundMessage

logger = logging.getLogger(__name__)

POLL_S = 1.0
GATHER_S = 0.02
TOGETHER = 4
"""How many things are taken up at a time: others may take the next ones."""
LAG_S, LONGEST_LAG_S = 0.01, 2.0
"""How late the event loop may be before more work is begun, and how long that is waited for."""
NOBODY_PAUSE_S = 5.0
"""How soon a simulator that was not there is tried again; each time twice as late, up to the longest."""
LONGEST_NOBODY_S = 60.0
AT_ONCE = 24
"""How many things one process works on side by side, and how many it sends."""
MOST_BREAKS = 5
"""How often something is tried that breaks on a fault of ours, before it is left."""

Worked = Callable[[], Awaitable[None]]


class ChannelWork:
    """What one process does for the doors that push. Several processes share the work."""

    def __init__(
        self, inbox: Inbox, outbound: Outbound, channels: Mapping[str, Channel], *, at_once: int = AT_ONCE
    ) -> None:
        self._inbox = inbox
        self._outbound = outbound
        self._channels = channels
        self._at_once = at_once

    async def run(self) -> None:
        """Work until cancelled; an outage holds up only what needs what is away."""
        if not self._channels:
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve, self._inbox.arrived, self._receive)
            tasks.start_soon(self._serve, self._outbound.added, self._send)

    async def _serve(
        self, news: asyncio.Event, look: Callable[[int], Awaitable[Sequence[tuple[str, Worked]]]]
    ) -> None:
        room = anyio.CapacityLimiter(self._at_once)
        async with anyio.create_task_group() as tasks:
            while True:
                news.clear()
                free = min(int(room.available_tokens), TOGETHER)
                try:
                    found = await look(free) if free else ()
                except Unavailable as error:
                    logger.warning("channel_work_postponed", extra={"error": type(error).__name__})
                    found = ()
                for name, work in found:
                    room.acquire_on_behalf_of_nowait(name)
                    tasks.start_soon(self._one, room, name, work, news)
                    await _calm()
                if found and room.available_tokens:
                    continue
                with anyio.move_on_after(POLL_S):
                    await news.wait()
                    # Whatever comes within a moment is looked at together.
                    await anyio.sleep(GATHER_S)

    async def _one(self, room: anyio.CapacityLimiter, name: str, work: Worked, news: asyncio.Event) -> None:
        try:
            await work()
        except Unavailable as error:
            logger.warning("channel_work_postponed", extra={"error": type(error).__name__})
        except Exception:
            logger.exception("channel_work_broke")
        finally:
            room.release_on_behalf_of(name)
            news.set()

    async def _receive(self, most: int) -> Sequence[tuple[str, Worked]]:
        due = await self._inbox.due(self._channels, most=most)
        mine = await _held(self._inbox.queue, [held for held, _ in due])
        return [
            (_name(held), partial(self._handled, held, inbound))
            for held, inbound in due
            if _name(held) in mine
        ]

    async def _send(self, most: int) -> Sequence[tuple[str, Worked]]:
        due = await self._outbound.due(self._channels, most=most)
        mine = await _held(self._outbound.queue, [held for held, _ in due])
        return [
            (_name(held), partial(self._sent, held, message)) for held, message in due if _name(held) in mine
        ]

    async def _handled(self, held: Held, inbound: Inbound) -> None:
        queue, facts = self._inbox.queue, _facts(inbound.address.channel, held)
        async with queue.alive(held):
            try:
                await self._channels[inbound.address.channel].handle(inbound)
            except RateLimited as error:
                await queue.postpone(held, type(error).__name__, pause_s=error.retry_after_s)
            except Unavailable as error:
                logger.warning("inbound_postponed", extra={**facts, "error": type(error).__name__})
                await queue.postpone(held, type(error).__name__)
            except Refused as error:
                logger.info("inbound_refused", extra={**facts, "error": type(error).__name__})
                await self._inbox.done(held, str(error))
            except Exception as error:  # noqa: BLE001 - the edge of this door
                await self._broke(queue, held, facts, error)
            else:
                await self._inbox.done(held)

    async def _sent(self, held: Held, message: OutboundMessage) -> None:
        queue, facts = self._outbound.queue, _facts(message.address.channel, held)
        async with queue.alive(held):
            try:
                provider_id = await self._channels[message.address.channel].send(message)
            except SendRefused as error:
                logger.warning("outbound_refused", extra={**facts, "reason": str(error)})
                await self._outbound.failed(held, str(error))
            except RateLimited as error:
                await queue.postpone(held, type(error).__name__, pause_s=error.retry_after_s)
            except NobodyListens as error:
                logger.debug("outbound_postponed", extra={**facts, "reason": str(error)})
                pause_s = min(NOBODY_PAUSE_S * 2.0 ** min(held.attempts, 10), LONGEST_NOBODY_S)
                await queue.postpone(held, str(error), pause_s=pause_s)
            except Unavailable as error:
                logger.warning("outbound_postponed", extra={**facts, "reason": str(error)})
                await queue.postpone(held, str(error))
            except FrontdeskError as error:
                logger.warning("outbound_refused", extra={**facts, "reason": type(error).__name__})
                await self._outbound.failed(held, type(error).__name__)
            except Exception as error:  # noqa: BLE001 - the edge of this door
                await self._broke(queue, held, facts, error)
            else:
                await self._outbound.sent(held, provider_id)

    async def _broke(
        self, queue: LeaseQueue, held: Held, facts: Mapping[str, object], error: Exception
    ) -> None:
        """A fault of ours: tried a few times more, then left with its reason for somebody to see."""
        logger.error("channel_work_broke", extra=facts, exc_info=error)
        if held.attempts + 1 < MOST_BREAKS:
            await queue.postpone(held, type(error).__name__)
        else:
            await queue.end(held, state="failed", reason=type(error).__name__)


async def _calm() -> None:
    """Let what waits for this event loop go first: a provider that is to be told, above all."""
    end = time.monotonic() + LONGEST_LAG_S
    while (begun := time.monotonic()) < end:
        await anyio.sleep(LAG_S)
        if time.monotonic() - begun < 2 * LAG_S:
            return


async def _held(queue: LeaseQueue, rows: Sequence[Held]) -> set[str]:
    return {_name(held) for held in await queue.hold(*rows)} if rows else set()


def _name(held: Held) -> str:
    return f"{held.tenant}|{held.id}"


def _facts(channel: str, held: Held) -> dict[str, object]:
    return {"channel": channel, "tenant": held.tenant, "id": held.id, "attempts": held.attempts + 1}
