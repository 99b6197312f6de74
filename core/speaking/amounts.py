"""Money, percentages, measures, ranges and plain numbers as they are said."""

import re

from core.speaking.dates import german_ending
from core.speaking.number_words import before_noun, cardinal, digit_by_digit, grouped, ordinal, year
from core.speaking.tongue import Noun, Tongue

_NUMBER = r"[0-9]{1,40}(?:[.,'\u00a0\u202f][0-9]{1,40}){0,12}"
_CODES = {"EUR": "€", "USD": "$", "GBP": "£"}
_MONEY_BEFORE = re.compile(rf"([$€£])\s?({_NUMBER})(?![0-9])")
_MONEY_AFTER = re.compile(rf"(?<![0-9.,])({_NUMBER})\s?([$€£]|(?:EUR|USD|GBP)(?!\w))")
_RANGE = re.compile(
    r"(?<=[0-9%€£$°hmg])(?:\s?[–—]\s?|-)(?=[$€£]?[0-9])"
    r"|(?<=\.m\.)\s?[–—-]\s?(?=\w)|(?<=[^\W\d_])–(?=[^\W\d_])"
    r"|(?<=[ap]m)\s?[–—-]\s?(?=[0-9])"
)
_SPACED = re.compile(r"(?<![0-9.,] )(?<![\w.,])[1-9][0-9]{0,2}(?: [0-9]{3}){1,4}(?![0-9]| [0-9])")
_SLASH = re.compile(r"(?<=[0-9])/(?=[0-9])")
_MINUS = re.compile(r"(?<![\w).,])[-−](?=[0-9])")
_PERCENT = re.compile(r"(?<=[0-9])\s?%")
_BY = re.compile(r"(?<=[0-9mM²])\s?[×x]\s?(?=[0-9])")
_TIMES = re.compile(r"(?<=[0-9])\s?[×x](?!\w)|×")
_PLAIN = re.compile(rf"{_NUMBER}(?:\s(?=([^\W\d_]{{2,}})))?")
_ORDINALS = {
    "en": re.compile(r"(?<![\w.,])([0-9]{1,6})(?:st|nd|rd|th)(?!\w)"),
    "es": re.compile(r"(?<![\w.,])([0-9]{1,6})\.?([ºª])"),
    "fr": re.compile(r"(?<![\w.,])([0-9]{1,6})(?:er|(re)|e|ème|ème)(?!\w)"),
    "de": re.compile(r"(?<![\w.,])([0-9]{1,6})\.(?=\s(?:Stock|Etage|Tag|Mal|Platz|Schritt|Seite|Kapitel)\b)"),
}


def say_ranges(text: str, tongue: Tongue) -> str:
    """A dash between two numbers, times or days as "to"."""
    return _RANGE.sub(f" {tongue.signs['to']} ", text)


def say_amounts(text: str, tongue: Tongue) -> str:
    """Everything with digits that earlier steps left: no ASCII digit stays."""
    code = tongue.code
    if code in ("fr", "es"):
        text = _SPACED.sub(lambda match: match[0].replace(" ", ""), text)
    text = _SLASH.sub(f" {tongue.signs['slash']} ", text.replace("24/7", "24 7"))
    text = _MINUS.sub(f"{tongue.signs['minus']} ", text)
    text = _BY.sub(f" {tongue.signs['by']} ", text)
    text = _TIMES.sub(f" {tongue.signs['times']} ", text)
    text = _MONEY_BEFORE.sub(lambda match: _money(match[2], match[1], tongue), text)
    text = _MONEY_AFTER.sub(lambda match: _money(match[1], _CODES.get(match[2], match[2]), tongue), text)
    text = _PERCENT.sub(f" {tongue.signs['percent']}", text)
    text = _ORDINALS[code].sub(lambda match: _ordinal(match, code), text)
    text = _measures(text, tongue)
    months = "|".join(tongue.months)
    years = rf"(\b(?:{tongue.year_words}|{months})\s)((?:1[1-9]|20)[0-9]{{2}})(?![\w%]|[.,][0-9])"
    text = re.sub(years, lambda match: match[1] + year(int(match[2]), code), text, flags=re.IGNORECASE)
    return _PLAIN.sub(lambda match: _plain(match, tongue), text)


def _ordinal(match: re.Match[str], code: str) -> str:
    words = ordinal(int(match[1]), code, ending=german_ending(match) if code == "de" else "")
    if code == "es" and match[2] == "ª":
        return words[:-1] + "a" if words.endswith("o") else words
    return "première" if code == "fr" and match[2] else words


