"""What is said around a transfer and a message: to the person who picks up, and in the ticket."""

from __future__ import annotations

from collections.abc import Mapping

from core.phrases import LANGUAGES

_WORDS: Mapping[str, Mapping[str, str]] = {
    "whisper": {
        "en": "A caller is waiting for you. {summary} The ticket begins with {ticket}. Press any key to take "
        "the call.",
        "es": "Una persona le espera al teléfono. {summary} El caso empieza por {ticket}. Pulse "
        "cualquier tecla para atender la llamada.",
        "de": "Ein Anrufer wartet auf Sie. {summary} Der Vorgang beginnt mit {ticket}. Drücken Sie eine "
        "Taste, um das Gespräch anzunehmen.",
        "fr": "Une personne vous attend au téléphone. {summary} Le dossier commence par {ticket}. "
        "Appuyez sur une touche pour prendre l'appel.",
    },
    "message": {
        "en": "I am sorry, nobody is free right now. Please leave a message after the tone, and we will "
        "call you back. Press hash when you are done.",
        "es": "Lo siento, ahora mismo no hay nadie libre. Deje un mensaje después de la señal y le "
        "devolveremos la llamada. Pulse almohadilla al terminar.",
        "de": "Es tut mir leid, im Moment ist niemand frei. Bitte hinterlassen Sie nach dem Ton eine "
        "Nachricht, wir rufen zurück. Beenden Sie mit der Rautetaste.",
        "fr": "Je suis désolé, personne n'est libre pour le moment. Laissez un message après le signal "
        "et nous vous rappellerons. Appuyez sur dièse pour finir.",
    },
    "links": {
        "en": "{company}: the sources of what I told you on the phone. Reply STOP to end messages.",
        "es": "{company}: las fuentes de lo que le he dicho por teléfono. Responda STOP para terminar.",
        "de": "{company}: die Quellen dessen, was ich Ihnen am Telefon gesagt habe. STOP beendet "
        "Nachrichten.",
        "fr": "{company} : les sources de ce que je vous ai dit au téléphone. Répondez STOP pour arrêter.",
    },
    "unheard": {
        "en": "(a voicemail, {seconds} seconds; its words could not be made out)",
        "es": "(un mensaje de voz de {seconds} segundos; no se han podido entender las palabras)",
        "de": "(eine Sprachnachricht, {seconds} Sekunden; die Worte waren nicht zu verstehen)",
        "fr": "(un message vocal de {seconds} secondes ; les mots n'ont pas pu être compris)",
    },
}


def transfer_words(name: str, language: str, /, **values: object) -> str:
    """A sentence in this language; in the first of the desk's where it speaks no such.

    Raises:
        KeyError: there is no such sentence, or it has a name to fill in that `values` lack.

    >>> transfer_words("unheard", "xx", seconds=4)
    '(a voicemail, 4 seconds; its words could not be made out)'
    """
    sentences = _WORDS[name]
    return sentences.get(language, sentences[LANGUAGES[0]]).format(**values)
