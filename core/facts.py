"""What a text claims, in a form that can be compared: `read` gives its clauses."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from core.language import lack, negations, stemmer, stop_words, word_set
from core.numbers import CURRENCY, NUMBER, Number, month_number, month_of, numbers_of

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_GROUP_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_LIST_MARKER = re.compile(r"\s*(?:[-*•◦▪–]\s+|\(?\d{1,3}[.)]\s+|#{1,6}\s+|>\s+)+")
_TOKEN = re.compile(
    r"(?P<email>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)"
    r"|(?P<url>(?:https?://|www\.)[^\s<>()\"'|]+|\b(?:[a-z0-9-]{1,63}\.){1,8}(?:[a-z]{2,12})\b(?:/[^\s<>()\"'|]*)?)"
    r"|(?P<phone>(?!\d{4}-\d{1,2}-\d{1,2}\b|\d{1,2}\.\d{1,2}\.\d{2,4}\b)(?:\+\d{1,3}[\s.-]?)?\(?\d{2,5}\)?[.-]\s?\d{2,5}[.-]\d{2,6}(?!\d)|\+\d[\d\s().-]{7,20}\d)"
    rf"|(?P<code>(?!{CURRENCY}\d)\b[a-z]+[-#./]?\d[\w-]*\b|\b\d+[a-z]+-?\d[\w-]*\b|\b\w{0, 40}[^\W_]_\w+\b)"
    rf"|{NUMBER}"
    r"|(?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"|(?P<run>[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+)"
    r"|(?P<word>(?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0963])+(?:'[^\W\d_]+|(?:\.[^\W\d_])+(?=\.))*)"
    r"|(?P<comma>,(?!\s?\d))|(?P<strong>;)|(?P<colon>[:\"“(])",
    re.IGNORECASE,
)
_CJK_NEGATION = re.compile(r"[不没沒无未非勿]|無(?!料)|ません|ない|않|없|못|아니")
_KANA = re.compile(r"[\u3040-\u309f]+")
_BOUNDS = re.compile(
    r"(?:not|no)\s+(?:only|(?:later|more|less|fewer|longer|earlier)\s+than)\b", re.IGNORECASE
)
_NO_DIGIT = re.compile(r"no\.?\s*\d|non?,|nein,|não,", re.IGNORECASE)

_STRONG = word_set("""
    but while whereas although though however except unless otherwise if when pero mientras aunque salvo
    excepto mais tandis sauf aber außer sondern wenn falls mas ma tranne
""")
_WEAK = word_set("""
    and or y o u et ou und oder e
""")
_CARRIES_VERB = word_set("""
    is are was were be can could will would may might must shall should do does did has have had we you
    they i it he she cannot
""")
_ORDERS = word_set("""
    ask call contact visit open click see email use select choose press tap write
""")
_MEASURES = (
    "km kilometer kilometre mile meter metre kg gram pound ounce liter litre gallon mb gb tb point star"
)
_TIMES = (
    "second minute hour day week month quarter year decade día semana mes año hora minuto jour semaine"
    " mois an heure tag woche monat jahr stunde tage monate jahre dia mês ano giorno settimana mese anno ora"
)
_NOUN_REACH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One statement: its content stems in order, and what must not be got wrong about it.

    `parts` are the stems between its commas and its "and"s; `forms` are all its words as
    written (in lower case) and their stems; `exact` holds e-mail addresses, URLs, telephone
    numbers and identifiers.
    """

    stems: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    numbers: tuple[Number, ...]
    names: frozenset[str]
    forms: frozenset[str]
    exact: frozenset[str]
    negated: bool


@dataclass(slots=True, kw_only=True)
class _Part:
    stems: list[str] = field(default_factory=list)
    joints: list[int] = field(default_factory=list)
    numbers: list[tuple[int, Number]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)
    negations: set[str] = field(default_factory=set)
    has_verb: bool = False


