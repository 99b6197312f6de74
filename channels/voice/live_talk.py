"""`LiveTalk`: one call from its first to its last moment: what happens on the line, and what follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import anyio

from channels.voice.call_report import EndReason
from channels.voice.greeting import greet
from channels.voice.happenings import Happening, Left, TurnOver, VoiceGone
from channels.voice.hearing import Hearing
from channels.voice.keypad import Keypad, Pressed
from channels.voice.leaving import leave, leave_without_voice, send_away
from channels.voice.open_call import OpenCall, Turn
from channels.voice.replies import Replies
from channels.voice.taking import Taking
from channels.voice.telephone import Gone, Key, Partial, SpeechBegan, SpeechPaused, Utterance
from channels.voice.timers import Due, Timers
from channels.voice.turns import CLOSING_S, Turns
from channels.voice.undisturbed import undisturbed
from core.errors import FrontdeskError

GOES_ON_S = 3.0
"""Who speaks again so soon, before the answer began, goes on with the question."""
MOST_MISSES = 2
"""After so many sounds in a row that nobody understood the desk says no more about it."""
MOST_SAID = 10_000
"""Utterances and keys of a call; a line that brings more is broken, and each is kept."""
OVERTIME_S = 60.0
"""How long the end of the longest call may take; what has not ended after that is cut off."""


class LiveTalk:
    """Handles one happening after the other. Replies run beside it, one at a time."""

    def __init__(self, open_call: OpenCall, happenings: asyncio.Queue[Happening]) -> None:
        self._open = open_call
        self._happenings = happenings
        self._timers = Timers(happenings.put_nowait)
        self._replies = Replies(open_call)
        self._turns = Turns(open_call, happenings.put_nowait, self._replies.failed)
        self._hearing = Hearing(open_call, self._timers, self._turns.cut_in)
        self._taking = Taking(open_call, self._replies)
        self._keypad = Keypad()
        self._is_overtime = False

    async def run(self, *, is_welcome: bool) -> None:
        """Talk until the call is over, which has an `end` then."""
        self._timers.start("longest", self._open.manners.longest_s)
        async with self._side_by_side():
            self._turns.begin(Turn(), greet(self._open) if is_welcome else send_away(self._open))
            while True:
                happening = await self._happenings.get()
                if isinstance(happening, Gone | Left):
                    self._open.end = happening.reason if isinstance(happening, Gone) else ""
                    return
                await self._happens(happening)
                self._watch_silence()

    @asynccontextmanager
    async def _side_by_side(self) -> AsyncIterator[None]:
        """Listen to the line, and follow what is said, while the block runs; nothing is left then."""
        tasks = [asyncio.create_task(each) for each in (self._listen(), self._open.mouth.follow())]
        try:
            yield
        finally:
            self._timers.stop_all()
            # The carrier may say that the call is over, or the desk may stop, while this goes on.
            await undisturbed(self._close(tasks))

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        with anyio.move_on_after(CLOSING_S), suppress(FrontdeskError):
            await self._turns.cut_in()
        await self._turns.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        reason, said = "the line ended", 0
        try:
            async for heard in self._open.telephone.hear():
                said += isinstance(heard, Utterance | Key)
                if said <= MOST_SAID:
                    self._happenings.put_nowait(heard)
                elif said == MOST_SAID + 1:
                    self._happenings.put_nowait(Gone(f"more than {MOST_SAID} utterances and keys came"))
        except FrontdeskError as error:
            reason = type(error).__name__
        finally:
            self._happenings.put_nowait(Gone(reason))

    async def _happens(self, happening: Happening) -> None:
        match happening:
            case SpeechBegan():
                await self._hearing.began(happening)
            case SpeechPaused():
                await self._hearing.paused(happening)
            case Partial():
                await self._hearing.partial(happening)
            case Utterance():
                await self._utterance(happening)
            case Key():
                await self._key(happening)
            case Due():
                if self._timers.take(happening):
                    await self._due(happening)
            case TurnOver():
                self._turn_over(happening.turn)
            case VoiceGone():
                self._turns.begin(Turn(), leave_without_voice(self._open))
            case _:
                pass  # all was said: only the silence is watched from now on

    async def _utterance(self, utterance: Utterance) -> None:
        was_speaking = self._open.mouth.is_speaking
        self._note(utterance)
        is_meant = not self._open.is_leaving and self._hearing.is_meant(utterance, was_speaking=was_speaking)
        if is_meant and self._open.mouth.is_protected:
            # What must be heard is heard first; the words are not lost.
            self._open.waiting, is_meant = _joined(self._open.waiting, utterance), False
        if is_meant:
            await self._turns.cut_in()
            await self._hearing.give_floor()
            self._answer(utterance)
            return
        is_mumbled = self._is_mumbled(utterance) and not was_speaking and self._turns.current is None
        await self._hearing.give_floor()
        if is_mumbled:
            self._turns.begin(Turn(), self._replies.not_caught())

    def _note(self, utterance: Utterance) -> None:
        if not utterance.text.strip():
            return
        now = asyncio.get_running_loop().time()
        self._open.ladder.words(now)
        self._open.floor.words_at = now
        language = utterance.language[:2].lower() or self._open.language
        self._open.transcript.caller(utterance.text.strip(), language, confidence=utterance.confidence)

    def _is_mumbled(self, utterance: Utterance) -> bool:
        """Whether somebody spoke and nobody could make it out."""
        if utterance.text.strip() or not self._open.floor.is_callers or self._open.misses >= MOST_MISSES:
            return False
        return utterance.quiet_at - self._open.floor.began_at >= self._open.manners.mumble_s

    def _answer(self, utterance: Utterance) -> None:
        cut_off, self._turns.unanswered = self._turns.unanswered, None
        before = ""
        if cut_off and cut_off.question and self._open.floor.began_at - cut_off.began_at < GOES_ON_S:
            before = cut_off.question.text
        turn = Turn(began_at=utterance.quiet_at)
        reply = self._taking.utterance(turn, utterance, before=before)
        if reply is not None:
            self._turns.begin(turn, reply)

    async def _key(self, key: Key) -> None:
        self._open.ladder.words(asyncio.get_running_loop().time())
        if self._open.is_leaving:
            return
        awaited = "yes_no" if self._open.offer else self._open.coming.kind
        pressed = self._keypad.press(key.digit, awaited)
        self._timers.stop("keys")
        if pressed.meaning == "more":
            self._timers.start("keys", self._open.manners.key_pause_s)
            await self._turns.cut_in()
        else:
            await self._press(pressed, key.digit)

    async def _press(self, pressed: Pressed, shown: str) -> None:
        await self._turns.cut_in()
        self._open.transcript.caller(pressed.digits or shown, self._open.language, is_keys=True)
        turn = Turn()
        reply = self._taking.keys(turn, pressed)
        if reply is not None:
            self._turns.begin(turn, reply)

    async def _due(self, due: Due) -> None:
        is_leaving = self._open.is_leaving
        match due.name:
            case "interruption":
                await self._hearing.go_on()
            case "longest":
                await self._be_over_time()
            case "keys" if not is_leaving:
                await self._press(self._keypad.pause(), "0")
            case "silence" if not is_leaving:
                self._step_of_silence()
            case "end" if not is_leaving:
                await self._take_leave("silence", "goodbye_silent")
            case _:
                pass

    async def _be_over_time(self) -> None:
        """Take leave; where that has been tried, or another end does not come, leave without a word."""
        self._timers.start("longest", OVERTIME_S)
        was_overtime, self._is_overtime = self._is_overtime, True
        if not self._open.is_leaving:
            await self._take_leave("too_long", "too_long")
        elif was_overtime:
            self._open.reason = "too_long"
            self._open.on_left()

    async def _take_leave(self, reason: EndReason, phrase: str) -> None:
        # Not from when the reply begins: that may have to wait, and would be begun again meanwhile.
        self._open.is_leaving = True
        await self._turns.cut_in()
        self._turns.begin(Turn(), leave(self._open, reason, phrase))

    def _step_of_silence(self) -> None:
        step = self._open.ladder.climb()
        is_last = step == "goodbye_silent"
        self._open.is_leaving = is_last
        reply = leave(self._open, "silence", step) if is_last else self._replies.remind(step)
        self._turns.begin(Turn(is_reminder=True), reply)

    def _turn_over(self, turn: Turn) -> None:
        if not self._turns.is_over(turn):
            return
        if not turn.is_reminder:
            self._open.ladder.answered(asyncio.get_running_loop().time())
        if self._open.waiting is not None and not self._open.is_leaving:
            utterance, self._open.waiting = self._open.waiting, None
            self._answer(utterance)

    def _watch_silence(self) -> None:
        """Run the ladder while nobody speaks, and the end of it while no answer is on its way."""
        turn, is_leaving = self._turns.current, self._open.is_leaving
        is_said = turn is not None or self._open.mouth.is_speaking or is_leaving
        if is_said or self._open.floor.is_callers or self._timers.is_running("keys"):
            self._timers.stop("silence")
        elif not self._timers.is_running("silence"):
            self._timers.start("silence", self._open.ladder.next_after_s)
        if is_leaving or (turn is not None and turn.question is not None):
            self._timers.stop("end")
        else:
            self._timers.start("end", self._open.ladder.ends_at - asyncio.get_running_loop().time())


def _joined(first: Utterance | None, second: Utterance) -> Utterance:
    """Two utterances as one, when both wait for an answer."""
    return second if first is None else replace(second, text=f"{first.text} {second.text}")