def _measures(text: str, tongue: Tongue) -> str:
    signs = "|".join(re.escape(sign) for sign in sorted(tongue.units, key=len, reverse=True))
    pattern = rf"(?<![0-9.,])({_NUMBER})[ \u00a0\u202f]?({signs})(?![\w²³/])"
    return re.sub(pattern, lambda match: _counted(match[1], tongue.units[match[2]], tongue), text)


def _counted(number: str, noun: Noun, tongue: Tongue) -> str:
    words = number_words(number, tongue)
    singular, plural, gender = noun
    is_whole = number.isdecimal()
    words = before_noun(words, gender, tongue.code) if is_whole else words
    return f"{words} {singular if is_whole and int(number) == 1 else plural}"


def _money(number: str, sign: str, tongue: Tongue) -> str:
    unit, hundredth = tongue.money[sign]
    whole, fraction = _split(number, tongue)
    if fraction and len(fraction) != 2:
        return f"{number_words(number, tongue)} {unit[1]}"
    if not fraction or not int(fraction):
        return _counted(whole, unit, tongue)
    said = _counted(str(int(fraction)), hundredth, tongue)
    if not int(whole):
        return said
    if not tongue.says_cents:
        said = cardinal(int(fraction), tongue.code)
    return _counted(whole, unit, tongue) + tongue.money_joint + said


def _split(number: str, tongue: Tongue) -> tuple[str, str]:
    """A written number's whole part and its decimals, both digits only; by the language's own signs."""
    for sign in ("'", "\u00a0", "\u202f"):
        number = number.replace(sign, "")
    own = re.escape(tongue.thousands.strip() or ".")
    if re.fullmatch(rf"[0-9]{{1,3}}(?:{own}[0-9]{{3}})+(?:[.,][0-9]+)?", number):
        whole, _, fraction = (
            number.replace(tongue.thousands.strip() or ".", "").replace(",", ".").partition(".")
        )
        return whole, fraction
    grouped_whole = re.fullmatch(r"([0-9]{1,3}(?:([.,])[0-9]{3})+)(?!\2)[.,]([0-9]+)", number)
    if grouped_whole:
        return re.sub(r"[.,]", "", grouped_whole[1]), grouped_whole[3]
    whole, _, fraction = number.replace(",", ".").partition(".")
    return whole, fraction.replace(".", "")


def number_words(number: str, tongue: Tongue) -> str:
    """A written number in words; a long row of digits, or one with a leading zero, digit by digit."""
    code = tongue.code
    if len(re.findall(r"[.,]", number)) > 1 and not re.search(r"[.,][0-9]{3}(?![0-9])", number):
        point = f" {tongue.signs['dot' if code != 'en' else 'point']} "
        return point.join(_whole(part, code) for part in re.split(r"[.,'\u00a0\u202f]", number))
    whole, fraction = _split(number, tongue)
    said = _whole(whole, code)
    return f"{said} {tongue.signs['point']} {_fraction(fraction, code)}" if fraction else said


def _whole(digits: str, code: str) -> str:
    if len(digits) > 12 or (len(digits) > 1 and digits[0] == "0"):
        return grouped(digits, code)
    return cardinal(int(digits), code)


def _fraction(digits: str, code: str) -> str:
    if code in ("en", "de") or len(digits) > 2 or digits[0] == "0":
        return digit_by_digit(digits, code)
    return cardinal(int(digits), code)


def _gender(noun: str, code: str) -> str:
    """A noun's likely gender by its last letters."""
    if code == "es":
        is_feminine = noun.endswith(("a", "as", "ión", "dad")) and noun not in ("día", "días", "problema")
        return "f" if is_feminine else "m"
    return "f" if code == "de" and noun.endswith(("e", "ung", "heit", "keit")) else "m"


def _plain(match: re.Match[str], tongue: Tongue) -> str:
    written, noun = match[0].rstrip(" \t\n"), match[1]
    code = tongue.code
    words = (
        grouped(written, code) if written.isdecimal() and len(written) >= 7 else number_words(written, tongue)
    )
    if noun and written.isdecimal() and (written == "1" or code == "es") and (noun.islower() or code == "de"):
        words = before_noun(words, _gender(noun, code), code)
    before = " " if match.start() and match.string[match.start() - 1].isalpha() else ""
    after = " " if match.string[match.end() : match.end() + 1].isalpha() or match[0][-1].isspace() else ""
    return before + words + after