def normal(text: str) -> str:
    """The text in compatibility form, without hidden characters and typographic quotes."""
    text = _GROUP_SPACE.sub("", _HIDDEN.sub("", text))
    text = unicodedata.normalize("NFKC", text)
    text = text.replace("’", "'").replace("‘", "'").replace("\u2044", "/")
    return _LIST_MARKER.sub("", text, count=1) if _LIST_MARKER.match(text) else text


@lru_cache(maxsize=512)
def read(text: str, language: str) -> tuple[Clause, ...]:
    """The clauses of one sentence, read as `language`.

    >>> [clause.negated for clause in read("It is free, but not refundable.", "english")]
    [False, True]
    """
    reader = _Reader(normal(text), language)
    return tuple(_merged(reader.parts, reader.weak, language))


class _Reader:
    """One pass over a sentence; `weak` holds the parts that a mere "and" or comma opened."""

    def __init__(self, text: str, language: str) -> None:
        self.parts = [_Part()]
        self.weak: set[int] = set()
        self._language = language
        self._text = text
        self._at_start = True
        for match in _TOKEN.finditer(text):
            self._take(match)

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup or ""
        part = self.parts[-1]
        if kind == "comma":
            self._open(weak=True)
        elif kind == "strong":
            self._open(weak=False)
        elif kind == "colon":
            self._at_start = True
        elif kind == "word":
            self._word(match)
        elif kind in ("cjk", "run"):
            _take_run(part, match[0], kind)
        elif kind in ("email", "url", "phone", "code"):
            part.exact.add(_exact(kind, match[0]))
            part.forms.update(re.findall(r"\w+", match[0].lower()))
        else:
            self._numbers(match)
        if kind not in ("comma", "colon"):
            self._at_start = False

    def _open(self, *, weak: bool) -> None:
        self.parts.append(_Part())
        if weak:
            self.weak.add(len(self.parts) - 1)

    def _numbers(self, match: re.Match[str]) -> None:
        part = self.parts[-1]
        for number in numbers_of(match):
            part.numbers.append((len(part.stems), number))
            part.forms.update(match[0].lower().split())
            if not number.soft or match[0].lower() != "one":
                part.stems.append("#" + min(number.values))

    def _word(self, match: re.Match[str]) -> None:
        raw = match[0]
        low = raw.lower().replace(".", "")
        if low in _STRONG or low in _WEAK:
            self._open(weak=low in _WEAK)
            self.parts[-1].forms.add(low)
            return
        month = month_of(raw)
        if month is not None and (raw not in ("May", "March") or self._beside_digit(match)):
            part = self.parts[-1]
            part.numbers.append((len(part.stems), month_number(month)))
            part.stems.append(f"#m{month}")
            return
        self._plain_word(match, raw, low)

    def _beside_digit(self, match: re.Match[str]) -> bool:
        around = self._text[max(0, match.start() - 6) : match.end() + 4]
        return any(letter.isdigit() for letter in around)

    def _plain_word(self, match: re.Match[str], raw: str, low: str) -> None:
        part = self.parts[-1]
        bare = low.removesuffix("'s")
        part.has_verb = part.has_verb or bare in _CARRIES_VERB or bare.endswith("n't")
        if bare.endswith("n't") or bare == lack(self._language) or bare in negations(self._language):
            rest = self._text[match.start() : match.start() + 24]
            if not _BOUNDS.match(rest) and not _NO_DIGIT.match(rest):
                part.negations.add("lack" if bare == lack(self._language) else "plain")
            return
        if "'" in bare and bare.split("'")[0] in stop_words("english"):
            bare = bare.split("'")[0]
        elif "'" in bare and self._language != "english":
            bare = bare.split("'", 1)[1]
        stem = stemmer(self._language)(bare)
        part.forms.update((bare, stem))
        if self._is_name(match, raw, bare):
            part.names.add(bare)
        if bare not in stop_words(self._language) and (len(bare) > 1 or raw.isupper()):
            part.stems.append(stem)

    def _is_name(self, match: re.Match[str], raw: str, bare: str) -> bool:
        if not raw[0].isupper() or raw == "I" or bare in stop_words(self._language):
            return False
        if not self._at_start or any(letter.isupper() for letter in raw[1:]):
            return True
        if bare in _ORDERS:
            return False
        return re.match(r"\s[A-Z][a-z]", self._text[match.end() : match.end() + 3]) is not None


