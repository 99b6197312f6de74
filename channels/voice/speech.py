"""`Speech`: one sentence on its way to the caller's ear, from words to sound heard."""

from __future__ import annotations

import re

import numpy as np

from channels.voice.sound import RATE, from_mulaw
from channels.voice.telephone import Said, Sentence

_DIGIT_WEIGHT = 5
_BACK_S, _LEAST_BACK_S = 0.8, 0.06
_WINDOW = RATE // 50
_ALL_BUT_S = 0.12
"""What is missing of a sentence that counts as heard: the silence at its end."""


class Speech:
    """A sentence, its sound as far as it is made, and how far it was sent and heard."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.sound = bytearray()
        self.is_made = False
        """Whether the sound is whole."""
        self.sent = 0
        """Bytes sent since the last clear, counted from the beginning of the sentence."""
        self.begin: int | None = None
        """Where in the playout byte 0 of the sentence would lie; none while nothing is sent."""
        self.before = 0
        """Bytes that were heard before the last clear."""
        self.first_sound_at: float | None = None
        self.due = 0.0
        """When what was sent of it will have played, by the event loop's clock."""
        self.is_broken = False
        """Whether the voice broke off before the end."""

    @property
    def is_sent(self) -> bool:
        """Whether all of it is sent."""
        return self.is_made and self.sent >= len(self.sound)

    @property
    def end(self) -> int:
        """The position in the playout at which what was sent of it ends."""
        return (self.begin or 0) + self.sent

    def heard(self, position: int) -> int:
        """Bytes of it that were heard when the playout is at `position`."""
        if self.begin is None:
            return self.before
        return max(self.before, min(self.sent, position - self.begin))

    def is_heard(self, position: int) -> bool:
        """Whether it was heard to its end, or so nearly that nothing is missing."""
        return self.is_made and len(self.sound) - self.heard(position) <= _ALL_BUT_S * RATE

    def rewind(self, heard: int) -> None:
        """Take back what was sent and not heard: a clear dropped it."""
        self.before = max(self.before, min(heard, len(self.sound)))
        self.sent = self.before
        self.begin = None

    def go_back_a_word(self) -> None:
        """Move back to where the words that were cut begin: the quietest moment shortly before."""
        first = max(0, self.before - round(_BACK_S * RATE))
        last = self.before - round(_LEAST_BACK_S * RATE)
        if first == 0 or last - first < _WINDOW:
            self.before = self.sent = first
            return
        loud = np.abs(from_mulaw(bytes(self.sound[first:last])).astype(np.int32))
        windows = loud[: len(loud) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).mean(axis=1)
        self.before = self.sent = first + int(windows.argmin()) * _WINDOW

    def said(self, heard: int) -> Said:
        """How far it was heard, `heard` bytes of it."""
        length = len(self.sound)
        if self.is_made and not self.is_broken:
            share = 1.0 if length - heard <= _ALL_BUT_S * RATE else heard / length
        else:
            # How long it will be is not known: what is made so far counts as most of it.
            share = 0.8 * heard / length if length else 0.0
        text = self.sentence.text if share == 1.0 else words_heard(self.sentence.text, share)
        return Said(sentence=self.sentence, share=share, text=text, first_sound_at=self.first_sound_at)


def words_heard(text: str, share: float) -> str:
    """The words that were heard to their end when a share of a text's sound was; a digit is a whole word.

    >>> words_heard("Your order shipped on Tuesday.", 0.5)
    'Your order'
    """
    words = list(re.finditer(r"\S+", text))
    weights = [sum(_DIGIT_WEIGHT if sign.isdigit() else 1 for sign in each[0]) + 1 for each in words]
    limit = share * sum(weights) + 1e-9
    end, total = 0, 0
    for word, weight in zip(words, weights, strict=True):
        total += weight
        if total > limit:
            break
        end = word.end()
    return text[:end]
