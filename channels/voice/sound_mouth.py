"""The mouth of a call: sentences become sound, sent a little ahead of the time at which it is heard."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from channels.voice.playout import Playout
from channels.voice.sound import RATE
from channels.voice.sound_line import SoundLine
from channels.voice.speaker import Speaker
from channels.voice.speech import Speech
from channels.voice.telephone import Said, Sentence
from channels.voice.voicing import Voicing
from core.errors import SpeechUnavailable

_MADE_AHEAD = 2
_NEARLY_DRY_S, _TICK_S = 0.05, 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundMouthOptions:
    """How sound is sent."""

    ahead_s: float = 0.3
    """Seconds of sound that the carrier holds at most: less runs dry, more is heard after a clear is late."""
    piece_s: float = 0.1
    """Seconds of sound in a message; a mark follows each."""
    grace_s: float = 1.5
    """Seconds that the mark after a sentence may be late until it counts as heard without."""
    deaf_s: float = 15.0
    """Seconds without any mark, from a carrier that sent some, until the line counts as broken."""
    voice_s: float = 10.0
    """Seconds that the voice may take for the next sound of a sentence."""


class SoundMouth:
    """Says sentences one after the other; the next one's sound is made while the one before is heard."""

    def __init__(self, line: SoundLine, speaker: Speaker, options: SoundMouthOptions) -> None:
        self._line, self._options = line, options
        self._playout = Playout()
        self._voicing = Voicing(speaker, options.voice_s, self._wake)
        self._queue: deque[Speech] = deque()
        self._done: list[Said] = []
        self._trouble: SpeechUnavailable | None = None
        self._is_held = self._is_closed = False
        self._changed, self._made, self._silent = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._silent.set()

    @property
    def is_speaking(self) -> bool:
        """Whether something is heard, or will be in a moment."""
        if self._is_held:
            return any(speech.sentence.is_protected for speech in self._queue)
        return bool(self._queue)

    @property
    def is_protected(self) -> bool:
        """Whether a protected sentence is yet to be heard."""
        return any(speech.sentence.is_protected for speech in self._queue)

    def say(self, sentence: Sentence) -> None:
        """Queue a sentence after those before it.

        Raises:
            SpeechUnavailable: the voice broke off since the last call; the next call tries again.
        """
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        if self._is_closed:
            self._done.append(Speech(sentence).said(0))
            return
        self._queue.append(Speech(sentence))
        self._wake()

    def hush(self) -> list[Said]:
        """Drop what is not protected and silence it at once; what was heard of each that is not done."""
        now = self._settle()
        position = self._playout.heard(now)
        cut = [speech for speech in self._queue if not speech.sentence.is_protected]
        said = [speech.said(speech.heard(position)) for speech in cut]
        self._done += said
        self._stop_sound(position)
        self._queue = deque(speech for speech in self._queue if speech.sentence.is_protected)
        self._is_held = False
        self._wake()
        return said

    def hold(self) -> None:
        """Silence what is not protected, and remember where it was."""
        position = self._playout.heard(self._settle())
        if not self._is_held and self._queue:
            cut = self._stop_sound(position)
            if cut is not None:
                cut.go_back_a_word()
        self._is_held = True
        self._wake()

    def resume(self) -> None:
        """Go on where `hold` stopped, from the beginning of the words that were cut."""
        self._is_held = False
        self._wake()

    def reached(self, mark: str) -> None:
        """Take a mark that the carrier sent back."""
        self._playout.reached(mark, self._now())
        self._wake()

    async def said(self) -> list[Said]:
        """Wait until nothing is left to be said; how far each sentence since the last call was heard."""
        await self.quiet()
        done, self._done = self._done, []
        return done

    async def quiet(self) -> None:
        """Wait until nothing is left to be said."""
        await self._silent.wait()

    def close(self) -> None:
        """Be silent for good: whoever waits for `said` goes on."""
        self._is_closed = True
        position = self._playout.heard(self._now())
        self._done += [speech.said(speech.heard(position)) for speech in self._queue]
        self._queue.clear()
        self._wake()

    async def play(self) -> str:
        """Send the sound at its time, until `close`, or until the carrier plays no more; why."""
        while not self._is_closed:
            self._changed.clear()
            now = self._settle()
            if self._playout.is_answering and self._playout.overdue_s(now) > self._options.deaf_s:
                return f"the carrier has not played anything for {self._options.deaf_s:g} s"
            while (wait_s := self._send_next(now)) == 0:
                pass
            try:
                # A wait below what the clock can tell apart would begin again at the same moment, for ever.
                async with asyncio.timeout(None if wait_s is None else max(wait_s, _TICK_S)):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return ""

    async def make(self) -> None:
        """Make the sound of the sentence that is heard and of the next, until `close`."""
        while not self._is_closed:
            self._made.clear()
            speech = next((each for each in list(self._queue)[:_MADE_AHEAD] if not each.is_made), None)
            if speech is None:
                await self._made.wait()
            elif (trouble := await self._voicing.make(speech)) is not None:
                self._break_off(speech, trouble)

    def _break_off(self, speech: Speech, trouble: SpeechUnavailable) -> None:
        self._trouble = trouble
        is_after = False
        for each in list(self._queue):
            if is_after:
                self._queue.remove(each)
                self._done.append(each.said(0))
            is_after = is_after or each is speech
        self._wake()

    def _stop_sound(self, position: int) -> Speech | None:
        """Clear what the carrier holds, but for a protected sentence; the sentence that was cut."""
        playing = next((each for each in self._queue if each.sent > each.heard(position)), None)
        if playing is None or playing.sentence.is_protected:
            return None
        self._line.clear()
        self._playout.clear()
        for each in self._queue:
            each.rewind(each.heard(position))
        return playing

    def _settle(self) -> float:
        """Take the sentences that are heard off the queue; the time."""
        now = self._now()
        while self._queue:
            speech = self._queue[0]
            is_late = now > speech.due + self._options.grace_s
            if not speech.is_sent or not (self._playout.proven >= speech.end or is_late):
                break
            self._queue.popleft()
            self._done.append(speech.said(len(speech.sound)))
            self._made.set()
        if not self._queue:
            self._silent.set()
        return now

    def _send_next(self, now: float) -> float | None:
        """Send the next piece, if its time has come: 0; or for how long to wait, unless something changes."""
        speech = next((each for each in self._queue if not each.is_sent), None)
        if speech is None or (self._is_held and not speech.sentence.is_protected):
            return self._wait_s(now)
        ahead_s, piece_s = self._playout.ahead_s(now), self._options.piece_s
        if ahead_s and not speech.sentence.is_protected and self._is_after_protected(speech):
            return ahead_s  # A clear for this one would cut the protected one before it.
        if ahead_s > self._options.ahead_s - piece_s + _TICK_S:
            return ahead_s - self._options.ahead_s + piece_s
        ready = len(speech.sound) - speech.sent
        if not ready or (ready < piece_s * RATE and not speech.is_made and ahead_s > _NEARLY_DRY_S):
            return ahead_s - _NEARLY_DRY_S if ready else self._wait_s(now)
        self._send(speech, min(ready, round(piece_s * RATE)), now)
        return 0

    def _is_after_protected(self, speech: Speech) -> bool:
        before = list(self._queue)[: self._queue.index(speech)]
        return any(each.sentence.is_protected for each in before)

    def _send(self, speech: Speech, size: int, now: float) -> None:
        if speech.begin is None:
            speech.begin = self._playout.sent - speech.sent
        if speech.first_sound_at is None:
            speech.first_sound_at = now
        self._line.send(bytes(speech.sound[speech.sent : speech.sent + size]))
        self._line.mark(self._playout.add(size, now))
        speech.sent += size
        speech.due = now + self._playout.ahead_s(now)

    def _wait_s(self, now: float) -> float | None:
        waits = [self._options.deaf_s - self._playout.overdue_s(now)] if self._playout.is_waiting else []
        if self._queue and self._queue[0].is_sent:
            waits.append(self._queue[0].due + self._options.grace_s - now)
        return max(_TICK_S, min(waits)) + _TICK_S if waits else None

    def _wake(self) -> None:
        self._voicing.stop_unless(lambda speech: speech in self._queue)
        if self._queue:
            self._silent.clear()
        else:
            self._silent.set()
        self._changed.set()
        self._made.set()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
