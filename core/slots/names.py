"""A person's name: "my name is Jane Doe", "under Smith", "for Jane Doe", "last name Doe"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.slots.amounts import word_value
from core.slots.calendar_words import MONTHS, WEEKDAYS
from core.slots.reading import Context, Found, Reading

Part = Literal["full", "first", "last"]
_NAME = r"[^\W\d_]+(?:['’.-][^\W\d_]+){0,3}"
_PARTICLE = (
    r"(?:de\sla|van\sder|van\sden|von\sder|de|del|della|di|da|van|von|der|den|la|le|bin|al|st\.?|o')\s"
)
_FULL = rf"(?P<first>{_NAME})(?:\s{{1,2}}(?P<middle>[A-Z]\.))?(?:\s{{1,2}}(?P<last>(?:{_PARTICLE})?{_NAME}))?"
_TITLE = r"(?:(?P<title>mr|mrs|ms|miss|dr|prof|sir|princess|herr|frau|señora?|monsieur|madame|mme)\.?\s)?"
_SURE = (
    r"my\s(?:full\s)?name(?:'s|\sis)|(?:the\s)?(?:booking|reservation|order)?\s?name(?:\sis|'s|:)"
    r"|under\sthe\sname(?:\sof|\sis)?|(?:in|by|with)\sthe\sname\sof"
    r"|call\sme|i(?:\sam|'m)\scalled|i(?:\sam|'m)\sknown\sas|goes\sby|me\sllamo|mi\snombre\ses"
    r"|a\snombre\sde|ich\shei(?:ß|ss)e|mein\sname\sist"
    r"|auf\sden\snamen|je\sm'appelle|mon\snom\sest|au\snom\sde"
)
_LIKELY = r"this\sis|i(?:\sam|'m)|it(?:\sis|'s)|listed\sunder|under|for|by|from|soy|ich\sbin|je\ssuis|c'est"
_AFTER = re.compile(
    rf"(?<!\w)(?:(?P<sure>{_SURE})|(?P<likely>{_LIKELY}))\s{{1,2}}{_TITLE}(?-i:(?:{_FULL}))", re.IGNORECASE
)
_FIRST = re.compile(
    rf"\b(?:first|given|fore)\s?-?name(?:\sis|'s|:)?\s{{1,2}}(?P<name>{_NAME})|\b(?:vorname"
    rf"|nombre(?!\ses\b)|prénom)(?:\sist|\ses|\sest|:)?\s{{1,2}}(?P<other>{_NAME})",
    re.IGNORECASE,
)
_LAST = re.compile(
    rf"\b(?:(?:last|family|sur)\s?-?name|nachname|familienname|apellido|nom\sde\sfamille)(?:\sis|'s|:"
    rf"|\sist|\ses|\sest)?\s{{1,2}}(?P<name>(?:{_PARTICLE})?{_NAME})",
    re.IGNORECASE,
)
_WHOLE = re.compile(rf"\W{{0,3}}{_TITLE}{_FULL}(?:,\s(?P<after>{_NAME}))?\W{{0,3}}\Z", re.IGNORECASE)
_NO_NAMES = """
    a an the my your our his her their this that it i you we they me us him them here there not no
    yes yep sure ok okay please thanks thank hello hi hey sorry just only about two one people
    person table order today tomorrow tonight noon midnight lunch dinner breakfast brunch evening
    morning afternoon night now later calling looking trying going having interested afraid sure
    unable wondering happy sad angry done ready good fine correct right wrong and or but because
    with without to from at on in of by for is are was were be been am do does did don't can could
    would will what why when where who how which all any some every each both name first last none
    never mind forget cancel stop help maybe idea know well actually running late able sick free
    busy new back out off up der die das ein eine und nicht el la los las un una y no sí si oui non
    ja nein le les et pas ne que qui gracias danke merci
"""
_MONTHS_THAT_ARE_NAMES = frozenset({"april", "june", "julio", "august", "juli", "abril", "avril"})
_NEVER = frozenset(
    (
        *_NO_NAMES.split(),
        *WEEKDAYS,
        *(name for name in MONTHS if len(name) > 3 and name not in _MONTHS_THAT_ARE_NAMES),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name in two parts, of which one may be empty."""

    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        """The name as it is said."""
        return f"{self.first} {self.last}".strip()


