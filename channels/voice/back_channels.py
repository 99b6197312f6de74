"""What listeners say without wanting to speak ("uh-huh", "okay", "ja"), and what is more than that."""

from __future__ import annotations

from datetime import date

from channels.voice.plain_words import plain_words
from core.slots.acts import find_yes_no
from core.slots.reading import Context

_SOUNDS = (
    "uh huh um umm uhm hm hmm hmmm mm mmm mhm mhmm mmhm aha ah oh eh er ahem okay ok okey right yeah yep yup "
    "ya yes sure good great fine cool wow really "
    "si claro vale ya aja bien bueno entiendo perfecto "
    "ja jaja jo jap genau achso ach so gut klar stimmt verstehe prima tja "
    "oui ouais hum hein bon bien voila super"
)
_PHRASES = (
    "i see",
    "got it",
    "all right",
    "i understand",
    "of course",
    "de acuerdo",
    "muy bien",
    "por supuesto",
    "alles klar",
    "sehr gut",
    "in ordnung",
    "d accord",
    "je vois",
    "je comprends",
    "tres bien",
    "c est ca",
    "bien sur",
)
_SOUND_WORDS = frozenset(_SOUNDS.split())


def telling_words(text: str) -> int:
    """How many words say more than that somebody listens.

    >>> telling_words("Mhm, okay"), telling_words("Ah, d'accord."), telling_words("yeah but on Sunday")
    (0, 0, 3)
    """
    said = f" {plain_words(text)} "
    for phrase in _PHRASES:
        said = said.replace(f" {phrase} ", " ")
    return sum(word not in _SOUND_WORDS for word in said.split())


def is_back_channel(text: str) -> bool:
    """Whether the words only show that somebody listens; false without any words."""
    return bool(plain_words(text)) and not telling_words(text)


def yes_or_no(text: str) -> bool | None:
    """What was answered to a question for yes or no; None where it is neither.

    >>> yes_or_no("Ja, bitte"), yes_or_no("no thanks"), yes_or_no("what does it cost")
    (True, False, None)
    """
    found = next(iter(find_yes_no(text, Context(today=date.min, is_asked=True))), None)
    value = getattr(found, "value", None)
    return value if isinstance(value, bool) else None
