"""The desk's own sentences to customers, in every language it speaks.

What documents say stays in their words; the pages' labels are in `ui.languages`.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Misconfigured

LANGUAGES = ("en", "es", "de", "fr")
"""The languages the desk speaks, as ISO 639-1 codes; the first where nothing tells another."""

PHRASES: Mapping[str, Mapping[str, str]] = {
    "nothing_found": {
        "en": "No relevant information found. Would you like me to bring in a person?",
        "es": "No se encontró información sobre esto. ¿Quiere que avise a una persona?",
        "de": "Dazu wurde nichts gefunden. Soll ich einen Menschen hinzuziehen?",
        "fr": "Aucune information trouvée à ce sujet. Souhaitez-vous que j'appelle quelqu'un ?",
    },
    "dont_know": {
        "en": "I don't know: the documents I can see do not answer this. "
        "Would you like me to bring in a person?",
        "es": "No lo sé: los documentos que puedo ver no lo responden. ¿Quiere que avise a una persona?",
        "de": "Das weiß ich nicht: Die Dokumente, die ich sehe, beantworten es nicht. "
        "Soll ich einen Menschen hinzuziehen?",
        "fr": "Je ne sais pas : les documents que je vois n'y répondent pas. "
        "Souhaitez-vous que j'appelle quelqu'un ?",
    },
    "apology": {
        "en": "I am sorry: I can't look into our documents at the moment. "
        "I have passed your question on to a person, with this whole conversation.",
        "es": "Lo siento: ahora mismo no puedo consultar nuestros documentos. "
        "He pasado su pregunta a una persona, con toda esta conversación.",
        "de": "Es tut mir leid: Ich kann gerade nicht in unsere Dokumente sehen. "
        "Ich habe Ihre Frage an einen Menschen weitergegeben, mit diesem ganzen Gespräch.",
        "fr": "Je suis désolé : je ne peux pas consulter nos documents pour le moment. "
        "J'ai transmis votre question à quelqu'un, avec toute cette conversation.",
    },
    "quoted": {
        "en": "Our documents say, in {language}:",
        "es": "Nuestros documentos dicen, en {language}:",
        "de": "In unseren Dokumenten steht auf {language}:",
        "fr": "Nos documents disent, en {language} :",
    },
    "still_coming": {
        "en": "I don't know this one; the person who is on the way will see your question.",
        "es": "Esto no lo sé; la persona que está en camino verá su pregunta.",
        "de": "Das weiß ich nicht; der Mensch, der schon gerufen ist, wird Ihre Frage sehen.",
        "fr": "Cela, je ne le sais pas ; la personne qui arrive verra votre question.",
    },
    "approved": {
        "en": "This has been approved. {text}",
        "es": "Se ha aprobado. {text}",
        "de": "Das wurde freigegeben. {text}",
        "fr": "Cela a été approuvé. {text}",
    },
    "approved_refused": {
        "en": "This was approved, but it can't be done any more, so nothing was changed. {text}",
        "es": "Se aprobó, pero ya no se puede hacer, así que no se ha cambiado nada. {text}",
        "de": "Das wurde freigegeben, geht aber nicht mehr; es wurde nichts geändert. {text}",
        "fr": "Cela a été approuvé, mais ce n'est plus possible ; rien n'a été modifié. {text}",
    },
    "approved_changed": {
        "en": "What you agreed to is no longer the same.",
        "es": "Lo que usted aceptó ya no es lo mismo.",
        "de": "Was Sie bestätigt haben, ist nicht mehr dasselbe.",
        "fr": "Ce que vous aviez accepté n'est plus la même chose.",
    },
    "approved_failed": {
        "en": "This was approved, but I can't reach our system for it at the moment, so nothing was changed. "
        "A person is looking after it.",
        "es": "Se aprobó, pero ahora mismo no puedo acceder a nuestro sistema, así que no se ha cambiado "
        "nada. Una persona se ocupa de ello.",
        "de": "Das wurde freigegeben, aber ich erreiche unser System gerade nicht; es wurde nichts geändert. "
        "Ein Mensch kümmert sich darum.",
        "fr": "Cela a été approuvé, mais je n'arrive pas à joindre notre système, donc rien n'a été modifié. "
        "Une personne s'en occupe.",
    },
    "approved_unknown": {
        "en": "This was approved, but I could not see whether it went through. A person is looking into it. "
        "Please don't do it again.",
        "es": "Se aprobó, pero no he podido ver si se ha hecho. Una persona lo está mirando. "
        "No lo repita, por favor.",
        "de": "Das wurde freigegeben, aber ich konnte nicht sehen, ob es geklappt hat. Ein Mensch sieht "
        "nach. Bitte nicht wiederholen.",
        "fr": "Cela a été approuvé, mais je n'ai pas pu voir si cela a été fait. Une personne vérifie. "
        "Merci de ne pas recommencer.",
    },
    "approval_declined": {
        "en": "This was not approved, so nothing was changed. {text}",
        "es": "No se ha aprobado, así que no se ha cambiado nada. {text}",
        "de": "Das wurde nicht freigegeben; es wurde nichts geändert. {text}",
        "fr": "Cela n'a pas été approuvé ; rien n'a été modifié. {text}",
    },
    "approval_expired": {
        "en": "Nobody could decide on this in time, so nothing was changed. Please ask again, or ask for a "
        "person.",
        "es": "Nadie pudo decidirlo a tiempo, así que no se ha cambiado nada. Vuelva a pedirlo o pida hablar "
        "con una persona.",
        "de": "Darüber konnte niemand rechtzeitig entscheiden; es wurde nichts geändert. Bitte fragen Sie "
        "noch einmal, oder verlangen Sie einen Menschen.",
        "fr": "Personne n'a pu décider à temps ; rien n'a été modifié. Refaites votre demande, ou demandez "
        "une personne.",
    },
    "approval_too_late": {
        "en": "It is too late to stop this: a colleague has approved it, and it is being done. "
        "You will hear how it went.",
        "es": "Ya es tarde para detenerlo: un compañero lo ha aprobado y se está haciendo. "
        "Le diremos cómo ha ido.",
        "de": "Das lässt sich nicht mehr anhalten: Ein Kollege hat es freigegeben, und es wird gerade getan. "
        "Sie hören, wie es ausging.",
        "fr": "Il est trop tard pour l'arrêter : un collègue l'a approuvé, et c'est en cours. "
        "Nous vous dirons ce qu'il en est.",
    },
    "which_of_these": {
        "en": "Which of these do you mean?",
        "es": "¿A cuál de estas cosas se refiere?",
        "de": "Was davon meinen Sie?",
        "fr": "De laquelle de ces choses parlez-vous ?",
    },
    "what_else": {
        "en": "What would you like to know?",
        "es": "¿Qué desea saber?",
        "de": "Was möchten Sie wissen?",
        "fr": "Que souhaitez-vous savoir ?",
    },
    "offer_person": {
        "en": "Would you like me to bring in a person?",
        "es": "¿Quiere que avise a una persona?",
        "de": "Soll ich einen Menschen hinzuziehen?",
        "fr": "Souhaitez-vous que j'appelle quelqu'un ?",
    },
    "closed_door": {
        "en": "I am sorry: this desk does not answer here. Please reach us in another way.",
        "es": "Lo siento: por esta vía no respondemos. Por favor, contacte con nosotros por otra.",
        "de": "Es tut mir leid: Hier wird nicht geantwortet. Bitte erreichen Sie uns auf einem anderen Weg.",
        "fr": "Je suis désolé : nous ne répondons pas ici. Merci de nous joindre par un autre moyen.",
    },
    "my_name": {
        "en": "My name is {name}.",
        "es": "Mi nombre es {name}.",
        "de": "Ich heiße {name}.",
        "fr": "Je m'appelle {name}.",
    },
    "small_talk_greeting": {
        "en": "Hello! What can I do for you?",
        "es": "¡Hola! ¿En qué puedo ayudarle?",
        "de": "Hallo! Was kann ich für Sie tun?",
        "fr": "Bonjour ! Que puis-je faire pour vous ?",
    },
    "small_talk_how_are_you": {
        "en": "All is well here, thank you. What can I do for you?",
        "es": "Por aquí todo bien, gracias. ¿En qué puedo ayudarle?",
        "de": "Hier ist alles in Ordnung, danke. Was kann ich für Sie tun?",
        "fr": "Tout va bien ici, merci. Que puis-je faire pour vous ?",
    },
    "small_talk_thanks": {
        "en": "You are welcome. Is there anything else?",
        "es": "De nada. ¿Desea algo más?",
        "de": "Gern geschehen. Kann ich noch etwas für Sie tun?",
        "fr": "Avec plaisir. Puis-je faire autre chose ?",
    },
    "small_talk_goodbye": {
        "en": "Goodbye, and come back whenever you like.",
        "es": "Adiós, y vuelva cuando quiera.",
        "de": "Auf Wiedersehen, und kommen Sie gern wieder.",
        "fr": "Au revoir, et revenez quand vous voulez.",
    },
    "small_talk_who_are_you": {
        "en": "I am a program that answers from this company's documents, with its sources, and brings in a "
        "person when you ask for one. What would you like to know?",
        "es": "Soy un programa que responde con los documentos de esta empresa, con sus fuentes, "
        "y avisa a una persona cuando usted lo pide. ¿Qué desea saber?",
        "de": "Ich bin ein Programm, das aus den Dokumenten dieser Firma antwortet, mit Quellen, und einen "
        "Menschen holt, wenn Sie das möchten. Was möchten Sie wissen?",
        "fr": "Je suis un programme qui répond à partir des documents de cette entreprise, avec ses "
        "sources, et qui fait venir une personne si vous le demandez. Que souhaitez-vous savoir ?",
    },
    "small_talk_who_are_you_of": {
        "en": "I am a program that answers from the documents of {company}, with its sources, and brings in "
        "a person when you ask for one. What would you like to know?",
        "es": "Soy un programa que responde con los documentos de {company}, con sus fuentes, "
        "y avisa a una persona cuando usted lo pide. ¿Qué desea saber?",
        "de": "Ich bin ein Programm, das aus den Dokumenten von {company} antwortet, mit Quellen, und einen "
        "Menschen holt, wenn Sie das möchten. Was möchten Sie wissen?",
        "fr": "Je suis un programme qui répond à partir des documents de {company}, avec ses "
        "sources, et qui fait venir une personne si vous le demandez. Que souhaitez-vous savoir ?",
    },
    "small_talk_chit_chat": {
        "en": "I am only good at questions about this company. Ask me one of those!",
        "es": "Solo sé responder preguntas sobre esta empresa. ¡Hágame una!",
        "de": "Ich kenne mich nur mit dieser Firma aus. Fragen Sie mich gern etwas dazu!",
        "fr": "Je ne m'y connais qu'en questions sur cette entreprise. Posez-m'en une !",
    },
    "small_talk_chit_chat_of": {
        "en": "I am only good at questions about {company}. Ask me one of those!",
        "es": "Solo sé responder preguntas sobre {company}. ¡Hágame una!",
        "de": "Ich kenne mich nur mit {company} aus. Fragen Sie mich gern etwas dazu!",
        "fr": "Je ne m'y connais qu'en questions sur {company}. Posez-m'en une !",
    },
}
"""Each sentence by name and language. Names in braces are filled in.

