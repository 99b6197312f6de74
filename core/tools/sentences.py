"""What the desk says while it fills a tool in, in the languages it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """Names in braces are filled in with `str.format`."""

    go_ahead: str
    cancelled: str
    what_to_change: str
    not_understood: str
    which: str
    no_choice: str
    needed: str
    gave_up: str
    resume: str
    or_word: str
    failed: str
    unknown: str
    waits: str


_ENGLISH = Sentences(
    go_ahead="Shall I go ahead? (yes or no)",
    cancelled="All right, I have stopped. Nothing was changed.",
    what_to_change="What should be different?",
    not_understood="I did not understand that.",
    which="Do you mean {options}?",
    no_choice="I can't do this: there is nothing to choose from for “{label}”.",
    needed="I need this to go on.",
    gave_up="I can't get any further with this, and nothing was changed. Shall I bring in a person?",
    resume="Back to “{title}”:",
    or_word="or",
    failed="I can't reach our system for this at the moment, so nothing was changed. Please try again "
    "in a while.",
    unknown="I could not see whether this went through, so I have asked a person to look. Please don't "
    "do it again.",
    waits="That is more than I may do by myself. I have asked a colleague to approve it and will tell you.",
)
_SPANISH = Sentences(
    go_ahead="¿Lo hago? (sí o no)",
    cancelled="De acuerdo, lo he dejado. No se ha cambiado nada.",
    what_to_change="¿Qué debe ser diferente?",
    not_understood="No lo he entendido.",
    which="¿Quiere decir {options}?",
    no_choice="No puedo hacerlo: no hay nada que elegir para «{label}».",
    needed="Lo necesito para continuar.",
    gave_up="No consigo avanzar con esto y no se ha cambiado nada. ¿Quiere que avise a una persona?",
    resume="Volviendo a «{title}»:",
    or_word="o",
    failed="Ahora mismo no puedo acceder a nuestro sistema, así que no se ha cambiado nada. Inténtelo "
    "más tarde.",
    unknown="No he podido ver si se ha hecho, así que he pedido a una persona que lo mire. No lo repita, "
    "por favor.",
    waits="Eso es más de lo que puedo hacer yo. He pedido la aprobación de un compañero y le avisaré.",
)
_GERMAN = Sentences(
    go_ahead="Soll ich das tun? (ja oder nein)",
    cancelled="Gut, ich habe aufgehört. Es wurde nichts geändert.",
    what_to_change="Was soll anders sein?",
    not_understood="Das habe ich nicht verstanden.",
    which="Meinen Sie {options}?",
    no_choice="Das geht nicht: Für „{label}“ gibt es nichts zur Auswahl.",
    needed="Ich brauche das, um weiterzumachen.",
    gave_up="Ich komme hier nicht weiter, und es wurde nichts geändert. Soll ich einen Menschen holen?",
    resume="Zurück zu „{title}“:",
    or_word="oder",
    failed="Ich erreiche unser System gerade nicht, es wurde also nichts geändert. Bitte später noch "
    "einmal versuchen.",
    unknown="Ich konnte nicht sehen, ob das geklappt hat, und habe einen Menschen gebeten nachzusehen. "
    "Bitte nicht wiederholen.",
    waits="Das ist mehr, als ich allein tun darf. Ich habe einen Kollegen um Freigabe gebeten und "
    "melde mich.",
)
_FRENCH = Sentences(
    go_ahead="Dois-je le faire ? (oui ou non)",
    cancelled="D'accord, j'ai arrêté. Rien n'a été modifié.",
    what_to_change="Que faut-il changer ?",
    not_understood="Je n'ai pas compris.",
    which="Voulez-vous dire {options} ?",
    no_choice="Je ne peux pas le faire : il n'y a rien à choisir pour « {label} ».",
    needed="J'en ai besoin pour continuer.",
    gave_up="Je n'arrive pas à avancer et rien n'a été modifié. Dois-je faire venir une personne ?",
    resume="Revenons à « {title} » :",
    or_word="ou",
    failed="Je n'arrive pas à joindre notre système, donc rien n'a été modifié. Merci de réessayer plus "
    "tard.",
    unknown="Je n'ai pas pu voir si cela a été fait ; j'ai demandé à une personne de vérifier. "
    "Merci de ne pas recommencer.",
    waits="C'est plus que ce que je peux faire seul. J'ai demandé l'accord d'un collègue et je vous "
    "préviendrai.",
)
_ALL: Mapping[str, Sentences] = {"en": _ENGLISH, "es": _SPANISH, "de": _GERMAN, "fr": _FRENCH}


def sentences(language: str) -> Sentences:
    """The sentences in a language, by its two letters; English where it is not spoken here."""
    return _ALL.get(language, _ENGLISH)
