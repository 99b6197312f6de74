"""Which language a customer's short message is in: `detect` for the desk, `recognise` for what it is sure of.

`core.language.language_of` is for texts and never says that it can't tell. A message of three
words needs more words than the small ones, its letters and its endings, and the language of the
conversation where all of them are silent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from core.everyday_words import COURTESIES, EVERYDAY
from core.language import stemmer, stop_words

NAMES = {
    "en": "english",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "ru": "russian",
    "el": "greek",
    "ar": "arabic",
    "hi": "hindi",
}
"""The languages that can be told apart, by code, as `core.language` calls them."""
LEAST = 0.3
"""Evidence under which a text is of no language, where any language is possible."""
HINT = 0.08
"""The same where only a few are: an ending that one of them has decides how a conversation begins."""
CLEAR = 0.75
"""Lead over the conversation's language that ends it; one courtesy or one ending is not enough."""

_GRAMMAR = 1.5
"""Small words are hardly ever borrowed; "tracking" and "download" are."""
_COURTESY = 0.6
_NEAR = 0.3
"""Lead of a language that is not supported under which the message is taken to be in one that is."""
_INFLECTED = 0.7
_LONGEST = 1500
_SHORTEST_STEMMED = 5
_SHORTEST_ENDING = 6
_NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|\b(?=\w*\d)[\w-]+|\b[A-Z]{2,}-?\d+\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SCRIPTS = (
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_LETTERS: tuple[tuple[re.Pattern[str], dict[str, float]], ...] = tuple(
    (re.compile(pattern), dict(weights))
    for pattern, weights in (
        ("[¿¡]", {"es": 1.2}),
        ("ñ", {"es": 0.9}),
        ("ß", {"de": 1.0}),
        ("[äöü]", {"de": 0.6}),
        ("[ãõ]", {"pt": 1.0}),
        ("ç", {"fr": 0.5, "pt": 0.5}),
        ("[êîûœï]", {"fr": 0.6, "pt": 0.2}),
        ("[àèù]", {"fr": 0.4, "it": 0.4}),
        ("[ìò]", {"it": 0.7}),
        ("[áíóú]", {"es": 0.5, "pt": 0.4}),
        ("é", {"fr": 0.4, "es": 0.3, "pt": 0.2, "it": 0.1}),
        (r"\b(?:j|qu|c|n|m|s)['’](?=[aeéèêiouyh])", {"fr": 0.9}),
        (r"\b[ld]['’](?=[aeéèêiouyh])", {"fr": 0.6, "it": 0.5}),
        (r"\b(?:un|dell|all|nell|dall|com|dov|cos|quest)['’](?=[aeèioh])", {"it": 0.9}),
        (r"(?:n['’]t|['’](?:re|ve|ll|d|m))\b", {"en": 0.9}),
        (r"\w['’]s\b", {"en": 0.6}),
    )
)
_ENDINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("en", r"(?:ings?|ness|ght|ship|ful|less|able|tions?|ly|ed|ck|wn|sh|ty|er|ers|ent|ents)\Z"
         r"|oo\w|\A[wt]h"),
        ("es", r"(?:ci[oó]n|ciones|idad|miento|[aei]ndo|[ai]d[oa]s?|aje|er[oa]s?|ill[oa]|it[oa]|[ae]mos|rse"
         r"|rl[oa]|rme|mente|able|anza|eza|[aei]r|[oa]s|o)\Z|hue|\All"),
        ("de", r"(?:ungs?|ungen|heit|keit|lich\w*|isch\w*|schaft|chen|ieren|iert|ern|eln|nummer|karte|zeit"
         r"|frist|preis|gebühr|weise|seite|los|bar|ig|ig[en]n?|tz|e?te?n?|eich|reit)\Z|sch|\Age\w+t\Z|pf|zw|[äöü]"
         r"|\A(?:ver|zer|ent|auf|aus|ein|vor|zurück|über|rück|ab|an|be|er|um|un)\w{3,}(?:en|t)\Z"),
        ("fr", r"(?:tions?|ements?|eurs?|euses?|eux|aux|ités?|iques?|ai[st]|aient|ez|ons|ette|elle|oire?|ées?"
         r"|és|ie|age|quer|té|ille|[ae]nce|i[eè]re?|er|re|es?|ents?|ts)\Z|eau|oi[rtx]|ou[rtv]"),
        ("it", r"(?:zion[ei]|ment[oi]|ità|tà|aggio|ezza|[aei]re|at[oaie]|uto|ell[oa]|etto|ini|issimo|o|i)\Z"
         r"|gli|zz|cch"),
        ("pt", r"(?:ção|ções|mento|dade|ei|eir[oa]|inh[oa]|agem|ou|[ai]d[oa]s?|mente|[aei]r|[oa]s|o|em|ão)\Z"
         r"|lh|nh"),
        ("nl", r"(?:heid|lijke?|ing|ingen|tje|atie|eren|aal|oos|en)\Z|ij|aa|ee[rlnt]|oe[krn]|uu|sch[r]"),
    )
)  # fmt: skip
_ENDING = 0.35
_ONE_LETTER_WORDS = "aàeéioóuy"
_UMLAUTS: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def detect(text: str, before: str | None, supported: Sequence[str]) -> str:
    """The language to answer a message in: one of `supported`, as ISO 639-1 codes.

    `before` is the language of the conversation so far, None at its beginning. It stays while
    the message says nothing else clearly: a number, a name, "ok" or a polite word of another
    language changes nothing. At the beginning, and for a language that is not supported, it is
    the first of `supported`.

    >>> spoken = ("en", "es", "de", "fr")
    >>> detect("Wo ist mein Paket?", None, spoken), detect("#4711", "de", spoken), detect("42", None, spoken)
    ('de', 'de', 'en')
    """
    known = before if before in supported else None
    best = _told(text, supported)
    if best is None or known is None:
        return best or known or supported[0]
    found = _evidence(text)
    return best if found[best] - found.get(known, 0.0) >= CLEAR else known


