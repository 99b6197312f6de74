"""What is for the eye only, taken out of a text: marks of citation, bullets, emphasis, pictures."""

import re
import unicodedata

from core.speaking.tongue import Tongue

_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~).{0,200}$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\s]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\s]{0,2000}\)")
_CITED = re.compile(r"\s?[\[【]\^?[0-9]{1,3}(?:\s?[,;–-]\s?[0-9]{1,3}){0,20}[\]】]")
_LINE_HEAD = re.compile(r"^[ \t]{0,40}(?:#{1,6}[ \t]+|>[ \t]?|[-*•◦▪‣·][ \t]+)", re.MULTILINE)
_RULE = re.compile(r"^[ \t]{0,8}[-*_=|: \t]{3,200}$", re.MULTILINE)
_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|`{1,3}|~~")
_ASIDE = re.compile(r"[ \t]?\(([^()\n]{1,400})\)(?=([.,;:!?]?))")
_DASH = re.compile(r"\s[–—-]{1,2}\s|—")
_PICTURES = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf", "Cc"})
_KEPT = frozenset("°\n\t^`")


def plain(text: str) -> str:
    """The text without what only the eye needs, its digits in ASCII."""
    text = _FENCE.sub("", text)
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _RULE.sub("", _CITED.sub("", text))
    text = _EMPHASIS.sub("", _LINE_HEAD.sub("", text))
    return "".join(_character(each) for each in text if each.isascii() or _is_said(each))


def _is_said(character: str) -> bool:
    if character in _KEPT:
        return True
    return unicodedata.category(character) not in _PICTURES and not "\ufe00" <= character <= "\ufe0f"


def _character(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def say_signs(text: str, tongue: Tongue) -> str:
    """Parentheses and dashes as pauses, and the signs that have a name by it."""
    signs = tongue.signs
    text = re.sub(r"\b(?:and/or|und/oder|y/o|et/ou)\b", signs["and/or"], text)
    text = re.sub(r"\s?&\s?", f" {signs['and']} ", text)
    text = re.sub(r"§{1,2}\s?", f"{signs['section']} ", text)
    text = re.sub(r"#\s?(?=[0-9])", f"{signs['number']} ", text)
    text = _ASIDE.sub(lambda match: f", {match[1]}" + ("" if match[2] else ","), text)
    text = _DASH.sub(", ", text)
    return re.sub(r"(?<=[^\W\d_])/(?!h\b)(?=[^\W\d_])", f" {signs['or']} ", text)


def tidy(text: str) -> str:
    """One space between words and at most one pause in a place; a line that ends bare gets a full stop."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    kept = [line for line in lines if line]
    ended = [line if line[-1] in ".!?,:;…" else f"{line}." for line in kept[:-1]] + kept[-1:]
    joined = re.sub(r"[\[\]{}<>|\\^*`~=]", " ", " ".join(ended))
    joined = re.sub(r"\.{2,}", ".", joined)
    joined = re.sub(r" +(?=[.,;:!?](?:\s|$))", "", " ".join(joined.split()))
    joined = re.sub(r"(?:,\s?)+(?=[.,;:!?])", "", joined)
    return " ".join(joined.lstrip(",; ").split())
