"""Text as a good speaker would read it aloud, and the sources of an answer in one short phrase."""

import re
from collections.abc import Iterator, Mapping, Sequence

from core.messages import Citation
from core.sentences import sentences
from core.speaking.amounts import say_amounts, say_ranges
from core.speaking.codes import say_addresses, say_capitals, say_codes, say_phones, spell
from core.speaking.dates import say_dates, say_times
from core.speaking.english import ENGLISH
from core.speaking.french import FRENCH
from core.speaking.german import GERMAN
from core.speaking.markup import plain, say_signs, tidy
from core.speaking.number_words import cardinal
from core.speaking.spanish import SPANISH
from core.speaking.tongue import Tongue

_TONGUES = {tongue.code: tongue for tongue in (ENGLISH, SPANISH, GERMAN, FRENCH)}
_STEPS = (say_addresses, say_phones, say_codes)
_LAST_STEPS = (say_dates, say_ranges, say_times, say_amounts, say_capitals)
_TITLE_WORDS = 12


def tongue_of(language: str) -> Tongue:
    """The tongue of a language code such as "de" or "de-AT"; English where it is not known."""
    return _TONGUES.get(language[:2].lower(), ENGLISH)


def spoken(text: str, language: str) -> str:
    """The text in words that any voice reads right, without digits, signs and marks.

    `language` is "en", "es", "de" or "fr", a region may follow; any other is read as English.

    >>> spoken("Order #L20418 costs **$3.95** [1].", "en")
    'Order L, two zero four one eight costs three dollars and ninety-five cents.'
    """
    tongue = tongue_of(language)
    said = plain(text)
    for step in _STEPS:
        said = step(said, tongue)
    said = _abbreviations(said, tongue)
    said = say_signs(said, tongue)
    for step in _LAST_STEPS:
        said = step(said, tongue)
    return tidy(said)


def _abbreviations(text: str, tongue: Tongue) -> str:
    written = sorted((*tongue.abbreviations, *tongue.days), key=len, reverse=True)
    dotted = "|".join(re.escape(each) for each in written if each in tongue.abbreviations)
    text = re.sub(
        rf"(?<![\w.])(?:{dotted})(?!\w)", lambda match: _said_in_full(match, tongue.abbreviations), text
    )
    days = "|".join(tongue.days)
    return re.sub(
        rf"(?<!\w)({days})(?:\.?(?=\s?[–-]\s?(?:{days})\b)|(?=\.?[ ,]{{1,2}}[0-9])\.?|\.(?=\s[a-z])"
        rf"|(?<=[–-]\w\w)|(?<=[–-]\w\w\w))(?!\w)",
        lambda match: tongue.days[match[1]],
        text,
    )


def _said_in_full(match: re.Match[str], meanings: Mapping[str, str]) -> str:
    said = meanings[match[0]]
    rest = match.string[match.end() : match.end() + 3]
    is_last = match[0].endswith(".") and match[0][:-1].lower() in ("etc", "usw")
    return f"{said}." if is_last and (not rest.strip() or rest.strip()[:1].isupper()) else said


def sentences_to_speak(text: str, language: str) -> Iterator[str]:
    """The spoken sentences of a text one by one, so that the first can be heard early.

    >>> list(sentences_to_speak("It is free. [1] Send it by 22 Nov 2026.", "en"))
    ['It is free.', 'Send it by November twenty-second, twenty twenty-six.']
    """
    for start, end in sentences(text):
        said = spoken(text[start:end], language)
        if any(character.isalnum() for character in said):
            yield said


def spoken_sources(citations: Sequence[Citation], language: str) -> str:
    """Where an answer comes from, said shortly: the first source with its page; "" without any."""
    if not citations:
        return ""
    tongue = tongue_of(language)
    first = citations[0]
    title = " ".join(spoken(re.sub(r"\.\w{2,4}\Z", "", first.title), language).split()[:_TITLE_WORDS])
    said = f"{tongue.signs['from']} {title}"
    if first.page is None:
        return said
    return f"{said}, {tongue.signs['page']} {cardinal(max(first.page, 0), tongue.code)}"


def read_back(order_number: str, language: str) -> str:
    """An order number as it is read back to a caller, letter by letter and digit by digit.

    >>> read_back("#L20418", "fr")
    'L, deux zéro quatre un huit'
    """
    return spell(order_number, tongue_of(language)) or spoken(order_number, language)
