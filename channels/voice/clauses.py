"""A sentence cut into what a voice says in one breath, so that the first sound need not wait for the last."""

from __future__ import annotations

import re
import unicodedata

_UNSPOKEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})
"""Control and format characters, lone surrogates and pictures: no voice can say them."""
_ORDERS = re.compile(r"[\[\]<>{}|\\^]")
"""What some voice takes as markup of its own, such as Piper `[[phonemes]]` and others <tags>."""
_BREAK = re.compile(r"(?<=[.!?…,;:–—])\s+")
_SENTENCE_PAUSE_S, _CLAUSE_PAUSE_S = 0.2, 0.1


def sayable(text: str) -> str:
    r"""The text without what a voice could take as a command or stumble over; "" if nothing is left.

    >>> sayable("Stay\x01 <break time='9s'/>[[h@l'oU]] here \U0001f600.")
    "Stay break time='9s'/ h@l'oU here ."
    >>> sayable(" … !?")
    ''
    """
    kept = "".join(" " if unicodedata.category(each) in _UNSPOKEN else each for each in text)
    said = " ".join(_ORDERS.sub(" ", kept).split())
    return said if any(each.isalnum() for each in said) else ""


def clauses(text: str, *, first: int, least: int, most: int) -> list[str]:
    """The text in order, cut at the ends of sentences, and at commas and their like once it is long enough.

    A cut at a comma leaves at least `least` characters before it, in the first clause `first`. No clause is
    longer than `most` characters: where there is no mark it is cut between words, or within one.

    >>> clauses("Your order has shipped, and it comes on Friday. Bye.", first=10, least=30, most=200)
    ['Your order has shipped,', 'and it comes on Friday.', 'Bye.']
    """
    made: list[str] = []
    current = ""
    for part in _BREAK.split(text):
        for unit in _no_longer_than(part, most):
            if current and len(current) + 1 + len(unit) > most:
                made.append(current)
                current = ""
            current = f"{current} {unit}" if current else unit
            if pause_after(current) == _SENTENCE_PAUSE_S or (
                pause_after(current) and len(current) >= (least if made else first)
            ):
                made.append(current)
                current = ""
    if current:
        made.append(current)
    return [clause for clause in made if any(each.isalnum() for each in clause)]


def pause_after(clause: str) -> float:
    """How many seconds a speaker rests after a clause, told by its last mark; none where it goes right on."""
    if clause.endswith((".", "!", "?", "…")):
        return _SENTENCE_PAUSE_S
    return _CLAUSE_PAUSE_S if clause.endswith((",", ";", ":", "–", "—")) else 0.0


def _no_longer_than(text: str, most: int) -> list[str]:
    parts = []
    while len(text) > most:
        at = text.rfind(" ", 1, most + 1)
        at = at if at > 0 else most
        parts.append(text[:at])
        text = text[at:].lstrip()
    return [*parts, text] if text else parts
