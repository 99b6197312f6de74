"""How long to wait in silence before a caller's turn is over, from what was said so far."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from channels.voice.sound import Samples
from channels.voice.unfinished_words import (
    ANSWERS,
    ASKING,
    HESITATIONS,
    OPEN_ENDS,
    SPELLED,
    STRANDED,
    UNFINISHED_PHRASES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWaits:
    """Seconds of silence that end a turn."""

    usual_s: float = 0.5
    complete_s: float = 0.35
    """Where the words are all there."""
    spelling_s: float = 1.0
    """Where the last words are digits or letters, and more may come."""
    unfinished_s: float = 1.4
    """Where a word has to come; nobody waits longer than this."""


class TurnModel(Protocol):
    """Hears from the voice itself whether a turn is over."""

    async def is_over(self, samples: Samples) -> float:
        """How likely it is, from 0 to 1, that the caller has finished; `samples` is the turn, 8 kHz."""


def silence_s(text: str, language: str, waits: TurnWaits, *, voice: float | None = None) -> float:
    """The seconds of silence after which the turn is over.

    `voice` is what a `TurnModel` says. The words decide where they are plainly unfinished or spelled, as a
    voice falls after "my order number is" like after a sentence; a voice that stays up delays words that
    are not plainly complete.

    >>> silence_s("I want to send back the", "en", TurnWaits())
    1.4
    >>> silence_s("Where is my order?", "en", TurnWaits())
    0.35
    """
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())
    if not words:
        return waits.usual_s
    tongue = language[:2].lower()
    if _is_unfinished(words, text, tongue):
        return waits.unfinished_s
    if _is_spelled(words[-1], tongue):
        return waits.spelling_s
    is_complete = text.rstrip().endswith("?") or " ".join(words) in ANSWERS.get(tongue, ANSWERS["en"])
    if is_complete or voice is None:
        return waits.complete_s if is_complete else waits.usual_s
    if voice >= 0.5:
        return waits.complete_s
    # A finished sentence is missed often; a recogniser that put a full stop there heard the same voice.
    return waits.usual_s if text.rstrip().endswith((".", "!")) else (waits.usual_s + waits.unfinished_s) / 2


def _is_unfinished(words: list[str], text: str, tongue: str) -> bool:
    if text.rstrip().endswith((",", "…", "...", "-")):
        return True
    last = words[-1]
    if last in STRANDED and tongue in {"en", ""} and ASKING & set(words[:-1]):
        return False
    if last in HESITATIONS or last in OPEN_ENDS.get(tongue, OPEN_ENDS["en"]):
        # "What is it for?" ends in one too.
        return not text.rstrip().endswith("?")
    said = " ".join(words)
    # "Bestellnummer ist" ends in "nummer ist".
    return said.endswith(UNFINISHED_PHRASES.get(tongue, UNFINISHED_PHRASES["en"]))


def _is_spelled(word: str, tongue: str) -> bool:
    is_letter = len(word) == 1 and word.isalpha() and word not in {"i", "y", "a", "o", "e", "u"}
    return word.isdigit() or is_letter or word in SPELLED.get(tongue, SPELLED["en"])
