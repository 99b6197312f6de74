"""What a customer does in a turn besides giving a value: agree, refuse, cancel, correct, ask why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.slots.reading import Context, Found, Reading

ActName = Literal["cancel", "unknown", "correction", "help"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act and its place; in a correction `rest` is where the new value begins."""

    name: ActName
    start: int
    end: int
    rest: int


_POLITE = (
    r"(?:please|thanks|thank\syou(?:\svery\smuch)?|thx|cheers|mate|sir|madam|gracias|danke|bitte|merci"
    r"|por\sfavor"
    r"|s'il\s(?:vous|te)\spla[iî]t|si'l\svous\splait)"
)
_YES = (
    r"(?:yes|yep|yeah|yea|yup|ya|yess+|aye|ok|okay|okey|k|sure(?:\sthing)?|of\scourse|certainly|absolutely"
    r"|definitely"
    r"|correct|right|exactly|indeed|affirmative|perfect|great|fine|sounds\s(?:good|great|fine|right)"
    r"|(?:that'?s?|it'?s?|this)"
    r"(?:\sis|\slooks|\ssounds)?\s(?:right|correct|fine|ok|okay|good|perfect|great|it)|looks\s(?:good"
    r"|right|fine)|all\sgood"
    r"|go\s(?:ahead|for\sit|on)|do\s(?:it|that|so)|please\sdo|i\s(?:do|am|would|confirm|agree|accept)"
    r"|confirm(?:ed)?|agreed?|approved?"
    r"|proceed|let'?s\sdo\s(?:it|that)|why\snot|you\sbet|by\sall\smeans|book\sit|make\sit\sso|that\sworks"
    r"|works\sfor\sme"
    r"|sí|si|claro(?:\sque\ssí)?|vale|de\sacuerdo|por\ssupuesto|correcto|adelante|dale|ja|jawohl|jo|genau"
    r"|richtig|gerne?|klar|natürlich|einverstanden|in\sordnung|stimmt|passt"
    r"|mach\sdas|oui|ouais|d'accord|bien\ssûr|c'est\s(?:ça|bon|correct)|tout\sà\sfait|volontiers"
    r"|exact(?:ement)?|parfait|allez-y)"
)
_NO = (
    r"(?:no|nope|nah|na|non|not\s(?:really|now|yet|today|at\sall|correct|right|this\stime)|no\sway|never"
    r"|negative|don'?t|do\snot|please\sdon'?t"
    r"|i\s(?:do\snot|don'?t|would\snot|wouldn'?t|am\snot)(?:\s(?:think\sso|want\s(?:to|that|it)|agree))?"
    r"|i'?m\snot|i'?d\srather\snot|rather\snot|better\snot"
    r"|wrong|incorrect|(?:that'?s?|it'?s?|this)(?:\sis)?(?:\snot|n'?t)\s(?:right|correct|it)|(?:that'?s?"
    r"|it'?s?|this)(?:\sis)?\s(?:wrong|incorrect)"
    r"|don'?t\s(?:do\s(?:it|that)|bother|book\sit|proceed)|i\sthink\snot|absolutely\snot|of\scourse\snot"
    r"|certainly\snot|definitely\snot"
    r"|para\snada|claro\sque\sno|mejor\sno|incorrecto|todavía\sno|nein|nee|nö|nicht|auf\skeinen\sfall"
    r"|lieber\snicht|falsch|noch\snicht|gar\snicht"
    r"|pas\s(?:du\stout|vraiment|maintenant|encore)|surtout\spas|jamais|c'est\sfaux)"
)
_ADVERB = (
    r"(?:just|really|very\smuch|now|then|so|too|it|actually|that"
    r"|all|everything|i\sthink|i\sguess|oh|well|um|uh|hm+|ah)"
)
_END = r"[\s.,!;:…-]{0,6}"


def _only(*words: str) -> re.Pattern[str]:
    """A pattern for a message that holds nothing but these words."""
    each = "|".join(words)
    return re.compile(
        rf"\W{{0,4}}(?P<said>(?:{each})(?:{_END}(?:{each})\b){{0,6}}){_END}[^\w?]{{0,3}}\Z", re.IGNORECASE
    )


