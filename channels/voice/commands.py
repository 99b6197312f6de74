"""What callers say to the talk itself: again, slower, spell it, a person, good-bye, another language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from channels.voice.plain_words import plain_words
from core.escalation import asks_for_a_person

Command = Literal["repeat", "slower", "faster", "spell", "person", "goodbye", "wait", "stop", "links"]

_POLITE = (
    r"(?:please|sorry|excuse me"
    r"|(?:thanks|thank you)(?: very much| so much| a lot)?(?: for (?:all )?your help)?"
    r"|yes|yeah|yep|sure|si|ja|oui|ok|okay|um|uh|oh|well|great|perfect|no|now|and|then|y|und|dann|et"
    r"|alright|por favor|gracias|muchas gracias|perdon|perdone|disculpe|vale|bueno|ahora|bitte|danke"
    r"|vielen dank"
    r"|danke schon|entschuldigung|gut|also|jetzt|nein|s il vous plait|s il te plait|merci"
    r"|merci beaucoup|pardon"
    r"|excusez moi|d accord|bon|alors|non|maintenant)"
)
_CAN_YOU = r"(?:(?:can|could|would|will) you (?:please |maybe |just )?)?"
_PUEDE = r"(?:(?:me )?(?:puede|puedes|podria|podrias) )?"
_KONNEN = r"(?:(?:konnen|konnten|kannst|konntest|wurden) (?:sie|du) (?:das |es |mir )*(?:bitte )?(?:mal )?)?"
_POUVEZ = r"(?:(?:pouvez|pourriez) vous |vous pouvez |tu peux |peux tu )?"

_SAID: Mapping[Command, tuple[str, ...]] = {
    "repeat": (
        rf"{_CAN_YOU}(?:repeat|say)(?: that| it| this| the answer| what you said)?(?: again| once more"
        r"| one more time"
        r"| for me)+",
        rf"{_CAN_YOU}repeat(?: that| it| this| the answer| what you said| yourself)?",
        "what did you say",
        "what was that(?: again)?",
        "come again",
        "again",
        "once more",
        "one more time",
        "pardon(?: me)?",
        "sorry",
        "what",
        "excuse me",
        "i (?:did not|didn t|could not|couldn t) (?:hear|catch|get|understand)(?: that| you| it"
        "| what you said)?",
        rf"{_PUEDE}repet(?:ir|irlo|irmelo|ir eso|ir la respuesta)",
        "rep(?:ita|italo|ite|itelo|itamelo)(?: eso)?",
        "otra vez",
        "como(?: dice| dijo| ha dicho)?",
        "que(?: ha dicho| dijo| dice)?",
        "no (?:le |te |lo )?(?:he )?(?:oido|entendido|entendi|oi)",
        "perdon(?:e)?",
        rf"{_KONNEN}(?:noch ?(?:ein)?mal )?(?:wiederholen|sagen)",
        "wiederhol(?:en|e)(?: sie)?(?: das| es)?(?: noch ?(?:ein)?mal)?",
        "(?:sagen sie (?:das )?)?noch ?(?:ein)?mal",
        "wie(?: bitte)?",
        "was(?: haben sie gesagt| war das)?",
        "(?:das |ich )?(?:hab|habe)(?: ich)?(?: das| sie)? nicht (?:verstanden|gehort)",
        rf"{_POUVEZ}(?:le |la |me )?(?:re)?(?:peter|repeter|redire)(?: ca| cela| la reponse)?",
        "rep(?:e|é)te(?:z|r)?(?: ca| cela)?",
        "encore une fois",
        "comment",
        "(?:je )?(?:n ai|ai) pas (?:bien )?(?:compris|entendu)",
        "qu (?:avez vous|est ce que vous avez) dit",
    ),
    "slower": (
        rf"{_CAN_YOU}(?:(?:speak|talk|go|say (?:that|it)|repeat (?:that|it))(?: again)? )?"
        r"(?:a (?:little |bit )+)?(?:more |much )?(?:slower|slowly)",
        rf"{_CAN_YOU}slow down(?: a (?:little|bit))?",
        "not so fast",
        "(?:you (?:are|re) (?:speaking |talking |going )?|that (?:is|was|s) )?too fast",
        rf"(?:{_PUEDE}(?:hablar|hable|habla|ir|vaya) )?(?:un poco )?mas (?:despacio|lento|lentamente)",
        "no tan rapido",
        rf"{_KONNEN}(?:etwas |ein bisschen |ein wenig )?langsamer(?: sprechen| reden)?",
        "sprechen sie (?:bitte )?(?:etwas |ein bisschen )?langsamer",
        "(?:bitte )?nicht so schnell",
        "zu schnell",
        rf"{_POUVEZ}(?:parle[rz]? )?(?:un peu )?(?:plus lentement|moins vite)",
        "(?:pas|moins) (?:si |trop )?vite",
    ),
    "faster": (
        rf"{_CAN_YOU}(?:(?:speak|talk|go) )?(?:a (?:little |bit )+)?faster",
        rf"(?:{_PUEDE}(?:hablar|hable) )?mas rapido",
        rf"{_KONNEN}(?:etwas )?schneller(?: sprechen| reden)?",
        rf"{_POUVEZ}(?:parle[rz]? )?plus vite",
    ),
    "spell": (
        rf"{_CAN_YOU}spell(?: that| it| this| the name| the number| the address)?(?: out| for me)*",
        "how (?:is|do you|s) (?:that |it )?(?:spell|spelled|spelt|written)(?: that| it)?",
        "(?:letter by letter|digit by digit)",
        rf"{_PUEDE}deletr(?:ear|earlo|earmelo|ear eso|ee|eelo|ea|ealo)",
        "como se (?:escribe|deletrea)(?: eso)?",
        "letra por letra",
        rf"{_KONNEN}buchstabieren(?: sie)?(?: das| es)?",
        "wie (?:schreibt|buchstabiert) man das",
        rf"{_POUVEZ}(?:l |me l )?epele[rz]?(?: ca| cela| le nom| moi ca)?",
        "comment (?:ca|cela|on l) ?(?:s )?(?:ecrit|epelle)",
        "lettre par lettre",
    ),
    "goodbye": (
        r"(?:good ?bye?|bye(?: bye)?|see you(?: later| soon)?|have a (?:nice|good|great|lovely) (?:day"
        r"|one|evening"
        r"|weekend))",
        r"(?:no )?(?:that s|that is|that was|that will be|that ll be) (?:all|it"
        r"|everything)(?: for (?:now|today))?"
        r"(?: i (?:need|needed|wanted))?",
        "nothing else",
        "(?:you can )?hang up(?: now)?",
        "i (?:am|m) done",
        "adios|hasta (?:luego|pronto|la vista|otra)|chao",
        "(?:eso es|es) todo|nada mas",
        "que tenga (?:un )?buen(?:a)? (?:dia|tarde|noche)",
        "(?:auf )?(?:wiederhoren|wiedersehen|wiederschauen)|tschuss|tschuess|ciao|bis (?:bald|dann)",
        "das (?:war|wars|ist|wares)(?: s| es)?(?: schon)?(?: alles)?|nichts mehr|sonst nichts",
        "(?:einen )?(?:schonen|guten) (?:tag|abend)(?: noch)?",
        "au revoir|a bientot|bonne (?:journee|soiree|fin de journee)",
        "(?:c est|ce sera|c etait) tout|rien d autre",
    ),
    "wait": (
        "(?:just )?(?:one|a) (?:moment|second|sec|minute)",
        "just a (?:moment|second|sec|minute)",
        "(?:hold|hang) on(?: a (?:moment|second|sec|minute))?",
        "wait(?: a (?:moment|second|sec|minute))?",
        "(?:give|let) me (?:a (?:moment|second|sec|minute)|check|see|look|think|find (?:it|that)"
        "|get (?:it|that))",
        "un (?:momento|segundo|minuto|momentito)|esper(?:a|e)(?: un (?:momento|segundo|minuto))?",
        "(?:dejeme|deje que) (?:ver|mirar|mire|busque)",
        "(?:einen |ne |eine )?(?:kleinen )?(?:moment|augenblick|sekunde|minute)(?: mal)?",
        "wart(?:e|en)(?: sie)?(?: mal| kurz| einen moment)*",
        "ich (?:schau|schaue|sehe|suche) (?:mal |kurz |das )*(?:nach)?",
        "(?:un|une) (?:moment|instant|seconde|minute)|attende?z(?: (?:un|une) (?:instant|moment"
        "|seconde|minute))?",
        "patientez|ne quittez pas|laissez moi (?:voir|regarder|chercher)",
    ),
    "stop": (
        "stop(?: it| talking| that)?|be quiet|quiet|enough|shut up",
        "para|pare|basta|silencio|callese",
        "stopp|halt|ruhe|still|horen sie auf",
        "arrete[rz]?|taisez vous|ca suffit",
    ),
    "links": (
        rf"{_CAN_YOU}(?:send|text)(?: me| it| that| them| to me)*(?: the| that| those)? ?(?:links?|sources?)"
        r"(?: (?:to|on) my (?:phone|mobile|cell))?(?: (?:by|via|as|in) (?:a )?(?:sms|text"
        r"|text message|message))?",
        rf"{_CAN_YOU}(?:send|text) (?:me )?(?:it|that|them)(?: to me)?(?: (?:to|on) my (?:phone|mobile"
        r"|cell))?"
        r"(?: (?:by|via|as|in) (?:a )?(?:sms|text|text message|message))?",
        rf"{_PUEDE}(?:envi|mand)(?:e|ar|a)?(?:me)? (?:el|los) (?:enlaces?|links?)(?: por (?:sms"
        r"|mensaje(?: de texto)?))?",
        r"(?:schicken|senden) sie mir (?:bitte )?(?:den|die|das) links?(?: per sms)?",
        rf"{_KONNEN}(?:den|die) links? (?:per sms )?(?:schicken|senden)",
        rf"{_POUVEZ}(?:m )?envoye[rz](?: moi)? (?:le|les) liens?(?: par (?:sms|message))?",
    ),
}
_LANGUAGE_WORDS = {
    "en": "english|ingles|englisch|anglais",
    "es": "spanish|espanol|castellano|spanisch|espagnol",
    "de": "german|aleman|deutsch|allemand",
    "fr": "french|frances|franzosisch|francais",
}
_BEFORE_LANGUAGE = (
    r"(?:(?:(?:can|could) (?:we|you|i)|do you|i (?:want|would like|d like|prefer) to|let s|i only|i) "
    r"(?:please )?(?:speak|talk|switch to|continue|go on)(?: with me)?(?: in)?"
    r"|(?:speak|talk|switch to|change to|continue in)|(?:i (?:prefer|want))"
    r"|habl(?:a|as|an|e|ar|amos|emos)(?: usted| ustedes)?(?: en)?"
    r"|(?:puede|podria|podemos|se puede|prefiero|quiero|quisiera) (?:hablar|continuar"
    r"|seguir)(?: conmigo)?(?: en)?"
    r"|sprechen (?:sie|wir)(?: auch)?|konnen (?:wir|sie)(?: bitte)?(?: auf)?|ich (?:mochte|will"
    r"|spreche nur)(?: auf)?"
    r"|parle[rz]?(?: vous)?|(?:on peut|peut on|pouvons nous|pouvez vous|je (?:prefere|veux"
    r"|voudrais)) parler(?: en)?"
    r"|in|en|auf)"
)
_AFTER_LANGUAGE = r"(?:please|speaking|sprechen|reden|weiter|instead|por favor|bitte|s il vous plait)"


def _whole(*cores: str) -> re.Pattern[str]:
    core = "|".join(f"(?:{each})" for each in cores)
    return re.compile(rf"(?:{_POLITE} )*(?:{core})(?: (?:{_POLITE}|{core}))*")


_COMMANDS = {name: _whole(*cores) for name, cores in _SAID.items()}
_LANGUAGES = {
    code: re.compile(
        rf"(?:{_POLITE} )*(?:{_BEFORE_LANGUAGE} )?(?:{words})(?: (?:{_AFTER_LANGUAGE}|{_POLITE}))*"
    )
    for code, words in _LANGUAGE_WORDS.items()
}
_MOST_CHARACTERS = 90


def command_in(text: str) -> Command | None:
    """What the caller wants of the talk itself, where the words want that and nothing else.

    >>> command_in("Könnten Sie das bitte wiederholen?"), command_in("Repeat my last order")
    ('repeat', None)
    """
    said = plain_words(text)
    if not said or len(said) > _MOST_CHARACTERS:
        return None
    for name, pattern in _COMMANDS.items():
        if pattern.fullmatch(said):
            return name
    return "person" if asks_for_a_person(text) else None


def language_wanted(text: str) -> str:
    """The code of the language that the caller asks to speak; "" where none is asked for.

    >>> language_wanted("¿Habla usted español?"), language_wanted("Is the German market open?")
    ('es', '')
    """
    said = plain_words(text)
    if len(said) > _MOST_CHARACTERS:
        return ""
    return next((code for code, pattern in _LANGUAGES.items() if pattern.fullmatch(said)), "")
