"""How a question leans on what was said before it, told from its own words.

English first; the small words of Spanish, German and French as far as they are plain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.language import language_of, stop_words, word_set

Lean = Literal["none", "ordinal", "ellipsis", "pronoun", "bare", "short"]
"""Whole by itself · "the second one" · "and for students?" · "is it free?" · "why?" · "parking?"."""

LONGEST = 2000
"""Characters of a question that are read."""

MOST_JOINED_WORDS = 10
"""Words after "and" that can still be less than a clause."""
MOST_LOOSE_WORDS = 5
"""The same where there is no "and": "for students?"."""

_I = re.IGNORECASE
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_OPENING = re.compile(
    r"^(?:(?:oh|ah|uh|uhh|um|umm|ummm|hmm?|hh|well|so|ok|okay|alright|all right|great|perfect"
    r"|awesome|cool|fine|good|nice"
    r"|excellent|thanks?(?: you)?(?: so much| very much)?|got it|i see|yes|yeah|sure|right|hi|hello"
    r"|hey|please"
    r"|that(?:['’]s| is| sounds?) (?:fine|ok|okay|great|good|perfect|awesome)|sounds? (?:good|great"
    r"|perfect)"
    r"|vale|gracias|bueno|danke|gut|merci|d['’]accord|super)\b[\s,.;!–-]*)+",
    _I,
)
_FILLER = re.compile(r"\b(?:u+h+|u+h*m+|hh+|h?m{2,}|er+m?)\b", _I)
_FRAME = re.compile(
    r"\b(?:do|does|did|would|could|can|will) (?:you|they|it|he|she)(?: happen to)? (?:also |please )*"
    r"(?:know|tell me|tell|check|see|say|find out|look up|explain|confirm)\b(?: (?:if|whether|that|me))?"
    r"|\b(?:i(?:['’]d| would) like to know|i (?:also )?(?:wanted|want|need) to (?:know|check|ask)"
    r"|i was wondering|i wonder)\b(?: (?:if|whether))?"
    r"|\bone (?:more|last|other) (?:thing|question)\b",
    _I,
)
_ORDINALS = {
    1: "first 1st primero primera primer erste ersten erster erstes premier première",
    2: "second 2nd segundo segunda zweite zweiten zweiter zweites deuxième seconde",
    3: "third 3rd tercero tercera tercer dritte dritten dritter drittes troisième",
    4: "fourth 4th cuarto cuarta vierte vierten vierter viertes quatrième",
    5: "fifth 5th quinto quinta fünfte fünften fünfter fünftes cinquième",
    -1: "last latter último última letzte letzten letzter letztes dernier dernière",
    -2: "former",
}
_PLACE = {word: place for place, words in _ORDINALS.items() for word in words.split()}
_ORDINAL = re.compile(
    r"\b(?:the|el|la|der|die|das|den|dem|le) (" + "|".join(_PLACE) + r")"
    r"(?: (?:one|ones|option|choice|item|opción|opcion))?(?=\s*(?:$|[?!.,;]|\b(?:is|are|was|does|do"
    r"|did|has|have|can|will|would"
    r"|cost|costs|include|includes|instead|please|cheaper|better|free|available|included|es|ist|est"
    r"|cuesta|kostet|coûte)\b))"
    r"|\b(?:the|el|la|der|die|das|le) ("
    + "|".join(_PLACE)
    + r") (?:one|ones|option|choice|item|opción|opcion)\b"
    r"|\b(?:option|number|choice|opción|número|nummer|numéro) ([1-9]|one|two|three|four|five)\b",
    _I,
)
_COUNT = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_ELLIPSIS = re.compile(
    r"^(?:(?:and|or|but|so|y|pero|und|aber|et|mais)\b[\s,]*)?[¿]?"
    r"(?:(?:what|how) about|what if|how come|same for|qué tal|qué pasa con|y si|was ist mit"
    r"|wie (?:sieht|steht) es (?:mit|bei)"
    r"|qu['’]en est-il (?:de|des|du|pour)|et si)\b",
    _I,
)
_JOINED = re.compile(r"^[¿\s]*(?:and|or|but|y|o|e|pero|und|oder|aber|et|ou|mais)\b[\s,]*", _I)
_PREPOSITION = re.compile(
    r"^[¿\s]*(?:for|with|without|in|on|at|to|from|by|if|when|after|before|during|inside|outside|abroad"
    r"|para|con|sin|en|desde|hasta|si|cuando|für|mit|ohne|bei|nach|von|aus|wenn|am|im|pour|avec"
    r"|sans|dans|chez|le|quand)\b",
    _I,
)
CLAUSE_WORDS = word_set(
    "what which who whom whose when where why how is are was were do does did can could will would "
    "shall should may might"
    " must has have had am i'm i there qué cuál cuáles quién cuándo dónde cómo cuánto cuánta "
    "cuántos es son está están puedo"
    " puede pueden hay tiene tienen was wer wen wem wann wo warum wie wieviel welche welcher "
    "welches ist sind kann können"
    " gibt hat haben darf muss quel quelle quels quelles qui quand où pourquoi comment combien est "
    "sont peut puis-je"
    " peut-on est-ce y-a-t-il"
)
_PRONOUNS = {
    "english": word_set(
        "it its they them their theirs he him his she her hers this that these those there such "
        "same one ones both latter"
        " either neither another it's that's they're he's she's"
    ),
    "spanish": word_set(
        "eso esto esa ese esos esas aquel aquella ello ellos ellas él ella allí ahí ésta éste"
    ),
    "german": word_set(
        "es ihn ihm ihnen dies diese diesen dieser dieses dort davon dafür damit dazu daran darauf "
        "dabei dessen deren"
    ),
    "french": word_set("il elle ils elles ça cela ceci celui celle ceux celles celui-ci celle-ci"),
}
_EMPTY = re.compile(
    r"\bit(?:['’]s| is| was)? (?:possible|ok|okay|allowed|true|safe|necessary|worth|better|best"
    r"|legal|take|takes|took)\b"
    r"|\b(?:is|was|isn['’]t) it (?:possible|ok|okay|allowed|true|safe|necessary|worth|better|legal)\b"
    r"|\b(?:does|did|will|would) it (?:usually |normally )?take\b(?=.*\b(?:to|for|until|before)\b)"
    r"|\b(?:is|are|was|were|will|isn['’]t|aren['’]t) there\b|\bthere(?:['’]s| is| are| was| were)\b"
    r"|\bth(?:is|ese) (?:morning|afternoon|evening|week|weekend|month|year|summer|winter|spring"
    r"|autumn|days)\b"
    r"|\bthe same (?:day|time)\b|\bat once\b|\b(?:no|any|some|every)[ -]?one\b|\bone (?:day|way"
    r"|time|of|more|another|person|hour|year|month|week)\b"
    r"|\b(?:such as|so that|now that|given that|in that case|those who|anyone)\b|\bhay\b"
    r"|\b(?:gibt es|ist es (?:möglich|erlaubt))\b|\b(?:y a[- ]t[- ]il|il y a|est[- ]il (?:possible"
    r"|permis)|il faut|faut[- ]il)\b",
    _I,
)
_PROCEDURE = re.compile(r"\b(?:how|where|cómo|dónde|wie|wo|comment|où) (?:do|can|could|should|must) i\b", _I)
_BOUND = re.compile(
    r"[,;]|\b(?:if|when|because|and|but|once|after|before|until|unless|while|si|cuando|wenn|quand)\b", _I
)
_WEAK = word_set(
    "need want like know tell say see go going come use used using work works happen happens mean "
    "means help please"
    " available possible okay ok thing things way kind type please sure really actually maybe also "
    "too more else much many long"
    " often far cost costs price expensive cheap different difference detail details example"
)
_MARKS = re.compile(r"[.,;:!?]")
_YOUR = re.compile(r"\b(?:yours?|ihre?n?|vuestr[oa]s?|votre|vos)\b", _I)
_ADDRESSED = re.compile(r"\b(?:your|you|yours|ihr|ihre|ihren|sie|vuestro|ustedes|votre|vos|vous)\b", _I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A question as it was read: what is left of it without its opening, and how it leans.

    `place` is the place of an item that is asked for (1 the first, -1 the last); `rest` is
    what an ellipsis names in the place of something else.
    """

    text: str
    lean: Lean
    place: int = 0
    rest: str = ""
    telling: tuple[str, ...] = ()
    addressed: bool = False
    says_your: bool = False
    is_heard: bool = False


