"""The talks that go on in this process: found by their call, told when it is over, ended at a stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from channels.phone.gate import CallGate
from channels.phone.words import words
from channels.voice.telephone import Sentence, Telephone
from core.errors import FrontdeskError

logger = logging.getLogger(__name__)

Talks = Callable[[Telephone], Awaitable[object]]
"""Talks with a caller until one of the two leaves the line. Cancelled, it leaves nothing behind."""
CLOSES_WITHIN_S = 5.0
"""How long a talk may go on once Twilio has said that the call is over."""
LAST_WORDS_S = 15.0


@dataclass(slots=True, eq=False)
class _Running:
    telephone: Telephone
    talk: asyncio.Task[object]
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    is_stopped: bool = False


class RunningTalks:
    """Each by its call's id."""

    def __init__(self, gate: CallGate) -> None:
        self.gate = gate
        self._running: dict[str, _Running] = {}

    async def run(self, telephone: Telephone, talks: Talks) -> None:
        """Talk until the talk is over, or the process stops."""
        name = telephone.call.id
        running = _Running(telephone, asyncio.ensure_future(_started(talks, telephone)))
        self._running[name] = running
        try:
            await asyncio.wait({running.talk})
            if running.is_stopped:
                await self._take_leave(running)
            elif not running.talk.cancelled() and (error := running.talk.exception()) is not None:
                raise error
        finally:
            for timer in running.timers:
                timer.cancel()
            running.talk.cancel()
            await asyncio.gather(running.talk, return_exceptions=True)
            del self._running[name]

    def over(self, call_id: str) -> None:
        """Twilio says that the call is over: its talk, which should have noticed, ends soon at the latest."""
        if (running := self._running.get(call_id)) is not None:
            loop = asyncio.get_running_loop()
            running.timers.append(loop.call_later(CLOSES_WITHIN_S, running.talk.cancel))

    async def stop(self, within_s: float) -> None:
        """Let no call in any more; those that go on after `within_s` seconds are told, and ended."""
        self.gate.close()
        if await self.gate.emptied(within_s):
            return
        for running in self._running.values():
            running.is_stopped = True
            running.talk.cancel()
        await self.gate.emptied(LAST_WORDS_S)

    async def _take_leave(self, running: _Running) -> None:
        telephone = running.telephone
        language = telephone.call.language
        last = Sentence(id="stopping", text=words("stopping", language), language=language, is_protected=True)
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await telephone.hush()
                await telephone.say(last)
                await telephone.said()
                await telephone.leave()
        except (TimeoutError, FrontdeskError) as error:
            logger.warning("last_words_not_said", extra={"error": type(error).__name__})


async def _started(talks: Talks, telephone: Telephone) -> object:
    return await talks(telephone)
