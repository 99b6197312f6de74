"""What an MCP server says, made fit to be read by customers: plain, short, without orders to a model."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from core.orders import without_orders
from core.sanitise import clean

LONGEST_RESULT = 1500
"""Characters of a result that a customer is told; what is longer is cut."""
MOST_LINES = 20
_LONGEST_REASON = 200
_LONGEST_READ = 20_000
_DEEPEST = 3
_MOST_VALUES = 50
_TAG = re.compile(r"<[/!?A-Za-z][^<>]{0,500}>")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s[^()]{0,200})?\)")
_LEFT_OUT = "[…]"
_JOINERS = "\u200c\u200d"
_BLAME = re.compile(
    r"\A(?:Error (?:executing|calling) tool [^:\s]{1,100}(?::\s*|\Z)|Error:\s*)", re.IGNORECASE
)


def plain(text: str, longest: int) -> str:
    r"""One line of plain words, cut at a word's end where it is longer than `longest`.

    >>> plain("Find <b>a\nbook</b>. ![x](http://a.example/x)", 60)
    'Find a book. x'
    """
    line = clean(_unmarked(text[: 10 * longest]))
    return _cut(" ".join(without_orders(line).replace(_LEFT_OUT, " ").split()), longest)


def told(texts: Sequence[str], structured: object = None) -> str:
    """What a customer is told of a result: its words, or its fields where it has no words of its own.

    >>> told(['{"title": "Emma", "copies": 2}'], {"title": "Emma", "copies": 2})
    'title: Emma; copies: 2'
    >>> told(["It is yours until Friday."], {"due": "2026-12-04"})
    'It is yours until Friday.'
    >>> told([])
    'Done.'
    """
    said = "\n".join(text[:_LONGEST_READ] for text in texts)[:_LONGEST_READ]
    if structured is not None and (not said.strip() or _is_dump(said)):
        said = _fields(structured)
    return _lines(said) or "Done."


def reason(texts: Sequence[str]) -> str:
    """Why a server refuses, in one line; empty where it only says that something went wrong.

    >>> reason(["Error executing tool borrow: There is no such book."])
    'There is no such book.'
    >>> reason(["Error executing tool borrow"])
    ''
    """
    return plain(_BLAME.sub("", " ".join(texts)[:_LONGEST_READ].strip()), _LONGEST_REASON)


def _lines(text: str) -> str:
    shown = "".join(
        sign if sign == "\n" or sign in _JOINERS or unicodedata.category(sign)[0] != "C" else " "
        for sign in unicodedata.normalize("NFC", text)
    )
    lines = (" ".join(line.split()) for line in _unmarked(shown).split("\n"))
    kept = [line for line in lines if line]
    return without_orders(_cut("\n".join(kept[:MOST_LINES]), LONGEST_RESULT))


def _unmarked(text: str) -> str:
    """Without tags, and of links their words alone."""
    for _ in range(5):
        text, before = _LINK.sub(r"\1", _TAG.sub("", text)), text
        if text == before:
            break
    return text


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    return f"{head[: head.rfind(' ')] if ' ' in head[longest // 2 :] else head}…"


def _is_dump(text: str) -> bool:
    """Whether the words are JSON: then they only repeat the fields."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _fields(value: object) -> str:
    if isinstance(value, Mapping) and set(value) == {"result"}:
        return _shown(value["result"], 0)
    return _shown(value, 0)


def _shown(value: object, depth: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | list) and depth == _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        some = list(value.items())[:_MOST_VALUES]
        parts = [f"{str(name).replace('_', ' ')}: {_shown(one, depth + 1)}" for name, one in some]
        return "; ".join(parts) if depth == 0 else ", ".join(parts)
    if isinstance(value, list):
        return ("\n" if depth == 0 else ", ").join(_shown(one, depth + 1) for one in value[:_MOST_VALUES])
    return str(value)[:_LONGEST_READ]
