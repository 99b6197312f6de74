"""When a person should take over: what the customer says, and how the turns before went."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from core.messages import Outcome

Trigger = Literal["asked", "two_failures", "anger", "policy", "low_confidence", "outage", "approval"]
"""Why a person is called. The desk finds the first three and `low_confidence` by itself."""

FAILURES = frozenset({Outcome.UNSURE, Outcome.REFUSED})
MOST_FAILURES = 2
_ALWAYS_NEWS: frozenset[Trigger] = frozenset({"asked", "outage", "approval"})

_PERSON = (
    r"(?:(?:real|live|actual|human) )?(?:person|human(?: being)?|agent|representative|somebody real"
    r"|someone real"
    r"|operator|advisor|adviser|supervisor|manager)"
)
_STAFF = r"(?:(?:your |the )?(?:staff|support team|customer service|customer support|helpdesk|help desk))"
_ASKING = re.compile(
    "|".join(
        (
            # English: a wish or a demand, and a person as its object.
            r"\b(?:speak|talk|chat|connect(?: me)?|transfer(?: me)?|pass me(?: on)?|put me through"
            r"|escalate(?: this)?"
            rf"|hand me over|get me through)(?: \w+)? (?:to|with) (?:an? |the |your "
            rf"|some ?)?(?:{_PERSON}|{_STAFF}"
            r"|somebody|someone|one of your people|people)\b",
            rf"\b(?:i want|i need|i would like|i d like|get me|give me|let me have|bring in|call) "
            rf"(?:an? |the |your )?{_PERSON}\b",
            r"^(?:an? )?(?:(?:real|live|actual) )?(?:person|human(?: being)?|agent|representative|operator)"
            r"(?: now)?(?: please| pls)?(?: now)?$",
            r"\b(?:real|live|actual) (?:person|human|agent) (?:please|pls|now)\b",
            r"\b(?:not|no more|stop the) (?:a |this )?(?:bots?|robots?|machines?)\b.*\b(?:person|human"
            r"|agent)\b",
            r"\b(?:person|human|agent)\b.*\bnot (?:a |this )?(?:bot|robot|machine)\b",
            # Spanish.
            r"\b(?:hablar|hablo|chatear|comuni\w+|pas\w+|conect\w+|contact\w+"
            r"|transfi\w+)(?: \w+){0,2} con (?:una? |el |la |alguna? )?"
            r"(?:persona|humano|agente|operadora?|asesora?|representante|alguien|ser humano)\b",
            r"\b(?:quiero|necesito|quisiera|dame|prefiero) (?:una? )?(?:persona(?: real)?|humano"
            r"|agente(?: humano)?"
            r"|operadora?|asesora?|representante)\b",
            r"^(?:una? )?(?:persona real|agente humano|humano|agente|persona"
            r"|operadora?)(?: ya)?(?: por favor)?$",
            # German.
            r"\bmit (?:einem |einer |dem |der |ihrem |ihrer |jemand(?:em)? )?(?:echten |richtigen "
            r"|lebenden )?"
            r"(?:menschen|person|mitarbeiter(?:in|n)?|berater(?:in)?|agenten|kundenberater(?:in)?"
            r"|kundendienst|support"
            r"|jemand(?:em)?)(?: \w+){0,3} (?:sprechen|reden|chatten|verbinden|schreiben|telefonieren"
            r"|verbunden)\b",
            r"\b(?:sprechen|reden|verbinden sie mich|verbinde mich) (?:\w+ )?mit (?:einem |einer )?"
            r"(?:echten |richtigen )?(?:menschen|person|mitarbeiter(?:in)?|berater(?:in)?|agenten)\b",
            r"\b(?:ich (?:will|mochte|brauche|hatte gern)|geben sie mir|gib mir) (?:einen |eine |bitte )?"
            r"(?:echten |echte |richtigen |richtige )?(?:menschen|person|mitarbeiter(?:in)?"
            r"|berater(?:in)?)\b",
            r"^(?:bitte )?(?:einen |eine )?(?:echten |echte |echter )?(?:mensch|menschen|person"
            r"|mitarbeiter(?:in)?)(?: bitte)?$",
            # French.
            r"\b(?:parler|discuter|echanger|mettre en relation|mettez moi en relation|passez moi"
            r"|transferez moi|joindre)"
            r"(?: \w+)? (?:a|avec|vers) (?:une? |l |le |la |quelqu )?(?:vraie? |autre )?"
            r"(?:personne|humain|etre humain|agent|conseiller|conseillere|operateur|responsable|un)\b",
            r"\b(?:je veux|je voudrais|j aimerais|il me faut|passez moi|donnez moi) (?:une? )?(?:vraie? )?"
            r"(?:personne|humain|etre humain|agent|conseiller|conseillere|operateur)\b",
            r"^(?:une? )?(?:vraie? )?(?:personne|humain|agent|conseiller|conseillere)(?: humaine?)?"
            r"(?: s il vous plait| svp| stp)?$",
        )
    )
)
_ABOUT_PERSONS = re.compile(
    # How a call goes, or what somebody else said, is a question or a story and not a wish.
    r"\b(?:do|does|did|will|would) (?:i|we|one|you|customers?) (?:\w+ )?(?:speak|talk|chat|get connected)\b"
    r"|\b(?:when|if|once) (?:i|we|you) (?:call|phone|ring|visit|come)\b"
    r"|\b(?:i|we|he|she|they) (?:already |just )?(?:spoke|talked|chatted|have spoken|have talked"
    r"|was talking)\b"
    r"|\b(?:don t|do not|didn t|did not|never) (?:want|need|wish|like) (?:to )?(?:speak|talk|chat|an?"
    r"|the)\b"
    r"|\bno (?:need|quiero)\b"
    r"|\b(?:wenn|falls) (?:ich|wir|man) (?:\w+ )?(?:anrufe|anrufen|anruft|komme|kommen)\b"
    r"|\b(?:cuando|si) (?:llamo|llame|llamamos|voy)\b"
    r"|\b(?:quand|lorsque|si) (?:j appelle|on appelle|nous appelons|je viens)\b"
)
_INSULTS = re.compile(
    # At the desk or its makers; a word like "damn" alone colours a sentence and calls nobody.
    r"\b(?:fuck\w*|wtf|bullshit|assholes?|bastards?|piss(?:ed)? off|scammers?|you(?: are"
    r"| re)? (?:all )?(?:idiots?|stupid"
    r"|useless|liars?|thieves|crooks)|stupid (?:bot|robot|machine|thing|computer)|useless (?:bot|robot"
    r"|machine|thing|piece)"
    r"|piece of (?:shit|crap|garbage|junk)|shut up|go to hell|screw you"
    r"|mierda|gilipollas|imbecil(?:es)?|idiotas?|estafadores|vete a la|que asco"
    r"|scheiss\w*|arschloch|arschlocher|idioten|drecks\w+|verarsch\w*|betruger|leck mich|saftladen"
    r"|merde|putain|connards?|conn?asse|foutez|foutage|escrocs?|bande d)\b"
)
_ANGER = re.compile(
    r"\b(?:ridiculous|outrageous|unacceptable|furious|fed up|sick of (?:this|it|you)|i m angry"
    r"|i am angry|so angry"
    r"|worst (?:service|support|company|experience)|waste of (?:my )?time|disgrace(?:ful)?|disgusting"
    r"|my lawyer|sue you|never again|rip ?off|terrible service|how dare you"
    r"|inaceptable|indignante|estoy hart[oa]|verguenza|ridiculo|furios[oa]|mi abogado|perdida de tiempo"
    r"|peor servicio"
    r"|unverschamt\w*|inakzeptabel|unfassbar|frechheit|wutend|stinksauer|mein anwalt|zeitverschwendung"
    r"|lacherlich"
    r"|inadmissible|inacceptable|scandaleux|honteux|ras le bol|furieu(?:x|se)|mon avocat|perte de temps"
    r"|marre de (?:vous|ce|cette)|ridicule)\b"
)
_SHOUTED_MARKS = re.compile(r"[!?]*!{2,}[!?]*|[!?]{3,}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORTEST_SHOUT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """What calls a person by itself.

    `low_confidence` is the confidence (0 to 1) under which an answer that was given is not
    trusted; 0 trusts all. `words` are those of a tenant's own that always go to a person,
    such as "chargeback", compared without case and accents. `on_anger` and `on_failures`
    switch those two off.
    """

    low_confidence: float = 0.0
    words: tuple[str, ...] = ()
    on_anger: bool = True
    on_failures: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the desk's own attempt at this turn came out."""

    outcome: Outcome
    confidence: float