_ALL_YES = _only(_YES, _POLITE, _ADVERB)
_ALL_NO = _only(
    _NO,
    _POLITE,
    _ADVERB,
    r"i'?m\s(?:good|fine|ok|okay)",
    "that'?s\\sall",
    "(?:that'?s|it'?s)\\s(?:fine|ok|okay)",
)
_HAS_YES, _HAS_NO = (
    re.compile(rf"(?<!\w){_YES}(?!\w)", re.IGNORECASE),
    re.compile(rf"(?<!\w){_NO}(?!\w)", re.IGNORECASE),
)
_CANCEL = re.compile(
    r"\b(?:never\s?mind|nevermind|forget\s(?:it|that|about\s(?:it|this|that)|the\swhole\sthing)"
    r"|cancel\s(?:that|this|it|the\srequest|everything)"
    r"|(?:let'?s|i\swant\sto|i'?d\slike\sto|can\swe|please)\s(?:stop|quit|cancel|abort|drop\s(?:it|this))"
    r"|abort(?:\sthis)?"
    r"|i(?:'ve|\shave)?\schanged\smy\smind|stop\s(?:it|this|that|here)|leave\sit|drop\s(?:it|that)"
    r"|i\sdon'?t\swant\s(?:to\s(?:continue|do\s(?:this|that))|this|that|it)\sany\s?more"
    r"|olvídalo|olvidalo|olvídelo|déjalo|dejalo|déjelo|da\sigual|ya\sno\squiero|vergiss\s(?:es|das)"
    r"|vergessen\ssie\s(?:es|das)|lass(?:en\ssie)?\s(?:es|das)(?:\ssein)?|abbrechen"
    r"|egal|laissez?\s(?:tomber|moi)|oubliez?(?:[\s-](?:ça|cela|le))?|annulez?\s(?:ça|tout|cela)"
    r"|tant\spis)\b",
    re.IGNORECASE,
)
_CANCEL_ALONE = re.compile(
    rf"\W{{0,4}}(?:(?:no|ok|okay|oh|well|actually|please|{_POLITE}){_END}){{0,3}}"
    r"(?P<said>stop|cancel|quit|exit|abort|end|enough|cancelar|para|basta|stopp|abbruch|annuler|arr[êe]tez?)"
    rf"(?:{_END}{_POLITE}){{0,2}}{_END}\Z",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:(?:i\s)?(?:don'?t|do\snot|dont|didn'?t|can'?t|cannot|couldn'?t)\s(?:really\s|actually\s|even\s"
    r"|quite\s)?(?:know|remember|recall|tell)(?!\s(?:why|if\syou|that|me|him|her|them|you))"
    r"|i'?m\snot\s(?:really\s|quite\s|entirely\s|too\s)?sure|i\sam\snot\s(?:really\s)?sure"
    r"|not\s(?:really\s|quite\s|too\s)?sure|no\s(?:idea|clue)"
    r"|(?:i\s)?have\s?n[o']t?\s(?:a\sclue|any\sidea|got\sa\sclue)|dunno|idk|haven'?t\s(?:a\sclue|decided)"
    r"|beats\sme|who\sknows|i\sforgot|i'?ve\sforgotten|unsure"
    r"|no\s(?:lo\s|la\s)?(?:sé|se)\b|ni\sidea|no\stengo\s(?:ni\s)?idea|no\sme\sacuerdo|no\srecuerdo"
    r"|(?:das\s)?wei(?:ß|ss)\s(?:ich\s|es\s)?nicht|ich\sweiß\s(?:es\s)?nicht"
    r"|keine\sahnung|bin\s(?:mir\s)?nicht\ssicher|je\s(?:ne\s)?sais\spas|j'ai\soublié|aucune\sidée"
    r"|je\s(?:ne\s)?suis\spas\ss[ûu]re?|j'en\ssais\srien)(?!\w)",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"(?:\bwhy\s(?:do|would|are|must|should|is|does)\s(?:you|i|we|that|this|it)\b|\bwhat(?:'s"
    r"|\sis)\s(?:that|this|it)\sfor\b|\bwhat\sdo\syou\s(?:need|mean|want)\b"
    r"|\bwhat\sdoes\s(?:that|this|it)\smean\b|\bwhy\s(?:is\s(?:that|this)|that)\b|\bwhat\s(?:is"
    r"|are)\s(?:my|the)\s(?:options|choices)\b|\bwhere\s(?:do|can)\si\sfind\b"
    r"|\bi\s(?:don'?t|do\snot)\sunderstand\b|\bwhat\sfor\b|\A\W{0,3}(?:help|why|what|huh|ayuda|hilfe|aide"
    r"|warum|por\squé|pourquoi)(?:\sme)?\W{0,4}\Z"
    r"|¿?\bpor\squé\s(?:necesita|quiere|lo)\w*|\bpara\squé\b|\bwarum\s(?:brauchen|wollen|fragen|müssen)\b"
    r"|\bwozu\b|\bpourquoi\s(?:vous|avez|voulez|faut|est-ce)\b)",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:\A\W{0,3}(?:oh\s|oops,?\s|sorry,?\s|wait,?\s|hold\son,?\s|hang\son,?\s){0,3}(?:no|nope|nein"
    r"|non)\s?[,.:;!-]{1,2}\s?(?:not\s\S{1,20}\s?,?\s)?(?=\S)"
    r"|\b(?:actually|rather|instead)\b,?\s?(?:let'?s\s)?(?:make|change|set|say|put)?\s?(?:it"
    r"|that)?\s?(?:to\s)?(?=\S)"
    r"|\bi\s(?:meant|mean|mis-?spoke|meant\sto\ssay)\b,?\s?(?:to\ssay\s)?|\b(?:make|change|set|switch"
    r"|correct|update)\s(?:it|that|this)\s(?:to\s|into\s)?"
    r"|\bsorry,\s(?=\S)|\b(?:should|must|has\sto|ought\sto)\s(?:be|have\sbeen)\s|\boops\b,?\s?"
    r"|\bscratch\sthat\b,?\s?|\bcorrection\b:?\s?"
    r"|\bquise\sdecir\s|\bquería\sdecir\s|\bmejor\s(?=\d)|\b(?:ich\s)?mein(?:te|e)\s|\bdoch\slieber\s"
    r"|\beigentlich\s|\bje\sveux\sdire\s|\bje\svoulais\sdire\s|\bplutôt\s|\ben\sfait\s)",
    re.IGNORECASE,
)


def find_yes_no(text: str, context: Context) -> Iterator[Found]:
    """Yes (True) or no (False), when the message says that and nothing else of weight.

    "Yes but change the date" and "no, 30 years" are neither. Certain only when one was asked for.
    """
    if _CANCEL.search(text) or _UNKNOWN.search(text) or text.rstrip().endswith("?"):
        return
    for pattern, has, value in ((_ALL_NO, _HAS_NO, False), (_ALL_YES, _HAS_YES, True)):
        match = pattern.match(text)
        if match and has.search(text):
            yield Reading(
                value=value,
                start=match.start("said"),
                end=match.end("said"),
                text="yes" if value else "no",
                is_certain=context.is_asked,
            )
            return


def find_acts(text: str) -> list[Act]:
    """The acts in a message, the one to be answered first before the others.

    >>> [(act.name, "no, 30 years"[act.rest:]) for act in find_acts("no, 30 years")]
    [('correction', '30 years')]
    """
    head = text[:2_000]
    found: list[Act] = []
    names: tuple[tuple[ActName, tuple[re.Pattern[str], ...]], ...] = (
        ("cancel", (_CANCEL, _CANCEL_ALONE)),
        ("help", (_HELP,)),
        ("unknown", (_UNKNOWN,)),
    )
    for name, patterns in names:
        match = next((hit for pattern in patterns if (hit := pattern.search(head))), None)
        if match:
            found.append(Act(name=name, start=match.start(), end=match.end(), rest=match.end()))
    is_plain = _ALL_YES.match(head) or _ALL_NO.match(head)
    corrected = None if found or is_plain else _CORRECTION.search(head)
    if corrected and corrected[0].strip():
        end = corrected.end()
        found.append(Act(name="correction", start=corrected.start(), end=end, rest=end))
    return found
