"""`Keypad`: what pressed keys mean: a person, again, yes or no, or a number that is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from channels.voice.talk_parts import AwaitedKind

Meaning = Literal["person", "repeat", "yes", "no", "number", "more", "nothing"]
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the keys come to; `digits` where it is a number, `more` while one is being typed."""

    meaning: Meaning
    digits: str = ""


class Keypad:
    """Collects digits until # or a pause. 0 is a person and * is "again", where no number is being typed."""

    def __init__(self) -> None:
        self._digits = ""

    def press(self, key: str, awaited: AwaitedKind) -> Pressed:
        """What a key means now that this is what was asked for."""
        if key == "#":
            return self.pause()
        if key == "*":
            was_typing, self._digits = bool(self._digits), ""
            return Pressed("nothing" if was_typing else "repeat")
        if not self._digits and key == "0" and awaited != "reference":
            return Pressed("person")
        if not self._digits and awaited == "yes_no" and key in "12":
            return Pressed("yes" if key == "1" else "no")
        self._digits = (self._digits + key)[:LONGEST]
        return Pressed("more")

    def pause(self) -> Pressed:
        """No more keys come: what they were."""
        digits, self._digits = self._digits, ""
        if digits == "0":
            return Pressed("person")
        return Pressed("number", digits) if digits else Pressed("nothing")