def read(question: str, language: str = "english") -> Reading:
    """How the question leans on what was said before; `language` is that of the conversation.

    >>> read("and for students?").lean, read("Is it free?").lean, read("What are your opening hours?").lean
    ('ellipsis', 'pronoun', 'none')
    """
    question = question[:LONGEST]
    text = " ".join(_FILLER.sub(" ", _OPENING.sub("", question)).split()) or question.strip()
    core = _FRAME.sub(" ", text).strip(" ,?") or text
    telling = tuple(telling_of(core))
    lean, place, rest = _lean(text, core, telling, language)
    return Reading(
        text=text,
        lean=lean,
        place=place,
        rest=rest,
        telling=telling,
        addressed=bool(_ADDRESSED.search(core)),
        says_your=bool(_YOUR.search(core)),
        is_heard=question == question.lower() and not _MARKS.search(question),
    )


def is_only_opening(text: str) -> bool:
    """Whether a text is nothing but what opens or fills one: a greeting, thanks, a yes.

    >>> is_only_opening("Hi!"), is_only_opening("Hi, is it free?")
    (True, False)
    """
    return not _WORDS.search(_FILLER.sub(" ", _OPENING.sub("", text)))


def without_ellipsis(text: str) -> str:
    """The text without "what about" and its like."""
    return _JOINED.sub("", _ELLIPSIS.sub("", text)).strip(" ,?¿")


