"""Personal data in a text: which characters name, reach or identify a person, or open a door to them.

Patterns and check digits, no model: every repetition has an upper bound and begins where no other
match of its own can, so that the time grows with the text's length and no faster.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core import check_digits
from core.said_numbers import BIRTH_DATE, phones
from core.street_addresses import street_addresses

Kind = Literal[
    "secret", "e-mail", "IBAN", "card", "id number", "birth date", "IP address", "address", "phone"
]
KINDS: tuple[Kind, ...] = (
    "secret", "e-mail", "IBAN", "card", "id number", "birth date", "IP address", "address", "phone",
)  # fmt: skip
"""Where two overlap, the one that comes first here stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """One piece: what it is, and its first character and the one after its last."""

    kind: Kind
    start: int
    end: int


Spans = Iterator[tuple[int, int]]

_MAY_HOLD = re.compile(
    r"[\d@:]|\(at\)|\[at\]|pass|pin\b|secret|clave|contrase|kennwort|mot de", re.IGNORECASE
)
_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}(?:@|\s?[\[(](?:at|arroba"
    r"|ät)[\])]\s?)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[a-z]{2,24}"
    r"(?![\w@])",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?<![\d.,#])(?:\d{4}([ .-]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|3\d{3}([ -])\d{6}\2\d{4,5}"
    r"|\d{13,19})(?!\d)"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?=[ -]?[A-Za-z0-9])")
_SSN = re.compile(r"(?<![\w-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\w-])")
_SSN_SAID = re.compile(r"(?:\bSSN|social security)\b[^\d\n]{0,24}(\d{3})(\d{2})(\d{4})(?!\d)", re.IGNORECASE)
_SSN_WORD = re.compile(r"\bSSN|social security", re.IGNORECASE)
_DNI = re.compile(r"(?<!\w)(?:\d{8}|[XYZ]-?\d{7})[ -]?[A-Z](?!\w)", re.IGNORECASE)
_NIR = re.compile(r"(?<!\d)[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d(?!\d)")
_NINO = re.compile(
    r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)", re.IGNORECASE
)
_ID_SAID = re.compile(
    r"\b(?:passport|reisepass\w{0,6}|personalausweis\w{0,6}|steuer-?id\w{0,24}|passeport|pasaporte"
    r"|driver'?s licen[cs]e"
    r"|national id)\b(?: (?:number|no\.?|nummer|num[ée]ro|n[úu]mero))?(?: is| ist| lautet| est| es|:){0,2} ?"
    r"((?=[A-Z ]{0,6}\d)[A-Z0-9](?:[ ]?[A-Z0-9]){5,13})(?!\w)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\w)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::{1,2}[0-9a-f]{1,4}){2,8}(?::{0,2})(?![\w:])", re.IGNORECASE)
_VERSION = re.compile(
    r"(?:\bversion|\bver|\bv|\brelease|\bfirmware|\bbuild|\bsection|\bchapter|\bkapitel|§|\bclause|\bupdate)"
    r"[.:]?\s{0,2}\Z",
    re.IGNORECASE,
)
_NOT_PERSONS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_NAMED = (
    r"(?:pass(?:word|code|phrase)|pwd|kennwort|passwort|contrase[ñn]a|clave|mot de passe|pin|cvv|cvc"
    r"|security code|secret(?: word)?|geheimzahl|api[ _-]?key|access[ _-]?token|one[- ]time code|otp"
    r"|verification code|2fa code|tan)"
)
_SECRET = re.compile(
    rf"(?<!\w)(?P<my>(?:my|mein|meine|mi|mon|ma)\s)?(?:[\w-]{{1,16}}\s)?{_NAMED}(?:\s(?:number|code|nummer))?"
    r"(?P<is>\s?[:=]\s?|\s(?:is|was|ist|war|lautet|es|era|est)\s?:?\s|\s(?=\d{3,8}\b))"
    r"[\"'“„«]?(?P<value>[^\s\"'”“„«»]{3,64})",
    re.IGNORECASE,
)
_STATES = frozenset(
    "not wrong incorrect correct expired invalid valid lost forgotten reset changed required case too locked"
    " blocked the being never still longer about sent stored encrypted needed asked rejected accepted missing"
    " empty hidden weak strong safe secure secret always now also only just for from in on at your our"
    " that this"
    " what why how where gone old new different same unknown compromised working nicht falsch abgelaufen"
    " ungültig vergessen gesperrt richtig zu das der die ein eine immer noch weg sicher incorrecta incorrecto"
    " inválida caducada olvidada bloqueada demasiado muy una uno la el obligatoria necesaria segura no"
    " incorrect expiré oublié perdu bloqué trop un une le pas faux erroné invalide toujours sûr and or but"
    " to so very really my mein mi mon case-sensitive kept checked".split()
)
_TOKEN = re.compile(
    r"(?<![\w-])(?:(?:sk|pk|rk)[-_][\w-]{16,200}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,100}"
    r"|xox[abprs]-[\w-]{10,100}"
    r"|eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,1000})(?![\w-])"
)


def find(text: str) -> Sequence[PersonalData]:
    """What is personal in the text, in its order; no two pieces overlap.

    >>> [(each.kind, each.start, each.end) for each in find("I am jo@shop.example, order 1234567")]
    [('e-mail', 5, 20)]
    """
    if not _MAY_HOLD.search(text):
        return []
    taken = bytearray(len(text))
    found = []
    for kind in KINDS:
        for start, end in _FINDERS[kind](text):
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(PersonalData(kind=kind, start=start, end=end))
    return sorted(found, key=lambda each: each.start)


def _emails(text: str) -> Spans:
    return (match.span() for match in _EMAIL.finditer(text))


def _cards(text: str) -> Spans:
    for match in _CARD.finditer(text):
        if check_digits.is_payment_card(re.sub(r"\D", "", match[0])):
            yield match.span()


def _ibans(text: str) -> Spans:
    for match in _IBAN.finditer(text):
        wanted = check_digits.iban_length(match[0][:2])
        compact, end = "", match.start()
        while end < len(text) and len(compact) < wanted and (text[end].isalnum() or text[end] in " -"):
            compact += text[end] if text[end].isalnum() else ""
            end += 1
        is_whole = end == len(text) or not text[end].isalnum()
        if compact and is_whole and check_digits.is_iban(compact):
            yield match.start(), end


def _id_numbers(text: str) -> Spans:
    for match in _SSN.finditer(text):
        is_said = match[2] == "-" or _SSN_WORD.search(text, max(0, match.start() - 40), match.start())
        if is_said and check_digits.is_ssn(match[1], match[3], match[4]):
            yield match.span()
    for match in _SSN_SAID.finditer(text):
        if check_digits.is_ssn(match[1], match[2], match[3]):
            yield match.start(1), match.end()
    for match in _DNI.finditer(text):
        if check_digits.is_dni(re.sub(r"[ -]", "", match[0])):
            yield match.span()
    for match in _NIR.finditer(text):
        compact = match[0].replace(" ", "")
        if compact.isdecimal() and check_digits.is_nir(compact):
            yield match.span()
    yield from (match.span() for match in _NINO.finditer(text))
    yield from (match.span(1) for match in _ID_SAID.finditer(text))


def _birth_dates(text: str) -> Spans:
    return (match.span(1) for match in BIRTH_DATE.finditer(text))


def _ip_addresses(text: str) -> Spans:
    for match in (*_IPV4.finditer(text), *_IPV6.finditer(text)):
        if ":" in match[0] and (len(match[0]) < 7 or not any(sign.isdigit() for sign in match[0])):
            continue
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            continue
        if _VERSION.search(text, max(0, match.start() - 16), match.start()) or _is_nobodys(address):
            continue
        yield match.span()


def _is_nobodys(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is this machine, everybody, or a place in a network of one's own."""
    if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
        return True
    return any(address in network for network in _NOT_PERSONS if network.version == address.version)


def _secrets(text: str) -> Spans:
    for match in _SECRET.finditer(text):
        value = match["value"].rstrip(".,;!?)")
        if len(value) >= 3 and _is_secret(
            value, is_mine=bool(match["my"]), is_set=match["is"].strip() in ":="
        ):
            yield match.start("value"), match.start("value") + len(value)
    yield from (match.span() for match in _TOKEN.finditer(text))


def _is_secret(value: str, *, is_mine: bool, is_set: bool) -> bool:
    """Whether what follows "password is" is one: no plain word, unless it is mine or set with a colon."""
    if value.casefold() in _STATES or value.startswith(("http:", "https:", "[")):
        return False
    is_plain = value.isalpha() and value[1:].islower()
    return (is_mine or is_set) if is_plain else True


_FINDERS: dict[Kind, Callable[[str], Spans]] = {
    "secret": _secrets,
    "e-mail": _emails,
    "IBAN": _ibans,
    "card": _cards,
    "id number": _id_numbers,
    "birth date": _birth_dates,
    "IP address": _ip_addresses,
    "address": street_addresses,
    "phone": phones,
}