def find_names(text: str, context: Context, *, part: Part = "full") -> Iterator[Found]:
    """The names in a text: a `PersonName`, or with `part` the words of the first or last name alone.

    A name is certain after words that leave no doubt ("my name is") or when it was asked for and
    stands alone.
    A single word is a last name after "under", else a first name; asked for one part, it is that part.
    """
    for pattern, which in ((_FIRST, "first"), (_LAST, "last")):
        for match in pattern.finditer(text):
            group = "name" if match["name"] else "other"
            if _is_name(match[group]):
                yield from _one_part(match, group, which, part)
    if part == "full":
        yield from _said_apart(text)
    for match in _AFTER.finditer(text):
        yield from _after(match, part)
    if context.is_asked and (whole := _WHOLE.match(text)) and _are_names(whole):
        yield from _whole(whole, part)


def _said_apart(text: str) -> Iterator[Reading]:
    """The whole name of "first name Jane, last name Doe"."""
    first, last = _FIRST.search(text), _LAST.search(text)
    if first and last and _is_name(first["name"] or first["other"]) and _is_name(last["name"]):
        name = PersonName(first=first["name"] or first["other"], last=last["name"])
        yield _reading(min(first.start(), last.start()), max(first.end(), last.end()), name)


def _one_part(match: re.Match[str], group: str, which: str, part: Part) -> Iterator[Reading]:
    if part in ("full", which):
        words = match[group]
        value = PersonName(first=words) if which == "first" else PersonName(last=words)
        yield _reading(match.start(group), match.end(group), value if part == "full" else words)


def _after(match: re.Match[str], part: Part) -> Iterator[Reading]:
    first, last = match["first"], match["last"]
    if not _is_name(first):
        return
    is_sure = bool(match["sure"])
    if not is_sure and not first[0].isupper():
        return
    if last and (not _is_name(last) or (first[0].isupper() and not last.split()[-1][0].isupper())):
        last = None
    is_last_alone = last is None and (
        bool(match["title"]) or (match["likely"] or "").lower().endswith("under")
    )
    yield from _parts(match, first, last, is_last_alone=is_last_alone, part=part, is_certain=is_sure)


def _whole(match: re.Match[str], part: Part) -> Iterator[Reading]:
    first, last = match["first"], match["last"] or match["after"]
    if not last:
        value: object = PersonName(first=first) if part == "full" else first
        yield _reading(match.start("first"), match.end("first"), value)
        return
    end = match.end("last" if match["last"] else "after")
    if part == "full":
        yield _reading(match.start("first"), end, PersonName(first=first, last=last))
    elif part == "first":
        yield _reading(match.start("first"), match.end("first"), first)
    else:
        yield _reading(end - len(last), end, last)


def _parts(
    match: re.Match[str], first: str, last: str | None, *, is_last_alone: bool, part: Part, is_certain: bool
) -> Iterator[Reading]:
    start, end = match.span("first")
    if part == "full":
        alone = PersonName(last=first) if is_last_alone else PersonName(first=first)
        value = PersonName(first=first, last=last) if last else alone
        yield _reading(start, match.end("last") if last else end, value, is_certain=is_certain)
    elif part == "first" and not is_last_alone:
        yield _reading(start, end, first, is_certain=is_certain)
    elif part == "last" and (last or is_last_alone):
        place = match.span("last") if last else (start, end)
        yield _reading(*place, last or first, is_certain=is_certain)


def _are_names(match: re.Match[str]) -> bool:
    return all(_is_name(words) for words in (match["first"], match["last"], match["after"]) if words)


def _is_name(words: str) -> bool:
    low = words.lower()
    return all(word not in _NEVER for word in low.split()[-1:]) and word_value(low) is None and len(words) > 1


def _reading(start: int, end: int, value: object, *, is_certain: bool = True) -> Reading:
    return Reading(value=value, start=start, end=end, text=str(value), is_certain=is_certain)
