"""How values are kept in every database alike: moments in UTC, text and JSON that each of them takes."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_NUL = "\\u0000"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with its time zone, from every database alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is stored: the moment in UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read: SQLite keeps no time zone, so UTC is put back."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Words(TypeDecorator[str]):
    """Text as `storable` leaves it, also where it is only looked for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is stored, and what is compared with what is stored."""
        return value and storable(value)


class LongWords(Words):
    """Text of any length."""

    impl = Text
    cache_ok = True


def storable(text: str) -> str:
    r"""The text with U+FFFD for each character that no database keeps; places in it stay the same.

    >>> storable("a\x00b\ud800c")
    'a\ufffdb\ufffdc'
    """
    if text.isascii() and "\x00" not in text:
        return text
    return _NO_CHARACTER.sub("\ufffd", text)


def as_json(value: object) -> str:
    """The JSON that every database takes: text as in `storable`, null for numbers that are none."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = _ESCAPED_NUL
    if _ESCAPED_NUL in text or _NO_CHARACTER.search(text):
        return json.dumps(kept(value), ensure_ascii=False)
    return text


def kept(value: object) -> object:
    r"""A value as it comes back once it was stored.

    >>> kept({"a": ["\x00", float("inf")]})
    {'a': ['\ufffd', None]}
    """
    match value:
        case str():
            return storable(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {storable(str(name)): kept(one) for name, one in value.items()}
        case list() | tuple():
            return [kept(one) for one in value]
        case _:
            return value
