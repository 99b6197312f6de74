"""When two questions are one: `form` is what is left of one when its manner of asking is taken away."""

from __future__ import annotations

import re

from core.facts import normal
from core.language import language_of, stemmer, stop_words, word_set

_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|good (?:morning|day|evening|afternoon)|please|so|ok|okay|well|sorry|excuse me"
    r"|(?:can|could|would|will) you (?:please )?(?:tell|show) me|(?:please )?(?:tell|show) me|do you know"
    r"|(?:i|we)(?:'d| would) (?:like|love) to (?:know|ask)|i (?:want|need) to (?:know|ask)"
    r"|i have a (?:quick )?question|quick question|just wondering)\b[\s,.:!-]*)+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[\s,.!?-]*(?:\b(?:please|thanks|thank you|thx|pls|cheers)\b(?: a lot| so much| very much| in advance)?"
    r"[\s,.!?]*)+\Z",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?:(?<=\s)|\A)-\d+(?:[.,:/]\d+)*|\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?|[^\s\w]|\w")
_SILENT = frozenset(".,!?;:\"'()[]“”„…-–—¿¡`´‘’")
_WRITTEN_OUT = {
    short: words
    for line in """
        can't=can not|cant=can not|cannot=can not|won't=will not|wont=will not|shan't=shall not
        |what's=what is|whats=what is|where's=where is|how's=how is|who's=who is|when's=when is
        |that's=that is|there's=there is|it's=it is|i'm=i am|im=i am|i've=i have|ive=i have|i'll=i will
        |i'd=i would|you're=you are|we're=we are|we've=we have|dont=do not|doesnt=does not
        |didnt=did not|isnt=is not|wasnt=was not|havent=have not|hasnt=has not|couldnt=could not
    """.split("|")
    for short, _, words in [line.strip().partition("=")]
}
_ARTICLE = re.compile(r"(?:(?<=\s)|\A)(?:the|The|an|An|a|\AA)\s+(?=\w)")
_MAY = "do|can|could|should|would|will|must|may|might"
_HOW = re.compile(
    rf"\bhow (?:to|(?:{_MAY}) (?:i|we|one)(?: go about)?|(?:i|we|one) (?:{_MAY})"
    r"|(?:is it possible(?: for me)?|am i able) to)(?=\s|\Z)"
)
_CAN_I = re.compile(r"\b(?:(?:am i|are we) able to|is it possible(?: for (?:me|us))? to)(?=\s|\Z)")
_SAY_NOTHING = word_set("please kindly do does will that there")
_ALIKE = "me i my mine we us our ours|you your yours|can could|is am are|was were|have has|this these those"
_ONE_FOR_ALL = {word: words.split()[0] for words in _ALIKE.split("|") for word in words.split()}
_REACHES_A_PERSON = re.compile(r"[^\s@]@[^\s@]+\.\w|(?:\d[\s().-]{0,2}){7}")


def form(question: str) -> tuple[str, ...]:
    """What a question asks: its words in order, without greetings, grammar that changes nothing, and endings.

    Questions of one form have one answer. Every number, sign, name, negation and preposition
    stays, so what is asked differently by any of them has another form; only English has
    words that are left out. Empty where nothing is asked.

    >>> form("Hi, could you tell me how I can change the PIN?")
    ('how-to', 'chang', 'pin')
    >>> form("How do I change my PIN, please?") == form("how to change my pin")
    True
    >>> form("Can I return it in 14 days?") == form("Can I return it in 30 days?")
    False
    """
    text = normal(" ".join(question.split()))
    text = _CLOSING.sub("", _OPENING.sub("", text, count=1) if _OPENING.match(text) else text)
    language = language_of(text)
    stem = stemmer(language)
    if language != "english":
        return tuple(stem(word) for word in _words(text))
    text = " ".join(_words(_ARTICLE.sub("", text)))
    text = _CAN_I.sub("can i", _HOW.sub("how-to", text))
    grammar = stop_words("english")
    kept = (_ONE_FOR_ALL.get(word, word) for word in text.split() if word not in _SAY_NOTHING)
    return tuple(word if word in grammar or not word.islower() else stem(word) for word in kept)


def names_a_person(question: str) -> bool:
    """Whether it holds an e-mail address, or a number long enough to reach or to name somebody.

    >>> names_a_person("Where is order 123-4567-890?"), names_a_person("Do you ship before 2027?")
    (True, False)
    """
    return _REACHES_A_PERSON.search(question) is not None


def _words(text: str) -> list[str]:
    """Its words in lower case and its signs; `US` and `IT` stay what they are, and no pronouns."""
    grammar = stop_words("english")
    words: list[str] = []
    for token in _TOKEN.findall(text):
        low = token.lower()
        if token in _SILENT:
            continue
        if len(token) > 1 and token.isupper() and low in grammar:
            words.append(token)
        elif low in _WRITTEN_OUT:
            words += _WRITTEN_OUT[low].split()
        elif low.endswith("n't"):
            words += [low[:-3], "not"]
        else:
            words.append(low)
    return words
