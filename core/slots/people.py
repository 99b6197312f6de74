"""How many people: "table for two", "a party of 13", "just myself", "me, my wife and our 3 kids"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.slots.amounts import word_value
from core.slots.calendar_words import MONTHS, WEEKDAYS
from core.slots.reading import Context, Found, Reading

_ONE = (
    "person people guest adult child kid man woman boy girl baby infant toddler teen teenager senior"
    " friend colleague"
    " coworker co-worker wife husband partner spouse girlfriend boyfriend fiance fiancé fiancee fiancée"
    " mother father"
    " mom mum dad brother sister son daughter boss grandmother grandfather grandma grandpa grandson"
    " granddaughter"
    " grandchild aunt uncle cousin nephew niece client customer diner other lady gentleman parent family"
    " neighbour neighbor date buddy couple twin roommate assistant secretary nanny student visitor pax cover"
    " passenger traveller traveler participant attendee member highchair"
).split()
_SOFT = frozenset({"family", "date", "cover", "pax", "member", "highchair"})
_PLURALS = (
    "people persons children men women babies wives ladies gentlemen couples pax peoples ppl grandchildren"
    " nannies secretaries personas personen personnes gente adultos niños erwachsene kinder adultes"
    " enfants leute"
).split()
_MANY = (
    dict.fromkeys(_PLURALS, 0)
    | {
        f"{noun}s": 0
        for noun in _ONE
        if noun not in ("man", "woman", "child", "people", "baby", "lady", "pax")
    }
    | {"parents": 2, "grandparents": 2, "twins": 2}
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen"
    "|eighteen|nineteen|twenty|dos|tres|cuatro|cinco|seis|ocho|zwei|drei|vier|fünf|sechs|acht|deux|trois"
    "|quatre|cinq"
)
_NUMBER = rf"(?:\d{{1,4}}|(?:{_NUMBER_WORDS}))(?![\w:/%])(?![.,]\d)"
_NOUNS = "|".join(sorted({*_ONE, *_MANY}, key=len, reverse=True))
_GROUP = (
    rf"(?:(?:my|our|his|her|their|the|an?)\s)?(?:{_NUMBER}\s|an?\s)?"
    r"(?:(?:young|small|little|other|more|lady|adult|close|best|older|elderly|additional|extra|female"
    r"|male)\s){0,2}"
    rf"(?:{_NOUNS})\b"
)
_SELF = r"(?:me|my\s?self|i|moi|yo|ich)\b"
_MEMBER = rf"(?:{_SELF}|{_GROUP})"
_JOIN = (
    r"(?:\s?,\s?(?:and\s|plus\s)?|\s?(?:and|plus|&|\+|with|y|und|et)\s"
    r"|\s(?=(?:\d{1,4}|one|two|three|four)\s))"
)
_PARTY = re.compile(rf"(?<![\w-])(?:{_MEMBER}|{_NUMBER})(?:{_JOIN}{_MEMBER}){{0,8}}(?![\w-])", re.IGNORECASE)
_PART = re.compile(rf"(?P<self>\b{_SELF})|(?P<group>{_GROUP})|(?P<number>{_NUMBER})", re.IGNORECASE)
_NOUN = re.compile(rf"(?P<noun>{_NOUNS})\b\Z", re.IGNORECASE)
_ANY_NUMBER = re.compile(rf"\b{_NUMBER}", re.IGNORECASE)
_COUPLE = re.compile(r"\ba\s(?:couple|pair)\b(?!\sof\s(?!us\b|people\b))", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w$€£#/:@-])(?<!\d[.,])(?:the\s(?=\S{1,9}\s(?:of\sus|of\sthem))"
    r"|an?\s(?=\S{1,9}[\s-](?:top|seater)))?"
    rf"(?P<number>{_NUMBER})(?![-/]\d)",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"(?:\b(?:for|of|us|seats?|seating|sit|we\s?(?:are|will\sbe|'re)|are|party\sis|it'?s|there(?:\s(?:are"
    r"|will\sbe))?"
    r"|make\s(?:it|that)|makes\s(?:it|that)|group|be|us\stwo|only|just|total\??|to|für|para"
    r"|pour)\s{1,2}(?:(?:just|only|about"
    r"|around|exactly|a|the)\s)?)$",
    re.IGNORECASE,
)
_STRONG_LEADS = re.compile(
    r"\b(?:(?:table|booking|reservation|party|group|family|seating|space|room|place|dinner|lunch|seats?|it"
    r"|booked"
    r"|book|reserve|spot|tisch|mesa)\s(?:for|of|für|para)|people\s(?:is|of)|seats?|seating|we\sare"
    r"|there\sare|mesa\spara"
    r"|tisch\sfür|table\spour)\s{1,2}(?:(?:just|only|about|around|exactly|a|the)\s)?$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\s(?:of\s(?:us|them)|in\s(?:all|total)|total\b)|[\s-](?:tops?|seater|person|heads|individuals)\b",
    re.IGNORECASE,
)
_NO_COUNT_AFTER = re.compile(
    r"\s?(?:[ap]\.?\s?m\b|st\b|nd\b|rd\b|th\b|o'?clock|ish\b|%|percent|hrs?\b|uhr\b)"
    r"|[\s-](?:days?|nights?|weeks?|months?|years?|hours?|minutes?|mins?|past|to\s(?:\d|one|two|three|four"
    r"|five|six"
    r"|seven|eight|nine|ten|eleven|twelve)|o'?clock|in\sthe\s(?:morning|evening|afternoon)|tonight"
    r"|at\snight|dollars?"
    r"|euros?|pounds?|(?:jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\w{0,6}|of\s(?:january|february"
    r"|march|april|may|june"
    r"|july|august|september|october|november|december))\b",
    re.IGNORECASE,
)
_DATE_BEFORE = re.compile(
    rf"\b(?:{'|'.join([*MONTHS, *WEEKDAYS])})\b[.,]?\s{{0,2}}(?:the\s)?$|\d[/:.-]$", re.IGNORECASE
)
MOST_PEOPLE = 9_999


def find_people(text: str, context: Context) -> Iterator[Found]:
    """The numbers of people in a text, as `int`.

    A number without a word for people is one after "for", "of" or "we are", and when it
    was asked for.
    """
    for match in _PARTY.finditer(text):
        yield from _party(match, text, context)
    for match in _COUPLE.finditer(text):
        yield _reading(match.start(), match.end(), 2)
    for match in _BARE.finditer(text):
        yield from _bare(match, text, context)


def _party(match: re.Match[str], text: str, context: Context) -> Iterator[Reading]:
    parts = list(_PART.finditer(match[0]))
    selves = [part for part in parts if part["self"]]
    if not any(part["group"] for part in parts):
        is_word_i = match[0].lower() in ("i", "me", "yo", "ich", "moi")
        if not selves or len(parts) > 1:
            return
        is_alone = re.search(r"\b(?:just|only|be|it'?s)\s$", text[: match.start()], re.IGNORECASE)
        is_all = re.fullmatch(r"[\s.!?]*", text[match.end() :])
        is_meant = context.is_asked or bool(is_alone) if is_all else context.is_asked and not is_word_i
        if is_meant:
            yield _reading(match.start(), match.end(), 1)
        return
    counts = [_size(part) for part in parts]
    has_number = bool(_ANY_NUMBER.search(match[0]))
    if not has_number and len(parts) == 1:
        if not (context.is_asked or re.match(r"(?:an?|one)\s", match[0], re.IGNORECASE)) or _is_soft(
            parts[0]
        ):
            return
        if not context.is_asked and not _LEADS.search(text[: match.start()]):
            return
    if any(count is None for count in counts):
        return
    total = sum(count or 0 for count in counts)
    if 0 < total <= MOST_PEOPLE:
        yield _reading(
            match.start(), match.end(), total, is_certain=has_number or bool(selves) or context.is_asked
        )


def _size(part: re.Match[str]) -> int | None:
    """How many one member of a list is; nothing for a plural that gives no number."""
    if part["self"]:
        return 1
    number = _ANY_NUMBER.search(part[0])
    count = _number(number[0]) if number else None
    if part["number"]:
        return count
    found = _NOUN.search(part[0])
    noun = found["noun"].lower() if found else ""
    each = 2 if noun in ("couple", "couples") else 1
    if count is not None:
        return count * each
    if noun in _MANY:
        return _MANY[noun] or None
    return each


def _is_soft(part: re.Match[str]) -> bool:
    found = _NOUN.search(part[0])
    return bool(found and found["noun"].lower() in _SOFT)


def _bare(match: re.Match[str], text: str, context: Context) -> Iterator[Reading]:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 30]
    if _NO_COUNT_AFTER.match(after):
        return
    value = _number(match["number"])
    if _DATE_BEFORE.search(before) or (1900 <= value < 2100 and match[0] != text.strip(" .!?")):
        return
    if not 0 < value <= MOST_PEOPLE:
        return
    is_strong = bool(_STRONG_LEADS.search(before) or _FOLLOWS.match(after))
    is_led = bool(_LEADS.search(before))
    if is_strong or context.is_asked or (is_led and not re.search(r"\b(?:at|by)\s\S{0,3}$", before)):
        yield _reading(match.start(), match.end(), value, is_certain=is_strong or context.is_asked)


def _number(words: str) -> int:
    if words.isdigit():
        return int(words)
    for language in ("english", "spanish", "german", "french"):
        if (value := word_value(words, language)) is not None:
            return value
    return 0


def _reading(start: int, end: int, value: int, *, is_certain: bool = True) -> Reading:
    shown = "1 person" if value == 1 else f"{value} people"
    return Reading(value=value, start=start, end=end, text=shown, is_certain=is_certain)
