"""Text as a person would copy it out: one form of Unicode, no control characters, no hard line breaks."""

import re
import unicodedata
from collections.abc import Sequence
from textwrap import dedent

_SPACES = dict.fromkeys((0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), " ")
_BREAKS = {0x0B: "\n", 0x0C: "\n\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n\n"}
_DROPPED = dict.fromkeys(
    (
        *(code for code in range(0x20) if code not in {0x09, 0x0A, 0x0B, 0x0C}),
        *(code for code in range(0x7F, 0xA0) if code != 0x85),
        *(0xAD, 0x200B, 0x2060, 0xFEFF, 0xFFFC, 0xFFFE, 0xFFFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xE000, 0xF900),
        *range(0xD800, 0xE000),
    )
)
_TABLE = {**_DROPPED, **_SPACES, **_BREAKS}
_GAPS = re.compile(r"(?<=\S)[ \t]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_C1 = re.compile(r"[\x80-\x84\x86-\x9f]")
_TWICE_ENCODED = re.compile(r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LIST_ITEM = re.compile(r"\s*(?:[-*+•▪◦‣–—·]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s")
_HYPHEN = re.compile(r"[^\W\d_]-$")
_RULE = re.compile(r"^[\W_]{3,}$")
_NEAR_LINES = 4
_FULL_SHARE = 0.9
_NARROWEST_WRAP = 40
_WIDEST_WRAP = 120


def clean(text: str) -> str:
    r"""The text in Unicode NFC with `\n` line ends, without control and format characters.

    Runs of blanks become one blank, but the blanks a line begins with are kept: they may
    be the indentation of code.

        >>> clean("a\x00 b\u00a0 c\r\n\r\n\r\n\r\nd")
        'a b c\n\nd'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _C1.search(text):
        text = _TWICE_ENCODED.sub(_decoded_again, text)
    text = unicodedata.normalize("NFC", text.translate(_TABLE))
    text = "\n".join(line.rstrip() for line in _GAPS.sub(" ", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip("\n")


def _decoded_again(found: re.Match[str]) -> str:
    """UTF-8 that was once read as Latin-1, as the character it stands for."""
    try:
        return found.group().encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return found.group()


def one_line(text: str) -> str:
    r"""The text cleaned, on one line.

    >>> one_line("  Opening \n hours ")
    'Opening hours'
    """
    return " ".join(clean(text).split())


def is_list_item(line: str) -> bool:
    """Whether the line opens with a bullet, a number or a letter as lists do."""
    return _LIST_ITEM.match(line) is not None


def join_lines(first: str, second: str) -> str:
    r"""Two lines of one paragraph as one; a word cut by a hyphen at the line end is made whole.

    >>> join_lines("The head-", "ing is whole.")
    'The heading is whole.'
    """
    if _HYPHEN.search(first) and second[:1].islower():
        return first[:-1] + second
    return f"{first} {second}"


def unwrap(text: str) -> str:
    r"""The text with the line breaks taken out that only kept lines short.

    A break was forced when the next word would not have fitted within the paragraph's
    longest line; lists, short lines such as addresses, and indented lines stay.
    """
    parts = (dedent(part).split("\n") for part in re.split(r"\n\s*\n", text))
    return "\n\n".join(_unwrap_paragraph(lines) for lines in parts)


def _unwrap_paragraph(lines: Sequence[str]) -> str:
    joined = [lines[0]]
    for place in range(1, len(lines)):
        before, line = lines[place - 1], lines[place]
        width = max(len(other) for other in lines[max(0, place - _NEAR_LINES) : place + _NEAR_LINES])
        word = line.split(maxsplit=1)[0] if line.strip() else ""
        is_forced = len(before.rstrip()) + 1 + len(word) > _FULL_SHARE * width
        if is_forced and _NARROWEST_WRAP <= width <= _WIDEST_WRAP and _goes_on(before, line):
            joined[-1] = join_lines(joined[-1].rstrip(), line.strip())
        else:
            joined.append(line)
    return "\n".join(joined)


def _goes_on(before: str, line: str) -> bool:
    if not line.strip() or is_list_item(line) or _RULE.match(line) or _RULE.match(before):
        return False
    hangs = is_list_item(before) or not before.startswith((" ", "\t"))
    return hangs or line.startswith((" ", "\t"))
