"""Numbers that are personal because of what is said about them: telephone numbers, dates of birth."""

import re
from collections.abc import Iterator

_MONTH = (
    r"(?:jan|feb|m[aä]r|apr|ma[iy]|june?|july?|aug|sep|oct|okt|nov|de[cz]|ene|abr|ago|dic|janv|f[ée]vr"
    r"|mars|avr|juin"
    r"|juil|ao[uû]t|d[ée]c)[a-zéûü]{0,7}\.?"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.] ?\d{1,2}[-/.] ?\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)? (?:of |de |del )?{_MONTH},?(?: de| del)? \d{{4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
BIRTH_DATE = re.compile(
    r"\b(?:born|birth|birthday|birthdate|d\.?o\.?b\.?|geboren|geb\.|geburtstag|geburtsdatum|née?"
    r"|naissance|naci[óo]?"
    r"|nací|nacid[oa]|nacimiento|cumpleaños)"
    rf"(?!\w)[^\d\n.;!?]{{0,24}}?(?<!\w)({_DATE})(?!\d)",
    re.IGNORECASE,
)
"""A date of birth, where it is said to be one; the date is its first group."""

_RUN = re.compile(
    r"(?<![\w#+.,/€$£-])(?<![€$£] )(?:\+|00(?=[1-9]))?\(?\d(?:\+?[ \u00a0./()-]{0,2}\d){6,19}(?![\d%€$£]"
    r"|[.,-]\d|\w)"
)
_SAID = re.compile(
    r"phone|\btel\b|\btel[.:é]|\bcall\b|\bcall me|\bmobile|\bcell\b|whats ?app|\btext me|\bsms\b"
    r"|\bring me|\bmy number"
    r"|\bdial\b|\bfax|reach me|telefon|tel[eé]fono|m[oó]vil|celular|mi n[uú]mero|ll[aá]m[ae]|handy|rufnummer"
    r"|meine nummer|anrufen|ruf\w{0,3} mich|portable|mon num[ée]ro|appel|joindre|hotline",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\border\b|\bitem\b|\binvoice|\btracking|\bparcel|\bref\b|reference|\bticket|\bcase\b|\bisbn|\bissn"
    r"|\bean\b|\bsku\b"
    r"|serial|\bmodel|\bpart\b|\barticle|\bartikel|\bbestell|\brechnung|\bauftrag|sendung|\bpedido"
    r"|\bfactura|\bcommande"
    r"|\bfacture|\bcolis|\bproduct|\baccount|\bkonto|\bcuenta|\bcompte|\bcustomer|\bkunden|\bclient"
    r"|\bversion|\biban"
    r"|\bposition|\bpopulation|\bid\b|\bcoupon|\bcode\b|\bbarcode|\blot\b|\bvat\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\s?(?:€|\$|£|eur\b|euros?\b|usd\b|dollars?\b|pounds?\b|inhabitants|people|items|units)", re.I
)
_DATED = re.compile(
    r"\(?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4} ?[-/] ?\d{2,4})"
    r"(?:[ T-]+\(?\d{1,4}[\d .:-]{0,12})?"
)
_NANP = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d([ .-]))\d{3}[ .-]\d{4}")
_TRUNK = re.compile(r"\(?0[1-9]\d{0,4}\)?(?:[ ./-]{1,2}\d{2,8}){1,5}")
_BEFORE_CHARS = 40


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand: written as one in some country, or said to be one.

    >>> [text[slice(*span)] for text in ("Call +44 20 7946 0958.",) for span in phones(text)]
    ['+44 20 7946 0958']
    """
    for match in _RUN.finditer(text):
        run = match[0].rstrip(" (")
        if run.count("(") != run.count(")") or _DATED.fullmatch(run):
            continue
        before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
        if _MONEY.match(text, match.end()) and not run.startswith("+"):
            continue
        if _is_phone(run, before):
            yield match.start(), match.start() + len(run)


def _is_phone(run: str, before: str) -> bool:
    """Whether a run of digits is a telephone number, by its form and the words before it."""
    digits = re.sub(r"\D", "", run)
    if run.startswith(("+", "(+")):
        return 8 <= len(digits) <= 15
    said = max((match.start() for match in _SAID.finditer(before)), default=-1)
    otherwise = max((match.start() for match in _OTHERWISE.finditer(before)), default=-1)
    if otherwise > said:
        return False
    if said >= 0:
        return 7 <= len(digits) <= 15
    return _is_written_as_phone(run, digits)


def _is_written_as_phone(run: str, digits: str) -> bool:
    """Whether nothing but a telephone number is written so: with a prefix, or in the American way."""
    if run.startswith("00"):
        return 10 <= len(digits) <= 16
    if run.startswith(("0", "(0")):
        is_set_apart = _TRUNK.fullmatch(run) is not None and 9 <= len(digits) <= 12
        return is_set_apart or (run.isdecimal() and 10 <= len(digits) <= 11)
    return _NANP.fullmatch(run) is not None
