"""Who has the floor, and what counts as cutting in."""

from __future__ import annotations

import asyncio

from channels.voice.back_channels import telling_words, yes_or_no
from channels.voice.commands import command_in, language_wanted


class Floor:
    """Whose turn it is to speak. The desk waits while the caller has it."""

    def __init__(self) -> None:
        self.began_at = 0.0
        """When the caller began to make a sound."""
        self.words_at = 0.0
        """When the caller's last word was noticed."""
        self.is_sounding = False
        self._is_ours = asyncio.Event()
        self._is_ours.set()

    @property
    def is_callers(self) -> bool:
        """Whether the caller has it."""
        return not self._is_ours.is_set()

    def take(self, at: float) -> None:
        """The caller begins."""
        self.is_sounding = True
        self.began_at = at
        self._is_ours.clear()

    def pause(self) -> None:
        """The caller is silent, and may go on."""
        self.is_sounding = False

    def give(self) -> None:
        """The floor is the desk's again."""
        self.is_sounding = False
        self._is_ours.set()

    async def ours(self) -> None:
        """Wait until the desk may speak."""
        while self.is_callers:
            await self._is_ours.wait()

    def is_idle_sound(self, now: float, noise_s: float) -> bool:
        """Whether there was so long no word in the sound that it is taken for noise."""
        return not self.is_sounding or now - max(self.began_at, self.words_at) >= noise_s


def cuts_in(text: str, *, words: int, is_asked: bool) -> bool:
    """Whether somebody who says this while the desk speaks wants to be listened to.

    A listener's "mhm" does not, unless it answers a question for yes or no (`is_asked`). `words` is how
    many words that mean something it takes; what is meant for the talk itself needs no number of them.

    >>> cuts_in("uh-huh", words=1, is_asked=False), cuts_in("no wait", words=3, is_asked=False)
    (False, True)
    """
    telling = telling_words(text)
    if is_asked and yes_or_no(text) is not None:
        return True
    if not telling:
        return False
    if telling >= words:
        return True
    return command_in(text) is not None or bool(language_wanted(text))
