"""Numbers that prove themselves by their check digits: payment cards, IBANs, national ids."""

import re

_LETTERS_OF_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|(?:62|50|5[6-9]|6[3-9])\d{14,17}"
)
_IBAN_LENGTHS = {
    country: int(length)
    for line in (
        "15 NO|16 BE|18 DK FI FO GL NL SD|19 MK SI|20 AT BA EE KZ LT LU XK|21 CH HR LI LV"
        "|22 BG BH CR DE GB GE"
        " IE ME RS VA|23 AE GI IL IQ OM TL|24 AD CZ ES MD PK RO SA SE SK TN VG|25 LY PT ST|26 IS TR|27 BI DJ"
        " FR GR IT MC MR SM|28 AL AZ BY CY DO GT HU LB NI PL SV|29 BR EG PS QA UA|30 JO KW MU|31 MT SC|33 LC"
    ).split("|")
    for length, *countries in [line.split()]
    for country in countries
}
"""Characters of an account number in each country of the SWIFT registry of IBANs."""


def is_payment_card(digits: str) -> bool:
    """Whether the digits begin and are as long as a card scheme's numbers, and their sum is right.

    The sum is Luhn's (ISO/IEC 7812-1).

    >>> is_payment_card("4111111111111111"), is_payment_card("4111111111111112")
    (True, False)
    """
    if not _CARD.fullmatch(digits) or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0


def iban_length(country: str) -> int:
    """How many characters an IBAN of the country has; 0 for a country without.

    >>> iban_length("DE"), iban_length("ZZ")
    (22, 0)
    """
    return _IBAN_LENGTHS.get(country.upper(), 0)


def is_iban(compact: str) -> bool:
    """Whether the letters and digits, without spaces, are an IBAN (ISO 13616, modulo 97).

    >>> is_iban("DE89370400440532013000"), is_iban("DE89370400440532013001")
    (True, False)
    """
    compact = compact.upper()
    if len(compact) != iban_length(compact[:2]) or not compact.isascii() or not compact.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def is_dni(compact: str) -> bool:
    """Whether it is a Spanish DNI or NIE with the right letter.

    >>> is_dni("12345678Z"), is_dni("X1234567L"), is_dni("12345678A")
    (True, True, False)
    """
    compact = compact.upper()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(compact[0], compact[0]) + compact[1:-1]
    return number.isdecimal() and compact[-1] == _LETTERS_OF_DNI[int(number) % 23]


def is_nir(digits: str) -> bool:
    """Whether the 15 digits are a French social security number with the right key.

    >>> is_nir("255081416802538"), is_nir("255081416802539")
    (True, False)
    """
    return int(digits[13:]) == 97 - int(digits[:13]) % 97


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Whether the parts may be a US social security number: some were never given out.

    >>> is_ssn("219", "09", "9999"), is_ssn("666", "12", "3456")
    (True, False)
    """
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"
