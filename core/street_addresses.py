"""Street addresses as they are written in English, German, French and Spanish; the plain cases only."""

import re
from collections.abc import Iterator

_NAME = r"[A-ZÄÖÜÉÈÁÍÓÚÑ0-9][\w'’.-]{0,24}"
_PLACE = r"[A-Z](?:[^\W\d]|['’-]|\.(?= [A-Z])){0,24}"
_KINDS = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Square|Sq"
    r"|Terrace|Close"
    r"|Crescent|Parkway|Pkwy|Highway|Hwy|Mews|Row|Grove|Gardens|Hill)"
)
_ENGLISH = re.compile(
    rf"(?<![\w#.$€£-])\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?(?:{_NAME} ){{1,3}}{_KINDS}\b(?:\.(?=,| \w))?"
    rf"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|Floor|#)\.? ?\w{{1,6}})?"
    rf"(?:,? {_PLACE}(?: {_PLACE}){{0,2}})?(?:,? [A-Z]{{2}})?"
    r"(?:,? (?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}))?(?![\w-])"
)
_SAID = re.compile(
    r"(?:live at|living at|address (?:is|to)|address:|(?:ship|send|deliver)(?: it| them| this)? to"
    r"|moved to|reside at)"
    rf" (\d{{1,5}}[a-z]? (?:[\w'’-]{{1,24}} ){{1,3}}{_KINDS}\b)",
    re.IGNORECASE,
)
_GERMAN = re.compile(
    r"(?<!\w)(?:(?:Am|An der|Auf dem|Im|Unter den|Alte|Neue|Große"
    r"|Kleine) )?(?:[A-ZÄÖÜ][a-zäöüß-]{0,30}[ -]){0,2}"
    r"[A-ZÄÖÜ][a-zäöüß-]{0,30}?(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|Straße|Weg"
    r"|Platz|Allee) ?"
    r"\d{1,4} ?[a-h]?(?![\w.,]\d)(?!\w)(?:,? (?:D-)?\d{5} [A-ZÄÖÜ][a-zäöüß]{1,24}(?: am"
    r" [A-ZÄÖÜ][a-zäöüß]{1,20})?)?"
)
_OF = r"(?:de la |de los |de las |des |du |del |de |d['’]|de l['’]|la |el )?"
_FRENCH = re.compile(
    rf"(?<![\w.,-])\d{{1,4}}(?: ?bis| ?ter)?,? (?:rue|avenue|boulevard|bd|place|chemin|allée|impasse"
    rf"|quai|route|cours)"
    rf" {_OF}{_NAME}(?: {_OF}{_NAME}){{0,3}}(?:,? \d{{5}} {_NAME})?",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    rf"(?<!\w)(?:Calle|C/|Avenida|Avda\.?|Av\.|Plaza|Paseo|Carrer"
    rf"|Camino) ?{_OF}{_NAME}(?: {_OF}{_NAME}){{0,3}},?"
    rf" (?:n[ºo°]\.? ?|número )?\d{{1,4}}(?!\w)(?:,? \d{{1,2}}[ºª]? ?[A-D]?\b)?(?:,? \d{{5}} {_NAME})?",
    re.IGNORECASE,
)
_MAY_HOLD = re.compile(r"\d")


def street_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where street addresses with a house number stand.

    >>> text = "I live at 12 Baker Street, London now."
    >>> [text[start:end] for start, end in street_addresses(text)]
    ['12 Baker Street, London', '12 Baker Street']
    """
    if not _MAY_HOLD.search(text):
        return
    for pattern in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH):
        yield from (match.span() for match in pattern.finditer(text))
    yield from (match.span(1) for match in _SAID.finditer(text))