def detect_last(texts: Iterable[str], supported: Sequence[str]) -> str:
    """The language of the last of a conversation's messages, oldest first, each read after the ones before.

    >>> detect_last(["Hola, ¿tienen lámparas?", "42", "ok"], ("en", "es"))
    'es'
    """
    before: str | None = None
    for text in texts:
        before = detect(text, before, supported) if before else _told(text, supported)
    return before or supported[0]


def recognise(text: str) -> str | None:
    """The language that a text shows to be in, supported or not; None where it shows none.

    >>> recognise("Quanto costa?"), recognise("A-1049-77"), recognise("Merci")
    ('it', None, 'fr')
    """
    return _best(_evidence(text), least=LEAST)


def _told(text: str, supported: Sequence[str]) -> str | None:
    """Which of `supported` a message is in, if it tells, and if it is in none that is not supported."""
    found = _evidence(text)
    best = _best({code: weight for code, weight in found.items() if code in supported}, least=HINT)
    return best if best and max(found.values()) - found[best] < _NEAR else None


def _best(found: dict[str, float], *, least: float) -> str | None:
    """The language with the most evidence; none where it is thin or two have the same."""
    ranked = sorted(found.items(), key=lambda each: -each[1])
    if not ranked or ranked[0][1] < least:
        return None
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        return None
    return ranked[0][0]


@lru_cache(maxsize=512)
def _counted(text: str) -> tuple[tuple[str, float], ...]:
    sample = unicodedata.normalize("NFC", text[:_LONGEST])
    for code, script in _SCRIPTS:
        if len(script.findall(sample)) * 3 > len(sample):
            return ((code, 10.0),)
    sample = _NOT_WORDS.sub(" ", sample).replace("’", "'")
    words = _WORD.findall(sample)
    score: dict[str, float] = {}
    for pattern, weights in _LETTERS:
        if pattern.search(sample.lower()):
            _add(score, weights)
    # Two or more words with capitals may be somebody's name, which is spelled alike in every language.
    may_be_name = len(words) > 1 and all(word.istitle() for word in words)
    for word in words:
        is_brand = not (word.islower() or word.istitle() or word.isupper())
        _add(score, _word_weights(word.lower(), guesses=not (may_be_name or is_brand)))
    return tuple((code, round(weight, 6)) for code, weight in score.items())


def _evidence(text: str) -> dict[str, float]:
    return dict(_counted(text))


def _add(score: dict[str, float], weights: dict[str, float]) -> None:
    for code, weight in weights.items():
        score[code] = score.get(code, 0.0) + weight


def _word_weights(word: str, *, guesses: bool) -> dict[str, float]:
    """What a lower-case word says: itself, else its parts, else its stem or ending where it is guessed at."""
    if len(word) == 1 and word not in _ONE_LETTER_WORDS:
        return {}
    known = _known().get(word)
    if known is not None:
        return known
    if "'" in word or "-" in word:
        parts: dict[str, float] = {}
        for part in re.split("['-]", word):
            if len(part) > 1:
                _add(parts, _word_weights(part, guesses=guesses))
        return parts
    return _guessed(word) if guesses and len(word) >= _SHORTEST_STEMMED else {}


def _guessed(word: str) -> dict[str, float]:
    stems = [code for code in EVERYDAY if stemmer(NAMES[code])(word) in _stems(code)]
    if stems:
        return dict.fromkeys(stems, _INFLECTED / len(stems))
    ends = [code for code, pattern in _ENDINGS if pattern.search(word)]
    return dict.fromkeys(ends, _ENDING / len(ends)) if ends and len(word) >= _SHORTEST_ENDING else {}


@lru_cache(maxsize=1)
def _known() -> dict[str, dict[str, float]]:
    """What each listed word says, in full, without its accents, and with "ae" for "ä"."""
    spellings: dict[str, dict[str, float]] = {}
    for exact in (True, False):
        for usual, lists in ((1.0, EVERYDAY), (_COURTESY, COURTESIES)):
            for code, words in lists.items():
                grammar = stop_words(NAMES[code])
                for word in words.split():
                    weight = _GRAMMAR if word in grammar else usual
                    for form in {word} if exact else _respelled(word):
                        spellings.setdefault(form, {}).setdefault(code, weight)
    return {
        word: {code: weight / len(weights) for code, weight in weights.items()}
        for word, weights in spellings.items()
    }


@lru_cache(maxsize=16)
def _stems(code: str) -> frozenset[str]:
    stem = stemmer(NAMES[code])
    words = f"{EVERYDAY[code]} {COURTESIES[code]}".split()
    return frozenset(stem(word) for word in words if len(word) >= _SHORTEST_STEMMED)


def _respelled(word: str) -> set[str]:
    """The ways a word is typed on a keyboard that lacks its letters."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )
    spelled_out = word.translate(str.maketrans(_UMLAUTS))
    return {bare, spelled_out, word}