def telling_of(text: str) -> list[str]:
    """The words that say what a text is about, as they are written; none where there is only grammar.

    >>> telling_of("How much does the bus to Paris cost?")
    ['bus', 'Paris']
    """
    quiet = _quiet(language_of(text))
    return [
        word for word in dict.fromkeys(_WORDS.findall(text)) if word.lower() not in quiet and len(word) > 1
    ]


@lru_cache(maxsize=16)
def _quiet(language: str) -> frozenset[str]:
    return stop_words(language) | stop_words("english") | _WEAK | CLAUSE_WORDS


def _lean(text: str, core: str, telling: Sequence[str], language: str) -> tuple[Lean, int, str]:
    """How it leans, the place it asks for, and the rest of an ordinal or an ellipsis."""
    if ordinal := _ORDINAL.search(text):
        return "ordinal", _place(ordinal), _without(text, ordinal)
    if ellipsis := _ellipsis(core):
        return "ellipsis", 0, ellipsis
    if _refers(core, language):
        return "pronoun", 0, ""
    if not telling:
        return "bare", 0, ""
    is_thin = len(telling) == 1 and not (_ADDRESSED.search(core) or _PROCEDURE.search(core))
    return "short" if is_thin else "none", 0, ""


def _ellipsis(core: str) -> str:
    """What is named in the place of something else, where the text is no clause by itself."""
    if opening := _ELLIPSIS.match(core):
        return core[opening.end() :].strip(" ,?¿")
    joined = _JOINED.match(core)
    rest = core[joined.end() :] if joined else core
    words = _WORDS.findall(rest)
    most = MOST_JOINED_WORDS if joined else MOST_LOOSE_WORDS if _PREPOSITION.match(rest) else 0
    is_clause = bool(words) and words[0].lower() in CLAUSE_WORDS
    return "" if is_clause or len(words) > most else rest.strip(" ,?¿")


def _refers(text: str, language: str) -> bool:
    """Whether a pronoun stands in the text for something that the text does not name before it."""
    plain = _EMPTY.sub(" ", text)
    pronouns = _PRONOUNS.get(language, frozenset()) | _PRONOUNS["english"]
    for word in _WORDS.finditer(plain):
        if word[0].lower() in pronouns:
            before = plain[: word.start()]
            if word[0].lower() == "that" and _heads_clause(before, plain[word.end() :]):
                continue
            bounds = list(_BOUND.finditer(before))
            return not (bounds and telling_of(before[: bounds[-1].start()]))
    return False


def _heads_clause(before: str, after: str) -> bool:
    """Whether a "that" between these says more of a noun ("shoes that fit"), and refers to nothing else."""
    last = _WORDS.findall(before)[-1:]
    return bool(last and telling_of(last[0]) and _WORDS.search(after))


def _place(match: re.Match[str]) -> int:
    word = next(group for group in match.groups() if group).lower()
    return _PLACE.get(word) or _COUNT.get(word) or int(word)


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split()).strip(" ,?¿")
