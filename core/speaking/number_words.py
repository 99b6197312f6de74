"""Numbers in the words of a language: how many, which one, digit by digit."""

_LARGEST = 10**12
_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen".split()
)
_ENGLISH_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis"
    " diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco"
    " veintiséis veintisiete veintiocho veintinueve".split()
)
_SPANISH_TENS = "_ _ _ treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SPANISH_HUNDREDS = (
    "_ ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos"
    " novecientos".split()
)
_GERMAN = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn"
    " sechzehn siebzehn achtzehn neunzehn".split()
)
_GERMAN_TENS = "_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_FRENCH = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    " dix-sept dix-huit dix-neuf".split()
)
_FRENCH_TENS = "_ _ vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt".split()
_DIGITS = {"en": _ENGLISH, "es": _SPANISH, "de": _GERMAN, "fr": _FRENCH}
_ENGLISH_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_SPANISH_ORDINALS = (
    "_ primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo undécimo duodécimo".split()
)
_GERMAN_ORDINALS = {1: "erste", 3: "dritte", 7: "siebte", 8: "achte"}


def cardinal(number: int, language: str) -> str:
    """How many, in words; a number of a million million or more is said digit by digit.

    >>> cardinal(20_418, "en"), cardinal(91, "fr"), cardinal(1_021, "de")
    ('twenty thousand four hundred eighteen', 'quatre-vingt-onze', 'tausendeinundzwanzig')
    """
    if number >= _LARGEST:
        return digit_by_digit(str(number), language)
    return {"es": _spanish, "de": _german, "fr": _french}.get(language, _english)(number)


def digit_by_digit(digits: str, language: str) -> str:
    """Each ASCII digit by its name.

    >>> digit_by_digit("204", "es")
    'dos cero cuatro'
    """
    names = _DIGITS.get(language, _ENGLISH)
    return " ".join(names[int(digit)] for digit in digits)


def _english(number: int) -> str:
    if number < 20:
        return _ENGLISH[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[rest]}" if rest else "")
    for size, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            many, rest = divmod(number, size)
            return f"{_english(many)} {name}" + (f" {_english(rest)}" if rest else "")
    return ""


