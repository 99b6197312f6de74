"""Personal data taken out of texts: for good (`redact`), or so that it can be put back (`mask`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from core.personal_data import KINDS, Kind, find

Key = Mapping[str, str]
"""What each placeholder stands for, in the texts of one `mask`."""

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(map(re.escape, KINDS))}) \d{{1,6}}\]")


def redact(text: str, kinds: Collection[Kind] = KINDS) -> str:
    """The text with a placeholder that says the kind in each personal datum's place.

    >>> redact("Write to jo@shop.example or call +1 415 555 0100")
    'Write to [e-mail] or call [phone]'
    """
    parts, end = [], 0
    for each in find(text):
        if each.kind in kinds:
            parts += [text[end : each.start], f"[{each.kind}]"]
            end = each.end
    return "".join([*parts, text[end:]]) if parts else text


def redacted(value: object) -> object:
    """A value with every text in it redacted: of mappings, lists and tuples too, at any depth."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner) for inner in value]
    return value


def mask(text: str, kinds: Collection[Kind] = KINDS) -> tuple[str, Key]:
    """The text with numbered placeholders, and the key that `unmask` takes.

    >>> mask("jo@shop.example, not al@shop.example; so jo@shop.example")[0]
    '[e-mail 1], not [e-mail 2]; so [e-mail 1]'
    """
    masked, key = mask_all([text], kinds)
    return masked[0], key


def mask_all(texts: Sequence[str], kinds: Collection[Kind] = KINDS) -> tuple[list[str], Key]:
    """Several texts with one key: the same value has the same placeholder in all of them.

    What looks like a placeholder in one of the texts stands for nothing, so no number is
    given that would make it stand for somebody's value.
    """
    literal = {place for text in texts for place in _PLACEHOLDER.findall(text)}
    place_of: dict[tuple[Kind, str], str] = {}
    numbers = dict.fromkeys(KINDS, 0)
    masked = []
    for text in texts:
        parts, end = [], 0
        for each in find(text):
            if each.kind not in kinds:
                continue
            value = text[each.start : each.end]
            if (each.kind, value) not in place_of:
                place_of[each.kind, value] = _next_place(each.kind, numbers, literal)
            parts += [text[end : each.start], place_of[each.kind, value]]
            end = each.end
        masked.append("".join([*parts, text[end:]]))
    return masked, {place: value for (_, value), place in place_of.items()}


def unmask(text: str, key: Key) -> str:
    """The text with the values of `key` back in their places; other placeholders stay as they are.

    >>> unmask("I wrote to [e-mail 1], not to [e-mail 7].", {"[e-mail 1]": "jo@shop.example"})
    'I wrote to jo@shop.example, not to [e-mail 7].'
    """
    # In one pass, so that a value that looks like a placeholder is not replaced in its turn.
    return _PLACEHOLDER.sub(lambda match: key.get(match[0], match[0]), text)


def _next_place(kind: Kind, numbers: dict[Kind, int], literal: Collection[str]) -> str:
    while True:
        numbers[kind] += 1
        place = f"[{kind} {numbers[kind]}]"
        if place not in literal:
            return place