def should_hand_off(
    before: Sequence[Outcome], text: str, ended: Ended | None, policy: EscalationPolicy
) -> Trigger | None:
    """Why a person should take over now, or None.

    `before` are the outcomes of the turns since a person last left the conversation, oldest
    first; `text` what the customer says now; `ended` what the desk made of it, None before it
    has tried. So the function is asked twice in a turn: first for what the words alone say,
    then for how the attempt went.

    >>> should_hand_off([], "Can I talk to a real person, please?", None, EscalationPolicy())
    'asked'
    >>> ended = Ended(outcome=Outcome.UNSURE, confidence=0.1)
    >>> should_hand_off([Outcome.UNSURE], "And in Spain?", ended, EscalationPolicy())
    'two_failures'
    """
    if asks_for_a_person(text):
        return "asked"
    plain = _plain(text)
    if any(f" {_plain(word)} " in f" {plain} " for word in policy.words if _plain(word)):
        return "policy"
    if policy.on_anger and is_angry(text):
        return "anger"
    return _after_trying(before, ended, policy) if ended else None


def _after_trying(before: Sequence[Outcome], ended: Ended, policy: EscalationPolicy) -> Trigger | None:
    if policy.on_failures and failures([*before, ended.outcome]) >= MOST_FAILURES:
        return "two_failures"
    is_doubtful = ended.outcome is Outcome.ANSWERED and ended.confidence < policy.low_confidence
    return "low_confidence" if is_doubtful else None


