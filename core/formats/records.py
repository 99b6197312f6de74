"""JSON and JSON lines: each record as lines of `key: value`."""

import json
from collections.abc import Iterator

from core.documents import Section
from core.errors import UnreadableDocument
from core.formats.cleaning import clean, one_line
from core.formats.encoding import decode

MAX_DEPTH = 100


def read(data: bytes) -> Iterator[Section]:
    """One section; a record's plain values stand together, nested names are joined by dots."""
    text = decode(data).lstrip("\ufeff")
    try:
        values = [json.loads(text)]
    except json.JSONDecodeError as error:
        values = _lines(text)
        if not values:
            raise UnreadableDocument(
                f"the JSON is damaged or cut short at line {error.lineno} ({error.msg})"
            ) from error
    blocks: list[str] = []
    for value in values:
        blocks.extend(_blocks(value, "", 0))
    yield Section(text="\n\n".join(block for block in blocks if block))


def _lines(text: str) -> list[object]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError:
        return []


def _blocks(value: object, path: str, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise UnreadableDocument(f"the JSON is nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict):
        yield from _record(value, path, depth)
    elif isinstance(value, list):
        plain = [item for item in value if not isinstance(item, dict | list)]
        if len(plain) == len(value):
            yield _line(path, ", ".join(filter(None, map(_word, plain))))
            return
        for item in value:
            yield from _blocks(item, path, depth + 1)
    else:
        yield _line(path, _word(value))


def _record(record: dict[str, object], path: str, depth: int) -> Iterator[str]:
    lines: list[str] = []
    nested: list[tuple[str, object]] = []
    for key, value in record.items():
        name = f"{path}.{key}" if path else key
        is_flat = not isinstance(value, dict | list) or (
            isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)
        )
        if is_flat:
            lines.extend(_blocks(value, name, depth + 1))
        else:
            nested.append((name, value))
    yield "\n".join(filter(None, lines))
    for name, value in nested:
        yield from _blocks(value, name, depth + 1)


def _line(name: str, value: str) -> str:
    if not value:
        return ""
    return f"{one_line(name)}: {value}" if name else value


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value)).strip()
