"""Ways to reach a customer: e-mail addresses, phone numbers, postal codes, address lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.slots.reading import Context, Found, Reading, Refusal

_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@])"
)
_SPOKEN_EMAIL = re.compile(
    r"(?<!\w)(?P<name>[A-Za-z0-9_+-]{1,40}(?:\s(?:dot|punkt|punto|point)\s[A-Za-z0-9_+-]{1,40}"
    r"|\.[A-Za-z0-9_+-]{1,40}){0,3})"
    r"\s?(?:\sat\s|\(at\)|\[at\]|\sarroba\s|\sarobase\s|@)\s?"
    r"(?P<host>[A-Za-z0-9-]{1,40}(?:(?:\s(?:dot|punkt|punto|point)\s"
    r"|\.)[A-Za-z0-9-]{1,40}){0,2})(?:\s(?:dot|punkt|punto|point)\s|\.)"
    r"(?P<end>com|org|net|edu|gov|io|co\.uk|de|fr|es|eu|uk|info|ch|at)\b",
    re.IGNORECASE,
)
_DOT = re.compile(r"\s(?:dot|punkt|punto|point)\s", re.IGNORECASE)
_BROKEN_EMAIL = re.compile(r"(?<!\S)[^\s@]{1,64}@[^\s@]{0,64}(?!\S)")
_PHONE = re.compile(r"(?<![\w#$€£.,/-])(?:\+|00)?\(?\d(?:[\s().\-/]{0,2}\d){6,16}(?![\w%€$£])(?![.,]\d)")
_DATE_LIKE = re.compile(r"(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2}")
_POSTAL = {
    "us": r"\d{5}(?:-\d{4})?",
    "uk": r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}",
    "ca": r"[A-Z]\d[A-Z]\s?\d[A-Z]\d",
    "nl": r"\d{4}\s?[A-Z]{2}",
    "at": r"\d{4}",
    "ch": r"\d{4}",
    "de": r"\d{5}",
    "fr": r"\d{5}",
    "es": r"\d{5}",
}
_LINE = re.compile(
    r"(?<![\w$€£#])(?:\d{1,6}[A-Za-z]?\s(?:[^\W\d_][\w.'-]{0,25}\s){1,4}?(?:street|st|avenue|ave|road|rd"
    r"|lane|ln|drive|dr|boulevard"
    r"|blvd|court|ct|square|sq|place|pl|terrace|way|close|crescent|parkway|pkwy|highway|hwy|circle|row"
    r"|gardens|hill|park)\b\.?"
    r"|\d{1,5}\s?(?:bis|ter)?,?\s(?:rue|avenue|boulevard|place|chemin|allée|quai"
    r"|impasse)\s(?:[^\W\d_][\w.'-]{0,25}\s?){1,5}"
    r"|(?:calle|c/|avenida|avda\.?|plaza|paseo"
    r"|carrer)\s(?:[^\W\d_][\w.'-]{0,25}\s){0,4}?[^\W\d_][\w.'-]{0,25},?\s(?:n[º°]\s?)?\d{1,5}[A-Za-z]?"
    r"|[^\W\d_][\w.-]{0,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|ufer|damm"
    r"|ring)\s\d{1,5}\s?[a-z]?(?!\w))"
    r"(?:,?\s(?:apt|apartment|suite|unit|flat|floor|#)\.?\s?#?\w{1,6})?"
    r"(?:,\s?(?!(?:please|thanks|and|but)\b)[^\W_][\w.' -]{1,40}){0,3}",
    re.IGNORECASE,
)


def find_emails(text: str, context: Context) -> Iterator[Found]:
    """The e-mail addresses in a text, in lower case; also said: "jane dot doe at example dot com"."""
    found: list[tuple[int, int]] = []
    for match in _EMAIL.finditer(text):
        found.append(match.span())
        yield _reading(match.start(), match.end(), match[0].lower())
    for match in _SPOKEN_EMAIL.finditer(text):
        if "@" in match[0]:
            continue
        name, host = (_DOT.sub(".", match[part]) for part in ("name", "host"))
        found.append(match.span())
        value = f"{name}@{host}.{match['end']}".lower()
        yield _reading(match.start(), match.end(), value, is_certain=False)
    if not found and context.is_asked:
        for match in _BROKEN_EMAIL.finditer(text):
            yield Refusal(
                reason=f"{match[0]} is no whole e-mail address", start=match.start(), end=match.end()
            )


def find_phones(text: str, context: Context, *, country_code: str = "") -> Iterator[Found]:
    """The phone numbers in a text, as digits with a plus where the country is known ("+4930123456").

    With `country_code`, such as "49", a number that starts with 0 or none is made international.
    """
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _DATE_LIKE.fullmatch(match[0].strip()) or not 7 <= len(digits) <= 15:
            continue
        is_international = match[0].startswith(("+", "00"))
        value = digits
        if is_international:
            value = f"+{digits.removeprefix('00')}"
        elif country_code:
            value = f"+{country_code}{digits.removeprefix('0')}"
        is_marked = is_international or bool(re.search(r"[\s().-]", match[0]))
        yield _reading(match.start(), match.end(), value, is_certain=context.is_asked or is_marked)


def find_postal_codes(text: str, context: Context, *, country: str = "") -> Iterator[Found]:
    """The postal codes in a text, in capitals, of one country ("us", "uk", "de" ...) or of any known one."""
    patterns = (
        [_POSTAL[country.lower()]] if country.lower() in _POSTAL else list(dict.fromkeys(_POSTAL.values()))
    )
    for pattern in patterns:
        for match in re.finditer(
            rf"(?<![\w#$€£.,/-])(?:{pattern})(?![\w%€$£-])(?![.,]\d)", text, re.IGNORECASE
        ):
            is_telling = bool(re.search(r"[A-Za-z]", match[0])) or context.is_asked
            is_short = len(match[0]) < 5
            if is_short and not (context.is_asked and country):
                continue
            yield _reading(match.start(), match.end(), match[0].upper(), is_certain=is_telling)


def find_addresses(text: str, context: Context) -> Iterator[Found]:
    """The address lines in a text: house number and street, with what follows after commas.

    When the address was asked for and no street is found, the whole message
    is taken, not certain, if it has a number.
    """
    found = False
    for match in _LINE.finditer(text):
        found = True
        value = " ".join(match[0].split()).rstrip(" ,")
        end = match.start() + len(match[0].rstrip(" ,"))
        yield _reading(match.start(), end, value, is_certain=context.is_asked)
    whole = text.strip(" .!\n\t")
    if not found and context.is_asked and re.search(r"\d", whole) and re.search(r"[^\W\d_]{3}", whole):
        start = text.index(whole)
        yield _reading(start, start + len(whole), " ".join(whole.split()), is_certain=False)


def _reading(start: int, end: int, value: str, *, is_certain: bool = True) -> Reading:
    return Reading(value=value, start=start, end=end, text=value, is_certain=is_certain)