def is_news(trigger: Trigger, handled: Collection[Trigger], outcomes: Sequence[Outcome]) -> bool:
    """Whether a person should be called again, after one gave the conversation back.

    `handled` are the triggers people were called for before in this conversation, `outcomes`
    those since the last of them left. What was handled is not news until two turns in a row
    have failed since. That the customer asks, that nothing works, and that an action waits for
    a yes, is news each time.

    >>> is_news("anger", {"anger"}, [])
    False
    >>> is_news("anger", {"anger"}, [Outcome.UNSURE, Outcome.UNSURE])
    True
    """
    if not handled or trigger in _ALWAYS_NEWS or failures(outcomes) >= MOST_FAILURES:
        return True
    return trigger != "two_failures" and trigger not in handled


def failures(outcomes: Sequence[Outcome]) -> int:
    """How many of the newest outcomes in a row are failures.

    >>> failures([Outcome.UNSURE, Outcome.ANSWERED, Outcome.UNSURE, Outcome.REFUSED])
    2
    """
    count = 0
    for outcome in reversed(outcomes):
        if outcome not in FAILURES:
            break
        count += 1
    return count


def asks_for_a_person(text: str) -> bool:
    """Whether somebody wants to be put through to a person, in English, Spanish, German or French.

    A question about persons is none: what it asks is in the documents or is not.

    >>> asks_for_a_person("Agent, please!"), asks_for_a_person("Is there an agent in Berlin?")
    (True, False)
    """
    plain = _plain(text)
    return bool(_ASKING.search(plain)) and not _ABOUT_PERSONS.search(plain)


def is_angry(text: str) -> bool:
    """Whether somebody swears at the desk, or shows anger in two ways at once.

    An insult is enough. Of angry words, shouting in capitals and piled-up marks it takes two:
    one alone is also how people write who are only in a hurry.

    >>> is_angry("THIS IS RIDICULOUS"), is_angry("MY ORDER IS A-1234"), is_angry("Thanks!!!")
    (True, False, False)
    """
    plain = _plain(text)
    if _INSULTS.search(plain):
        return True
    words = len({match.group() for match in _ANGER.finditer(plain)})
    return words + _is_shouted(text) + bool(_SHOUTED_MARKS.search(text)) >= 2


def _is_shouted(text: str) -> bool:
    """Whether most words of some length are in capitals, and there are a few of them."""
    words = _WORD.findall(text)
    loud = [word for word in words if word.isupper()]
    return len(loud) >= _SHORTEST_SHOUT and len(loud) * 3 >= len(words) * 2


def _plain(text: str) -> str:
    """Lower-case words without accents or marks, one space between."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))