`…_of` is the sentence of that name for a desk that knows its company's name.
"""

_LANGUAGE_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {"en": "English", "es": "Spanish", "de": "German", "fr": "French", "it": "Italian",
           "pt": "Portuguese", "nl": "Dutch", "ru": "Russian", "el": "Greek", "ar": "Arabic", "hi": "Hindi"},
    "es": {"en": "inglés", "es": "español", "de": "alemán", "fr": "francés", "it": "italiano",
           "pt": "portugués", "nl": "neerlandés", "ru": "ruso", "el": "griego", "ar": "árabe", "hi": "hindi"},
    "de": {"en": "Englisch", "es": "Spanisch", "de": "Deutsch", "fr": "Französisch", "it": "Italienisch",
           "pt": "Portugiesisch", "nl": "Niederländisch", "ru": "Russisch", "el": "Griechisch",
           "ar": "Arabisch", "hi": "Hindi"},
    "fr": {"en": "anglais", "es": "espagnol", "de": "allemand", "fr": "français", "it": "italien",
           "pt": "portugais", "nl": "néerlandais", "ru": "russe", "el": "grec", "ar": "arabe", "hi": "hindi"},
}  # fmt: skip


def phrase(name: str, language: str, /, **values: object) -> str:
    """A sentence of the desk's own; in its first language where it does not speak that one.

    Raises:
        KeyError: there is no such sentence, or it has a name to fill in that `values` lack.

    >>> phrase("quoted", "fr", language=language_name("de", "fr"))
    'Nos documents disent, en allemand :'
    """
    sentences = PHRASES[name]
    return sentences.get(language, sentences[LANGUAGES[0]]).format(**values)


def language_name(code: str, language: str) -> str:
    """What a language is called in another one, in the middle of a sentence.

    >>> language_name("es", "de"), language_name("de", "en")
    ('Spanisch', 'German')
    """
    return _LANGUAGE_NAMES.get(language, _LANGUAGE_NAMES[LANGUAGES[0]]).get(code, code)


def languages_in(setting: str) -> tuple[str, ...]:
    """The codes of a list with commas, each once, in its order.

    Raises:
        Misconfigured: it names none, or one that the desk does not speak.

    >>> languages_in("de, en,de")
    ('de', 'en')
    """
    codes = tuple(dict.fromkeys(code.strip().lower() for code in setting.split(",") if code.strip()))
    strange = [code for code in codes if code not in LANGUAGES]
    if strange or not codes:
        named = ", ".join(map(repr, strange)) or "no language"
        raise Misconfigured(
            f"FRONTDESK_LANGUAGES names {named}: choose from {', '.join(LANGUAGES)}, the first one first"
        )
    return codes