def _spanish(number: int) -> str:
    if number < 30:
        return _SPANISH[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _SPANISH_TENS[tens] + (f" y {_SPANISH[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return (
            "cien" if number == 100 else _SPANISH_HUNDREDS[hundreds] + (f" {_spanish(rest)}" if rest else "")
        )
    size = 1000 if number < 10**6 else 10**6
    many, rest = divmod(number, size)
    if size == 1000:
        head = "mil" if many == 1 else f"{before_noun(_spanish(many), 'm', 'es')} mil"
    else:
        head = "un millón" if many == 1 else f"{before_noun(_spanish(many), 'm', 'es')} millones"
    return head + (f" {_spanish(rest)}" if rest else "")


def _german(number: int) -> str:
    if number < 20:
        return _GERMAN[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return (f"{_german_stem(rest)}und" if rest else "") + _GERMAN_TENS[tens]
    for size, name in ((10**9, "Milliarde"), (10**6, "Million")):
        if number >= size:
            many, rest = divmod(number, size)
            plural = name.rstrip("e") + "en"
            head = f"eine {name}" if many == 1 else f"{_german(many)} {plural}"
            return head + (f" {_german(rest)}" if rest else "")
    size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    many, rest = divmod(number, size)
    return ("" if many == 1 else _german_stem(many)) + name + (_german(rest) if rest else "")


def _german_stem(number: int) -> str:
    return _german(number).removesuffix("s") if number % 100 == 1 else _german(number)


def _french(number: int) -> str:
    if number < 20:
        return _FRENCH[number]
    if number < 100:
        return _french_tens(number)
    if number < 1000:
        many, rest = divmod(number, 100)
        head = "cent" if many == 1 else f"{_FRENCH[many]} cent" + ("" if rest else "s")
        return head + (f" {_french(rest)}" if rest else "")
    if number < 10**6:
        many, rest = divmod(number, 1000)
        stem = _french(many)
        stem = stem.removesuffix("s") if stem.endswith(("cents", "vingts")) else stem
        return ("mille" if many == 1 else f"{stem} mille") + (f" {_french(rest)}" if rest else "")
    size, name = (10**9, "milliard") if number >= 10**9 else (10**6, "million")
    many, rest = divmod(number, size)
    return f"{_french(many)} {name}{'s' if many > 1 else ''}" + (f" {_french(rest)}" if rest else "")


def _french_tens(number: int) -> str:
    tens, rest = divmod(number, 10)
    if tens in (7, 9):
        rest += 10
    word = _FRENCH_TENS[tens]
    if not rest:
        return "quatre-vingts" if tens == 8 else word
    joint = " et " if rest in (1, 11) and tens < 8 else "-"
    return word + joint + _FRENCH[rest]


def before_noun(words: str, gender: str, language: str) -> str:
    """A number's words as they stand before a noun of that gender ("m", "f" or "n").

    >>> before_noun("veintiuno", "m", "es"), before_noun("eins", "f", "de")
    ('veintiún', 'eine')
    """
    if language == "es" and words.endswith("uno"):
        if gender == "f":
            return words[:-1] + "a"
        return words.removesuffix("uno") + ("ún" if words.endswith("veintiuno") else "un")
    if language == "de" and words.endswith("eins"):
        return words[:-1] + ("e" if gender == "f" else "")
    if language == "fr" and gender == "f" and (words == "un" or words.endswith((" un", "-un"))):
        return words + "e"
    return words


def ordinal(number: int, language: str, *, ending: str = "") -> str:
    """Which one, in words; German takes the `ending` of its case ("r", "n", "s").

    >>> ordinal(22, "en"), ordinal(3, "de", ending="n"), ordinal(9, "fr")
    ('twenty-second', 'dritten', 'neuvième')
    """
    words = cardinal(number, language)
    if language == "es":
        return _SPANISH_ORDINALS[number] if 0 < number < len(_SPANISH_ORDINALS) else words
    if language == "de":
        last = number % 100
        if last in _GERMAN_ORDINALS and number < 100:
            return _GERMAN_ORDINALS[last] + ending
        return words + ("te" if 0 < last < 20 else "ste") + ending
    if language == "fr":
        if number == 1:
            return "premier"
        stem = words.removesuffix("s") if words.endswith(("vingts", "cents")) else words.removesuffix("e")
        return {"cinq": "cinqu", "neuf": "neuv"}.get(stem, _french_stem(stem)) + "ième"
    head, joint, last_word = words.rpartition("-") if "-" in words else words.rpartition(" ")
    said = _ENGLISH_ORDINALS.get(last_word)
    return (
        head
        + joint
        + (said or (last_word.removesuffix("y") + "ie" if last_word.endswith("y") else last_word) + "th")
    )


def _french_stem(stem: str) -> str:
    if stem.endswith("cinq"):
        return stem + "u"
    return stem[:-1] + "v" if stem.endswith("neuf") else stem


def year(number: int, language: str) -> str:
    """A year as it is said.

    >>> year(2026, "en"), year(1998, "de"), year(2005, "en")
    ('twenty twenty-six', 'neunzehnhundertachtundneunzig', 'two thousand five')
    """
    century, rest = divmod(number, 100)
    if language == "de" and 11 <= century <= 19:
        return _german(century) + "hundert" + (_german(rest) if rest else "")
    if language != "en" or not 1100 <= number < 2100 or 2000 <= number < 2010:
        return cardinal(number, language)
    if not rest:
        return f"{_english(century)} hundred"
    return f"{_english(century)} {'oh ' if rest < 10 else ''}{_english(rest)}"


def grouped(digits: str, language: str) -> str:
    """A long row of digits digit by digit, with a pause after every three or four.

    >>> grouped("1234567", "en")
    'one two three, four five six seven'
    """
    if len(digits) <= 5:
        return digit_by_digit(digits, language)
    size = 4 if len(digits) % 4 == 0 else 3
    groups = [digits[start : start + size] for start in range(0, len(digits), size)]
    if len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(digit_by_digit(group, language) for group in groups)
