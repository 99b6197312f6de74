"""What a question asks for: a time, a number, a person, a place, a reason; and the names in it."""

import re
from typing import Literal

Kind = Literal["time", "number", "who", "where", "why", "other"]

_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "time",
        re.compile(
            r"\bwhen\b|\b(what|which) (year|date|century|decade|month|day|time)"
            r"|\bhow long ago\b|\bsince what\b"
            r"|\bcuándo\b|\bqué (año|fecha|día|mes)|\bwann\b|\bwelche[sm]? (jahr|datum|tag|monat)|\bquand\b"
            r"|\bquelle (date|année)|\bquel (jour|mois|an)",
            re.IGNORECASE,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (many|much|long|old|far|large|big|tall|high|often|fast|soon)\b"
            r"|\bwhat (percent\w*|number|amount|age|population|fraction|proportion|share|price|fee|cost)\b"
            r"|\bwhat does .* cost\b|\bcuánt[oa]s?\b"
            r"|\bwie (viele?|lange|alt|weit|groß|hoch|oft|teuer|schnell)\b"
            r"|\bcombien\b",
            re.IGNORECASE,
        ),
    ),
    (
        "who",
        re.compile(
            r"\bwho(m|se)?\b|\b(what|which) (person|king|leader|general|author|president|minister|company)\b"
            r"|\bquién(es)?\b|\bwe[rnm]\b|\bqui\b",
            re.IGNORECASE,
        ),
    ),
    (
        "where",
        re.compile(
            r"\bwhere\b"
            r"|\b(what|which) (country|city|place|region|state|river|location|town|area|continent|street)\b"
            r"|\bdónde\b|\bwo(hin|her)?\b|\boù\b",
            re.IGNORECASE,
        ),
    ),
    (
        "why",
        re.compile(
            r"\bwhy\b|\bwhat (caused|reason|was the (reason|cause|purpose))"
            r"|\bpor qué\b|\bwarum\b|\bwieso\b|\bpourquoi\b",
            re.IGNORECASE,
        ),
    ),
)
_TIME = re.compile(
    r"\b1\d{3}s?\b|\b20\d\ds?\b|\bcentur"
    r"|\b(mon|tues|wednes|thurs|fri|satur|sun)day|\b(day|week|month|year|hour)s?\b"
    r"|\b(january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]\.?m\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\b\d[\d.,]*|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
    r"|hundred|thousand|million|billion|half|third|quarter|percent|single|both|dozens?|free|immediate\w*)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")
_REASON = re.compile(
    r"\b(because|due to|since|in order to"
    r"|as a result|so that|therefore"
    r"|to (?:avoid|prevent|protect|gain|reduce|increase)|reasons?"
    r"|caused?|led to|porque|weil|wegen|damit|parce que|à cause)\b",
    re.IGNORECASE,
)
_OFFERS = {"time": _TIME, "number": _NUMBER, "who": _NAME, "where": _NAME, "why": _REASON}
_NAMES = re.compile(r"\b[A-Z][\w'’-]+|\b\d[\d.,]*\d\b")
_OPENERS = frozenset(
    "what which who whom whose when where why how is are was were do does did can could should would will in "
    "on at the a an if for of to by from has have had may must i my we our".split()
)


_ASKING = re.compile(
    r"\?(?:\W|$)|¿"
    r"|^\W*(?:(?:hi|hello|hey|please|hallo|bitte|hola|bonjour|salut)\b\W*)?"
    r"(?:what|which|who|whom|whose|when|where|why|how|can|could|may|should|would|will|do|does|did|is|are|am"
    r"|was|were|has|have|tell me|explain|wer|wen|wem|wie|wo|wohin|wann|warum|wieso|welche[rsmn]?|kann|können"
    r"|darf|muss|gibt es|qué|cuál(?:es)?|quién(?:es)?|cuándo|cómo|dónde|cuánt[oa]s?|por qué|puedo|hay"
    r"|qui|que|quel(?:le)?s?|quand|comment|où|pourquoi|combien|est-ce|puis-je|peut-on)\b",
    re.IGNORECASE,
)


def is_asking(text: str) -> bool:
    """Whether somebody asks something with these words, as far as their form shows it.

    >>> [is_asking(text) for text in ("Wie lange dauert das", "lunch? anyone", "Done, thanks!")]
    [True, True, False]
    """
    return bool(_ASKING.search(text))


def asked_for(question: str) -> Kind:
    """The kind of thing that would answer.

    >>> asked_for("How long does a refund take?"), asked_for("Can I pay by card?")
    ('number', 'other')
    """
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), "other")


def offers(kind: str, sentence: str, question: str) -> float:
    """1 when the sentence holds such a thing that the question does not, 0 when not, 0.5 for no demand."""
    pattern = _OFFERS.get(kind)
    if pattern is None:
        return 0.5
    known = question.lower()
    return float(any(match.group().lower() not in known for match in pattern.finditer(sentence)))


def names_in(question: str) -> frozenset[str]:
    """The names and numbers a question speaks of, in lower case.

    >>> sorted(names_in("When did the Normans leave Sicily in 1091?"))
    ['1091', 'normans', 'sicily']
    """
    return frozenset(name.lower() for name in _NAMES.findall(question) if name.lower() not in _OPENERS)