def _exact(kind: str, raw: str) -> str:
    low = raw.lower().rstrip(".,;:!?")
    if kind == "url":
        return re.sub(r"\A(?:https?://)?(?:www\.)?", "", low).rstrip("/")
    if kind == "phone":
        return "tel:" + re.sub(r"\D", "", low)
    return re.sub(r"[-#]", "", low) if kind == "code" else low


def _take_run(part: _Part, run: str, kind: str) -> None:
    """Scripts without spaces are compared by pairs of characters."""
    if len(_CJK_NEGATION.findall(run)) % 2:
        part.negations.add("plain")
    pairs = [run[at : at + 2] for at in range(max(1, len(run) - 1))]
    telling = [pair for pair in pairs if not _KANA.fullmatch(pair)] if kind == "cjk" else pairs
    part.stems.extend(telling or pairs)
    part.forms.update(pairs)


def _merged(parts: list[_Part], weak: set[int], language: str) -> list[Clause]:
    """Parts that are no statement by themselves belong to the one before."""
    groups: list[tuple[_Part, bool]] = []
    for place, part in enumerate(parts):
        says = part.has_verb or bool(part.numbers)
        if place in weak and groups:
            before, was_negated = groups[-1]
            if not (says and (before.has_verb or before.numbers)):
                _join(before, part)
                groups[-1] = (before, was_negated)
                continue
            inherits = _is_negated(before, inherited=was_negated) and not part.has_verb
            groups.append((part, inherits))
        else:
            groups.append((part, False))
    clauses = [_clause(part, language, inherited=inherited) for part, inherited in groups]
    return [clause for clause in clauses if clause.forms or clause.exact or clause.negated or clause.numbers]


def _join(into: _Part, part: _Part) -> None:
    offset = len(into.stems)
    into.joints.append(offset)
    into.stems += part.stems
    into.numbers += [(at + offset, number) for at, number in part.numbers]
    into.names |= part.names
    into.forms |= part.forms
    into.exact |= part.exact
    into.negations |= part.negations
    into.has_verb = into.has_verb or part.has_verb


def _is_negated(part: _Part, *, inherited: bool) -> bool:
    return ("plain" in part.negations) ^ ("lack" in part.negations) or (inherited and not part.negations)


def _clause(part: _Part, language: str, *, inherited: bool) -> Clause:
    known = measures(language)
    joints = [0, *part.joints, len(part.stems)]
    numbers = []
    for at, number in part.numbers:
        end = next(joint for joint in joints if joint > at or joint == joints[-1])
        near = [stem for stem in part.stems[at : min(end, at + 8)] if not stem.startswith("#")][:_NOUN_REACH]
        noun = next((stem for stem in near if stem in known), near[0] if near else "")
        numbers.append(replace(number, noun=noun, kind=known.get(noun, "")))
    return Clause(
        stems=tuple(part.stems),
        parts=tuple(tuple(part.stems[a:b]) for a, b in pairwise(joints) if a < b),
        numbers=tuple(numbers),
        names=frozenset(part.names),
        forms=frozenset(part.forms),
        exact=frozenset(part.exact),
        negated=_is_negated(part, inherited=inherited),
    )


@lru_cache(maxsize=16)
def measures(language: str) -> dict[str, str]:
    """The stems of units, and what each of them measures: itself, or "time"."""
    stem = stemmer(language)
    return {stem(word): stem(word) for word in _MEASURES.split()} | {
        stem(word): "time" for word in _TIMES.split()
    }


def is_wide(text: str) -> bool:
    """Whether the text is in a script that puts no spaces between words."""
    return any(match.lastgroup in ("cjk", "run") for match in _TOKEN.finditer(text))
