"""`SilenceLadder`: what is done about a caller who says nothing: ask, ask again, take leave."""

from __future__ import annotations

from typing import Literal

from channels.voice.manners import Manners

Step = Literal["still_there", "still_there_again", "goodbye_silent"]
_STEPS: tuple[Step, ...] = ("still_there", "still_there_again", "goodbye_silent")


class SilenceLadder:
    """Steps while nobody speaks, and an end that only words put off, since a line is never quite silent."""

    def __init__(self, manners: Manners, now: float) -> None:
        self._manners = manners
        self._step = 0
        self._words_at = now
        self._patience_s = 0.0
        self._granted_s = 0.0

    def words(self, now: float) -> None:
        """The caller said something, or pressed a key: begin anew."""
        self._step = 0
        self._words_at = now
        self._patience_s = self._granted_s = 0.0

    def answered(self, now: float) -> None:
        """The desk has said what it had to say."""
        self._words_at = now

    def be_patient(self) -> None:
        """The caller asked for a moment."""
        self._patience_s = self._granted_s = self._manners.wait_s

    @property
    def next_after_s(self) -> float:
        """How long nobody has to speak before the next step."""
        first = self._manners.reprompt_after_s
        return max(self._patience_s, first if self._step == 0 else self._manners.reprompt_again_s)

    @property
    def ends_at(self) -> float:
        """When the call ends if no word is said until then, by the clock that `now` is of."""
        return self._words_at + self._manners.silence_end_s + self._granted_s

    def climb(self) -> Step:
        """The next step."""
        step = _STEPS[min(self._step, len(_STEPS) - 1)]
        self._step += 1
        self._patience_s = 0.0
        return step
