"""What is said letter by letter or digit by digit: codes, acronyms, telephone numbers, addresses."""

import re

from core.said_numbers import phones
from core.speaking.number_words import cardinal, digit_by_digit, grouped
from core.speaking.tongue import Tongue

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]\"]{1,2000}|(?<![\w.@-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{2,63}){0,3}"
    r"\.(?:com|org|net|de|es|fr|eu|io|example|info|shop)(?:/[^\s<>()\[\]\"]{0,2000})?(?![\w@])",
    re.IGNORECASE,
)
_HASHED = re.compile(r"(?<![\w&])#(?=[A-Za-z/-]{0,12}[0-9])[A-Za-z0-9][A-Za-z0-9/-]{0,39}")
_CODE = re.compile(r"(?<![\w.,@/-])[A-Z]{1,6}[-/]?[0-9][A-Z0-9]{0,30}(?:[-/][A-Z0-9]{1,30}){0,4}(?![\w@])")
_CAPS = re.compile(r"(?<![\w-])[A-ZÄÖÜÁÉÍÓÚÑÀÈÊÇ]{2,5}(?![\w])")
_PIECE = re.compile(r"[^\W\d_]+|[0-9]+")
_READABLE = frozenset("NASA NATO UNESCO UNICEF PIN SIM RAM ASAP OK OPEC LASER WIFI IKEA".split())
_SPELLED = frozenset("UEFA".split())
_VOWELS = frozenset("AEIOUÄÖÜÁÉÍÓÚÀÈÊ")
_BEFORE_NUMBER = r"(?:\s(?:number|no\.?|nr\.?|número|numéro|nummer|nº|n°|n\.º|is|ist|es|est|:)|:){0,2}\s#?"


def say_addresses(text: str, tongue: Tongue) -> str:
    """E-mail addresses and hosts by their words; a link with a path is named, not read."""
    text = _EMAIL.sub(lambda match: address(match[0], tongue), text)
    return _URL.sub(lambda match: _link(match[0], tongue), text)


def address(written: str, tongue: Tongue) -> str:
    """An e-mail address or a host as people say it."""
    signs = {".": "dot", "@": "at", "-": "dash", "_": "underscore", "+": "plus", "/": "slash"}
    spaced = re.sub(r"[.@_+/-]", lambda match: f" {tongue.signs[signs[match[0]]]} ", written)
    spaced = re.sub(r"[0-9]+", lambda match: f" {digit_by_digit(match[0], tongue.code)} ", spaced)
    return " ".join(spaced.split())


def _link(written: str, tongue: Tongue) -> str:
    bare = written.rstrip(".,;:!?")
    after = written[len(bare) :]
    host, slash, path = re.sub(r"^https?://", "", bare, flags=re.IGNORECASE).partition("/")
    host = host.removeprefix("www.")
    if (slash and path) or not re.fullmatch(r"[\w.-]+", host):
        return tongue.signs["link"] + after
    return address(host, tongue) + after


def say_phones(text: str, tongue: Tongue) -> str:
    """Telephone numbers in the groups they are written in."""
    parts: list[str] = []
    done = 0
    for start, end in phones(text):
        parts += [text[done:start], phone(text[start:end], tongue)]
        done = end
    return "".join((*parts, text[done:]))


def phone(written: str, tongue: Tongue) -> str:
    """A telephone number in groups; French says its pairs as numbers."""
    groups = re.findall(r"[0-9]+", written)
    said = [_phone_group(group, tongue.code) for group in groups]
    plus = f"{tongue.signs['plus']} " if "+" in written else ""
    return plus + ", ".join(said)


def _phone_group(group: str, language: str) -> str:
    if language == "fr" and len(group) == 2 and group[0] != "0":
        return cardinal(int(group), language)
    return grouped(group, language)


def say_codes(text: str, tongue: Tongue) -> str:
    """Order numbers and codes letter by letter and digit by digit.

    A number of four digits or more counts as one where an order, a ticket or the like is named before it.
    """
    text = _HASHED.sub(lambda match: spell(match[0][1:], tongue), text)
    text = _CODE.sub(lambda match: spell(match[0], tongue), text)
    named = rf"(\b(?:{tongue.order_words}){_BEFORE_NUMBER})([0-9]{{4,30}})(?![\w]|[.,][0-9])"
    return re.sub(
        named,
        lambda match: match[1].rstrip("#") + grouped(match[2], tongue.code),
        text,
        flags=re.IGNORECASE,
    )


def spell(code: str, tongue: Tongue) -> str:
    """A code's letters by name and its digits one by one, with a pause between the pieces.

    A short code such as "A4" or "E27" is said the short way.
    """
    pieces = _PIECE.findall(code)
    is_short = len(pieces) == 2 and len(pieces[0]) <= 2 and len(pieces[1]) <= 2 and pieces[1][0] != "0"
    if is_short and pieces[1].isdecimal():
        return f"{' '.join(pieces[0].upper())} {cardinal(int(pieces[1]), tongue.code)}"
    said = (grouped(piece, tongue.code) if piece.isdecimal() else " ".join(piece.upper()) for piece in pieces)
    return ", ".join(said)


def say_capitals(text: str, tongue: Tongue) -> str:
    """Acronyms letter by letter, unless they can be read; a word in capitals for emphasis as a word."""
    return _CAPS.sub(lambda match: _capitals(match, tongue), text)


def _capitals(match: re.Match[str], tongue: Tongue) -> str:
    word = match[0]
    if word in tongue.emphasis:
        return word.lower()
    if word in _READABLE:
        return word
    around = (
        match.string[max(0, match.start() - 4) : match.start()] + match.string[match.end() : match.end() + 4]
    )
    is_shouted = sum(letter.isupper() for letter in around) >= 4
    if word not in _SPELLED and len(word) >= 4 and (is_shouted or _is_readable(word)):
        return word
    return " ".join(word)


def _is_readable(word: str) -> bool:
    vowels = sum(letter in _VOWELS for letter in word)
    return 2 <= vowels < len(word)
