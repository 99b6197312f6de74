"""What is said to a caller outside of a talk, by Twilio's own voice or as a talk's last words."""

from __future__ import annotations

from collections.abc import Mapping

from core.phrases import LANGUAGES

WORDS: Mapping[str, Mapping[str, str]] = {
    "full": {
        "en": "Thank you for calling. All lines are busy at the moment.",
        "es": "Gracias por su llamada. En este momento todas las líneas están ocupadas.",
        "de": "Vielen Dank für Ihren Anruf. Im Moment sind alle Leitungen besetzt.",
        "fr": "Merci de votre appel. Toutes nos lignes sont occupées pour le moment.",
    },
    "later": {
        "en": "Please call again a little later. Goodbye.",
        "es": "Vuelva a llamar un poco más tarde, por favor. Adiós.",
        "de": "Bitte rufen Sie etwas später noch einmal an. Auf Wiederhören.",
        "fr": "Veuillez rappeler un peu plus tard. Au revoir.",
    },
    "message": {
        "en": "Please leave a message after the tone, and we will call you back. Press hash when done.",
        "es": "Deje un mensaje después de la señal y le llamaremos. Pulse almohadilla al terminar.",
        "de": "Bitte hinterlassen Sie nach dem Ton eine Nachricht, wir rufen zurück. Beenden Sie mit der "
        "Rautetaste.",
        "fr": "Laissez un message après le signal et nous vous rappellerons. Appuyez sur dièse pour finir.",
    },
    "message_taken": {
        "en": "Thank you, your message has been taken. Goodbye.",
        "es": "Gracias, hemos recibido su mensaje. Adiós.",
        "de": "Danke, Ihre Nachricht ist aufgenommen. Auf Wiederhören.",
        "fr": "Merci, votre message est enregistré. Au revoir.",
    },
    "no_message": {
        "en": "I did not hear a message. Goodbye.",
        "es": "No he oído ningún mensaje. Adiós.",
        "de": "Ich habe keine Nachricht gehört. Auf Wiederhören.",
        "fr": "Je n'ai entendu aucun message. Au revoir.",
    },
    "nobody": {
        "en": "I am sorry, nobody can take your call right now.",
        "es": "Lo siento, ahora mismo nadie puede atender su llamada.",
        "de": "Es tut mir leid, im Moment kann niemand Ihren Anruf annehmen.",
        "fr": "Je suis désolé, personne ne peut prendre votre appel pour le moment.",
    },
    "trouble": {
        "en": "I am sorry, something went wrong on our side.",
        "es": "Lo siento, ha habido un problema por nuestra parte.",
        "de": "Es tut mir leid, bei uns ist etwas schiefgegangen.",
        "fr": "Je suis désolé, un problème est survenu de notre côté.",
    },
    "stopping": {
        "en": "I am sorry, I have to end this call now. Please call again in a few minutes. Goodbye.",
        "es": "Lo siento, tengo que terminar esta llamada. Vuelva a llamar en unos minutos. Adiós.",
        "de": "Es tut mir leid, ich muss dieses Gespräch jetzt beenden. Bitte rufen Sie in einigen Minuten "
        "wieder an. Auf Wiederhören.",
        "fr": "Je suis désolé, je dois mettre fin à cet appel. Rappelez dans quelques minutes. Au revoir.",
    },
}


def words(name: str, language: str) -> str:
    """What is said, in this language; in English where it is none of the desk's."""
    return WORDS[name][language if language in LANGUAGES else "en"]
