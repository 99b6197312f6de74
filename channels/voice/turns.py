"""`Turns`: replies, one at a time; one that is cut off leaves word of how far it was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from channels.voice.happenings import Happening, TurnOver, VoiceGone
from channels.voice.open_call import OpenCall, Turn
from core.errors import FrontdeskError, SpeechUnavailable

logger = logging.getLogger(__name__)

CLOSING_S = 5.0
"""Longest wait, before the next turn and when a call is over, for what has to be noted of the last one."""


class Turns:
    """Runs replies beside the talk. `failed` is said where one breaks, so that no turn ends in silence."""

    def __init__(
        self,
        open_call: OpenCall,
        tell: Callable[[Happening], None],
        failed: Callable[[], Awaitable[None]],
    ) -> None:
        self.current: Turn | None = None
        self.unanswered: Turn | None = None
        """The question that was cut off before its answer began."""
        self._open = open_call
        self._tell = tell
        self._failed = failed
        self._closing: set[asyncio.Task[None]] = set()

    def begin(self, turn: Turn, reply: Coroutine[Any, Any, None]) -> None:
        """Run a reply, in place of the one that is on its way."""
        if self.current is not None and self.current.task is not None:
            self.current.task.cancel()
        self.current = turn
        turn.task = asyncio.create_task(self._run(turn, reply))
        # A task that is cancelled before it begins never touches its coroutine.
        turn.task.add_done_callback(lambda _: reply.close())

    def is_over(self, turn: Turn) -> bool:
        """Whether the reply that ended is the current one, which is then none."""
        if turn is not self.current:
            return False
        self.current = None
        self._open.close_turn(turn, was_interrupted=False)
        return True

    async def cut_in(self) -> None:
        """End the reply that is on its way, and what is being said but for what is protected."""
        turn, self.current = self.current, None
        if turn is not None and turn.task is not None:
            turn.task.cancel()
        if self._open.mouth.is_speaking:
            await self._open.mouth.hush()
        if turn is None or turn.question is None:
            return
        if not turn.ids:
            self.unanswered = turn
        task = asyncio.create_task(self._note_heard(turn, set(self._closing)))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Let nothing run any more."""
        running = {self.current.task} if self.current and self.current.task else set()
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSING_S)
        left = [*running, *self._closing]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _run(self, turn: Turn, reply: Coroutine[Any, Any, None]) -> None:
        if self._closing:
            # The next answer builds on what was heard of the one before, but does not wait long for it.
            await asyncio.wait(set(self._closing), timeout=CLOSING_S)
        try:
            try:
                await reply
            except SpeechUnavailable:
                raise
            except Exception:
                logger.exception("turn_broke")
                await self._failed()
        except SpeechUnavailable:
            self._tell(VoiceGone())
        except Exception:
            logger.exception("excuse_broke")
        finally:
            self._tell(TurnOver(turn))

    async def _note_heard(self, turn: Turn, before: set[asyncio.Task[None]]) -> None:
        """Let the conversation know how far an answer was heard that was cut off."""
        if turn.task is not None:
            await asyncio.wait([turn.task, *before])
        await self._open.mouth.settled()
        self._open.close_turn(turn, was_interrupted=True)
        words, is_whole = self._open.mouth.heard(turn.ids)
        if turn.question is None or (is_whole and turn.is_answered):
            return
        try:
            await self._open.parts.desk.heard(self._open.call, turn.question, words)
        except FrontdeskError:
            logger.warning("heard_not_kept")
