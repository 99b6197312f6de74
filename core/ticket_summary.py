"""What a ticket is about in a few lines, taken from the conversation's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.conversation import Conversation, Exchange
from core.escalation import FAILURES
from core.messages import Outcome

LONGEST = 600
_LONGEST_LINE = 160
_REFERENCE = re.compile(r"(?<![\w@.])#?(?:[A-Z]{1,5}[-_]?)?\d[\d-]{3,}(?![\w@])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_MONEY = re.compile(r"(?:[$€£]\s?\d[\d.,]*\d|[$€£]\s?\d|\d[\d.,]*\s?(?:[$€£]|\b(?:EUR|USD|GBP|CHF)\b))")
_FACTS = (_EMAIL, _MONEY, _REFERENCE)


def summarise(conversation: Conversation) -> str:
    """What was asked, what was answered, what failed, and the facts named: 600 characters at most.

    Nothing in it is new: it is the customer's and the desk's own words, shortened. The facts
    (order numbers, amounts, addresses) come first, then the newest question, for those are
    what a person looks for.
    """
    lines = [
        _line("Facts", ", ".join(dict.fromkeys(_facts(conversation.exchanges)))),
        *_asked(conversation.exchanges),
    ]
    text = ""
    for line in filter(None, lines):
        room = LONGEST - len(text) - bool(text)
        if room < len(line) and room < _LONGEST_LINE // 2:
            break
        text += ("\n" if text else "") + _short(line, room)
    return text


def _asked(exchanges: Sequence[Exchange]) -> Iterator[str]:
    for exchange in reversed(exchanges):
        answer = exchange.answer
        yield _line("Asked", exchange.text)
        if answer is None or not answer.text:
            yield "Not answered by the desk."
        elif answer.outcome in FAILURES or answer.outcome is Outcome.HANDED_OFF:
            yield f"Failed: {answer.outcome.value.replace('_', ' ')}."
        else:
            yield _line("Answered", answer.text)


def _facts(exchanges: Sequence[Exchange]) -> Iterator[str]:
    """What the customer named, newest first; digits of an address or an amount are not told twice."""
    for exchange in reversed(exchanges):
        text = exchange.text
        for pattern in _FACTS:
            yield from (match.group().strip() for match in pattern.finditer(text))
            text = pattern.sub(" ", text)


def _line(title: str, text: str) -> str:
    plain = " ".join(text.split())
    return f"{title}: {_short(plain, _LONGEST_LINE)}" if plain else ""


def _short(text: str, most: int) -> str:
    """The text, with its end left out at a space where there is one, and a mark in its place."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"
