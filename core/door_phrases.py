"""The desk's own sentences that only some doors say: around answers, not instead of them."""

from __future__ import annotations

from collections.abc import Mapping

from core.phrases import LANGUAGES

DOOR_PHRASES: Mapping[str, Mapping[str, str]] = {
    "sorry": {
        "en": "Sorry, I can't answer at the moment. Please try again in a few minutes.",
        "es": "Lo siento, ahora mismo no puedo responder. Inténtelo de nuevo en unos minutos.",
        "de": "Leider kann ich gerade nicht antworten. Bitte versuchen Sie es in einigen Minuten wieder.",
        "fr": "Désolé, je ne peux pas répondre pour le moment. Veuillez réessayer dans quelques minutes.",
    },
    "slow_down": {
        "en": "That was a lot at once. Please wait a minute and ask again.",
        "es": "Han sido muchas preguntas seguidas. Espere un minuto y vuelva a preguntar.",
        "de": "Das war viel auf einmal. Bitte warten Sie eine Minute und fragen Sie dann noch einmal.",
        "fr": "Cela fait beaucoup à la fois. Attendez une minute et reposez votre question.",
    },
    "too_long": {
        "en": "Your message is too long for me: please ask in up to 2,000 characters.",
        "es": "Su mensaje es demasiado largo: pregunte en un máximo de 2.000 caracteres.",
        "de": "Ihre Nachricht ist zu lang für mich: Bitte fragen Sie in höchstens 2.000 Zeichen.",
        "fr": "Votre message est trop long pour moi : posez votre question en 2 000 caractères au plus.",
    },
    "no_words": {
        "en": "I could not read any words in your message. What would you like to know?",
        "es": "No he podido leer ninguna palabra en su mensaje. ¿Qué desea saber?",
        "de": "Ich konnte in Ihrer Nachricht keine Worte lesen. Was möchten Sie wissen?",
        "fr": "Je n'ai lu aucun mot dans votre message. Que souhaitez-vous savoir ?",
    },
    "person_here": {
        "en": "{name} is here now and reads what you write.",
        "es": "{name} ya está aquí y lee lo que escribe.",
        "de": "{name} ist jetzt da und liest, was Sie schreiben.",
        "fr": "{name} est là et lit ce que vous écrivez.",
    },
    "somebody_here": {
        "en": "A person is here now and reads what you write.",
        "es": "Una persona ya está aquí y lee lo que escribe.",
        "de": "Jetzt ist ein Mensch da und liest, was Sie schreiben.",
        "fr": "Quelqu'un est là et lit ce que vous écrivez.",
    },
    "desk_again": {
        "en": "You are talking to the assistant again.",
        "es": "Vuelve a hablar con el asistente.",
        "de": "Sie sprechen wieder mit dem Assistenten.",
        "fr": "Vous parlez de nouveau à l'assistant.",
    },
    "sources": {"en": "Sources", "es": "Fuentes", "de": "Quellen", "fr": "Sources"},
    "page": {"en": "page {page}", "es": "página {page}", "de": "Seite {page}", "fr": "page {page}"},
    "more": {
        "en": "Reply MORE for the rest.",
        "es": "Responda MÁS para el resto.",
        "de": "Antworten Sie MEHR für den Rest.",
        "fr": "Répondez SUITE pour la suite.",
    },
    "no_more": {
        "en": "That was all of it.",
        "es": "Eso era todo.",
        "de": "Das war alles.",
        "fr": "C'était tout.",
    },
    "rate_by_digit": {
        "en": "Did this help? 1 yes, 2 no",
        "es": "¿Le ha servido? 1 sí, 2 no",
        "de": "Hat das geholfen? 1 ja, 2 nein",
        "fr": "Utile ? 1 oui, 2 non",
    },
    "thanks_up": {
        "en": "Thank you, noted.",
        "es": "Gracias, anotado.",
        "de": "Danke, das ist notiert.",
        "fr": "Merci, c'est noté.",
    },
    "thanks_down": {
        "en": "Thank you, noted. Reply PERSON to talk to somebody.",
        "es": "Gracias, anotado. Responda PERSONA para hablar con alguien.",
        "de": "Danke, das ist notiert. Antworten Sie MENSCH, um mit jemandem zu sprechen.",
        "fr": "Merci, c'est noté. Répondez PERSONNE pour parler à quelqu'un.",
    },
    "opted_out": {
        "en": "{company}: you will get no more messages from us. Reply START to get them again.",
        "es": "{company}: no recibirá más mensajes nuestros. Responda START para volver a recibirlos.",
        "de": "{company}: Sie bekommen keine Nachrichten mehr von uns. Antworten Sie START, um sie wieder "
        "zu bekommen.",
        "fr": "{company} : vous ne recevrez plus de messages. Répondez START pour en recevoir de nouveau.",
    },
    "opted_in": {
        "en": "{company}: you will get our messages again. Ask us anything; reply STOP to end.",
        "es": "{company}: volverá a recibir nuestros mensajes. Pregunte lo que quiera; responda STOP para "
        "terminar.",
        "de": "{company}: Sie bekommen unsere Nachrichten wieder. Fragen Sie uns etwas; STOP beendet das.",
        "fr": "{company} : vous recevrez de nouveau nos messages. Posez vos questions ; STOP pour arrêter.",
    },
    "help": {
        "en": "{company}: ask a question in your own words. PERSON brings in a person, STOP ends messages.",
        "es": "{company}: pregunte con sus palabras. PERSONA avisa a alguien, STOP termina los mensajes.",
        "de": "{company}: Fragen Sie in Ihren Worten. MENSCH holt jemanden dazu, STOP beendet Nachrichten.",
        "fr": "{company} : posez votre question avec vos mots. PERSONNE appelle quelqu'un, STOP arrête tout.",
    },
    "file_taken": {
        "en": "I have your file {name}. Ask me about it.",
        "es": "Tengo su archivo {name}. Pregúnteme sobre él.",
        "de": "Ich habe Ihre Datei {name}. Fragen Sie mich etwas dazu.",
        "fr": "J'ai votre fichier {name}. Posez-moi vos questions.",
    },
    "file_refused": {
        "en": "I could not take your file: {reason}",
        "es": "No he podido aceptar su archivo: {reason}",
        "de": "Ihre Datei konnte ich nicht nehmen: {reason}",
        "fr": "Je n'ai pas pu prendre votre fichier : {reason}",
    },
    "code": {
        "en": "{company}: your code is {code}. It is good for ten minutes.",
        "es": "{company}: su código es {code}. Es válido durante diez minutos.",
        "de": "{company}: Ihr Code ist {code}. Er gilt zehn Minuten.",
        "fr": "{company} : votre code est {code}. Il est valable dix minutes.",
    },
}
"""Each sentence by name and language. Names in braces are filled in."""


def door_phrase(name: str, language: str, /, **values: object) -> str:
    """A sentence of a door; in the first language where the desk does not speak that one.

    Raises:
        KeyError: there is no such sentence, or it has a name to fill in that `values` lack.

    >>> door_phrase("page", "de", page=3)
    'Seite 3'
    """
    sentences = DOOR_PHRASES[name]
    return sentences.get(language, sentences[LANGUAGES[0]]).format(**values)
