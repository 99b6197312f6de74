"""Words that a text message is not a question with: STOP, START, HELP, and the many ways to say STOP."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Asks = Literal["stop", "start", "help"]

PROVIDER_STOPS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE".split())
PROVIDER_STARTS = frozenset("START YES UNSTOP".split())
PROVIDER_HELPS = frozenset("HELP INFO".split())
_PROVIDERS = PROVIDER_STOPS | PROVIDER_STARTS | PROVIDER_HELPS
"""What Twilio acts on by itself by SMS, where the whole text is nothing else."""

_CARRIER_ONLY = frozenset({"cancel", "end", "quit", "revoke"})
"""Ends messages only where a carrier takes it so; elsewhere it is a word of the talk."""
_STOPS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "stop",
            "stopall",
            "stop all",
            "unsubscribe",
            "optout",
            "opt out",
            "cancel",
            "end",
            "quit",
            "revoke",
        ),
        "",
    ),
    **dict.fromkeys(("alto", "parar", "baja"), "es"),
    **dict.fromkeys(("stopp", "abmelden", "abbestellen"), "de"),
    **dict.fromkeys(("arret", "arreter", "arretez", "desabonner", "desinscrire", "desabonnement"), "fr"),
}
_STARTS: Mapping[str, str] = {"start": "", "unstop": ""}
_STARTS_AFTER_STOP: Mapping[str, str] = {
    "yes": "en",
    **dict.fromkeys(("si", "alta", "iniciar", "empezar"), "es"),
    **dict.fromkeys(("ja", "starten", "anmelden"), "de"),
    **dict.fromkeys(("oui", "reprendre", "commencer"), "fr"),
}
"""Begin messages again only for who has ended them: to anybody else they are words of the talk."""
_HELPS: Mapping[str, str] = {"help": "", "info": "", "ayuda": "es", "hilfe": "de", "aide": "fr"}
_MORE = frozenset({"more", "mas", "mehr", "suite", "plus", "weiter", "continuar"})

_POLITE: Mapping[str, str] = {
    "en": "please|pls|plz|hi|hello|hey|ok|okay|thanks|thank you|just|now|right now|immediately|asap|already"
    "|at once|ever|ever again|again|anymore|any more|any longer|for good|forever|no|sorry|i said|stop|yes"
    "|i want you to|i need you to|i d like you to|i would like you to|i am asking you to|i asked you to"
    "|can you|could you|would you|will you|you must|you need to|you have to|kindly|guys",
    "es": "por favor|porfa|hola|gracias|ya|ahora|ahora mismo|nunca|nunca mas|mas|jamas|quiero que|le pido que"
    "|les pido que|pido que|basta|stop|inmediatamente|de una vez|no",
    "de": "bitte|hallo|danke|jetzt|sofort|endlich|ab sofort|nie wieder|nie mehr|mehr|stop|stopp|nein"
    "|ich bitte sie"
    "|konnen sie|konnt ihr|kannst du|umgehend|ich sagte",
    "fr": "s il vous plait|s il te plait|svp|stp|merci|bonjour|maintenant|immediatement|tout de suite|jamais"
    "|plus jamais|stop|non|pouvez vous|je vous demande de|je veux que vous|veuillez",
}
_TEXTS = (
    r"(?:text|texts|text messages?|messages?|msgs?|sms|smses|texting|messaging|alerts?|notifications?|spam)"
)
_YOUR = r"(?:(?:these|those|the|all|all of your|all your|all these|your|any|any more|more|me|us|this) )*"
_ME = r"(?: (?:to )?(?:me|us|my (?:phone|number|cell)|this (?:phone|number)|here))?"
_LIST = rf"(?: from {_YOUR}(?:{_TEXTS}|(?:mailing |texting |text |sms |contact )?list|everything))?"
_MENSAJES = r"(?:mensajes?|sms|textos?|mensajes de texto)"
_SUS = r"(?:(?:mas|sus|estos|esos|los|tus|todos|recibir) )*"
_NACHRICHTEN = r"(?:nachrichten?|sms|textnachrichten|mitteilungen|texte)"
_KEINE = rf"keine (?:weiteren |solchen )?{_NACHRICHTEN}"
_MESSAGES = r"(?:messages?|sms|textos?|envois|notifications)"
_VOS = r"(?:(?:de|des|d|vos|ces|tes|les|tous|recevoir) )*"
_WAYS: Mapping[str, Sequence[str]] = {
    "en": (
        r"stop",
        rf"stop (?:texting|messaging|contacting|writing|bothering|spamming|harassing){_ME}(?: {_TEXTS})?",
        rf"stop (?:sending|with) {_YOUR}{_TEXTS}{_ME}",
        rf"stop sending (?:these|those|this|them|me (?:these|this|stuff|things)){_ME}",
        rf"stop {_YOUR}{_TEXTS}",
        rf"(?:do not|don t|dont|never) (?:text|message|contact|write|sms|spam|bother){_ME}",
        rf"(?:do not|don t|dont|never) send {_YOUR}(?:{_TEXTS}|anything|stuff){_ME}",
        rf"(?:unsubscribe|opt out|remove|opt) (?:me|us|my number|this number)(?: out)?{_LIST}",
        rf"(?:unsubscribe|opt out) (?:from|of) {_YOUR}{_TEXTS}",
        rf"(?:i want to|i wish to|i d like to|i would like to|let me|i) (?:unsubscribe|opt out){_LIST}",
        r"take (?:me|my number|this number) off (?:your|this|the) (?:list|texting list|sms list|text list)",
        rf"no more {_TEXTS}(?: from you)?",
        r"i (?:do not|don t|dont|no longer) (?:want|wish|need)(?: to (?:get|receive|be sent))?"
        rf" {_YOUR}{_TEXTS}(?: from you)?",
        rf"i want {_YOUR}{_TEXTS} to stop",
        r"leave me alone",
        r"cease (?:texting|messaging|contacting) (?:me|us|this number)",
    ),
    "es": (
        r"(?:parar|pare|paren|alto|baja)",
        r"no (?:me|nos) (?:escrib(?:a|an|as|ais)|mand(?:e|en|es|eis)|envi(?:e|en|es|eis)|contact(?:e|en|es)"
        rf"|molest(?:e|en|es))(?: {_SUS}(?:{_MENSAJES}|nada))?",
        rf"(?:deje|dejen|deja|dejad) de (?:escribir|enviar|mandar|molestar|contactar)(?:me|nos)?"
        rf"(?: {_SUS}{_MENSAJES})?",
        rf"(?:ya )?no (?:quiero|deseo) {_SUS}{_MENSAJES}(?: suyos| de ustedes)?",
        rf"(?:quiero|deseo|quisiera) darme de baja de {_SUS}{_MENSAJES}",
        rf"(?:deme|denme|dame|den me) de baja de {_SUS}{_MENSAJES}",
        r"(?:borre|borren|quiten|elimine|eliminen) mi numero(?: de (?:su|la) lista)?",
        rf"(?:basta de|no mas|ni un) {_SUS}{_MENSAJES}",
        r"dejenme en paz|dejeme en paz",
    ),
    "de": (
        r"(?:stop|stopp|abmelden|abbestellen|aufhoren)",
        rf"{_KEINE}(?: mehr)?(?: (?:schicken|senden|an mich|von ihnen|von euch|an diese nummer|mir))*",
        rf"(?:schicken sie|schickt|senden sie|sendet|schick) mir {_KEINE}",
        rf"ich (?:will|mochte|moechte|wunsche|brauche) {_KEINE}(?: mehr)?"
        r"(?: (?:bekommen|erhalten|empfangen|von ihnen|von euch))*",
        r"(?:schreiben sie|schreibt|schreib|kontaktieren sie|kontaktiert) (?:mir|mich|uns)"
        r"(?: (?:nicht|nie))(?: (?:mehr|wieder))?",
        rf"(?:horen sie|hort|hor) auf(?: mir)?(?: (?:zu schreiben|{_NACHRICHTEN} zu (?:schicken|senden)"
        rf"|mit (?:den|diesen|ihren) {_NACHRICHTEN}))?",
        rf"(?:melden sie|meldet|melde) mich von (?:den|diesen|ihren) {_NACHRICHTEN} ab",
        rf"ich (?:will|mochte|moechte) (?:mich von (?:den|diesen|ihren) {_NACHRICHTEN} abmelden"
        rf"|(?:die|diese|ihre) {_NACHRICHTEN} abbestellen)",
        r"(?:nehmen sie|nehmt) (?:mich|meine nummer) (?:von|aus) (?:der|ihrer|eurer) liste",
        r"(?:loschen sie|loscht|entfernen sie) meine nummer(?: aus (?:der|ihrer) liste)?",
        r"(?:lassen sie|lasst|lass) mich in ruhe",
    ),
    "fr": (
        r"(?:stop|arret|arretez|arrete|desabonnement)",
        rf"arrete[zr]? (?:de|d) (?:(?:m|me|nous) )?(?:envoyer|ecrire|contacter|deranger|texter)"
        rf"(?: {_VOS}{_MESSAGES})?",
        rf"arrete[zr]? {_VOS}{_MESSAGES}",
        rf"ne (?:m|me|nous) (?:ecrivez|envoyez|contactez|derangez|ecris|envoie|contacte|textez) plus"
        rf"(?: {_VOS}{_MESSAGES})?",
        rf"plus {_VOS}{_MESSAGES}",
        rf"je ne (?:veux|souhaite|desire) plus {_VOS}{_MESSAGES}(?: de votre part)?",
        rf"(?:desinscrivez|desabonnez|retirez|supprimez|enlevez) moi(?: de (?:la|votre|cette) liste"
        rf"| {_VOS}{_MESSAGES})?",
        r"(?:retirez|supprimez|effacez|enlevez) mon numero(?: de (?:la|votre) liste)?",
        rf"je (?:veux|souhaite|voudrais) me desabonner {_VOS}{_MESSAGES}",
        r"laissez moi tranquille",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """What a text asks of whoever sends the messages, in which language if that shows.

    `by_provider` says that the provider has acted on it too, and answers it by itself.
    """

    asks: Asks
    language: str = ""
    by_provider: bool = False


def keyword_in(text: str, *, has_opted_out: bool, has_carrier: bool = True) -> Keyword | None:
    """What the whole text asks for, if it is nothing but a keyword or another way to say it.

    `has_carrier` is false where no carrier stands behind the door, as with WhatsApp.

    >>> keyword_in("Stop.", has_opted_out=False)
    Keyword(asks='stop', language='', by_provider=False)
    >>> keyword_in("Yes", has_opted_out=True, has_carrier=False)
    Keyword(asks='start', language='en', by_provider=False)
    >>> keyword_in("How do I stop my order?", has_opted_out=False)
    """
    said = _plain(text)
    by_provider = has_carrier and text.strip().upper() in _PROVIDERS
    tables: list[tuple[Asks, Mapping[str, str]]] = [("stop", _STOPS), ("start", _STARTS), ("help", _HELPS)]
    if has_opted_out:
        tables.append(("start", _STARTS_AFTER_STOP))
    for asks, words in tables:
        if said in words and (has_carrier or said not in _CARRIER_ONLY):
            return Keyword(asks=asks, language=words[said], by_provider=by_provider)
    language = _ends_messages(said)
    return Keyword(asks="stop", language=language) if language else None


def wants_more(text: str) -> bool:
    """Whether the text asks for the rest of an answer.

    >>> wants_more("MÁS"), wants_more("more please"), wants_more("more about fees")
    (True, True, False)
    """
    said = _plain(text)
    for polite in ("please", "por favor", "bitte", "svp"):
        said = said.removesuffix(f" {polite}")
    return said in _MORE


def _ends_messages(said: str) -> str:
    """The language of a way to say that no more messages are wanted; empty where it is none."""
    if not said or len(said) > _LONGEST:
        return ""
    return next((language for language, way in _patterns().items() if way.fullmatch(said)), "")


_LONGEST = 120
_COMPILED: dict[str, re.Pattern[str]] = {}


def _patterns() -> Mapping[str, re.Pattern[str]]:
    """A pattern a language for a whole message: one or two ways to say it, among polite words."""
    if not _COMPILED:
        for language, ways in _WAYS.items():
            polite = f"(?:(?:{_POLITE[language]}) ){{0,4}}"
            way = "|".join(ways)
            _COMPILED[language] = re.compile(
                rf"{polite}(?:{way})(?: (?:{_POLITE[language]}|and|y|und|et)){{0,4}}(?: (?:{way}))?"
                rf"(?: (?:{_POLITE[language]})){{0,4}}"
            )
    return _COMPILED


def _plain(text: str) -> str:
    """The text in small letters and digits, without accents, signs and emoji.

    >>> _plain(" ¡No me escriban MÁS! 🙏")
    'no me escriban mas'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in kept).split())
