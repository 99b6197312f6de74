"""What the desk says on the telephone around its answers: short, and in every language it speaks."""

from __future__ import annotations

from collections.abc import Mapping

from core.phrases import LANGUAGES

PHONE_PHRASES: Mapping[str, Mapping[str, str]] = {
    "hello": {
        "en": "Hello, this is the automated assistant.",
        "es": "Hola, soy el asistente automático.",
        "de": "Guten Tag, hier ist der automatische Assistent.",
        "fr": "Bonjour, je suis l'assistant automatique.",
    },
    "hello_of": {
        "en": "Hello, this is the automated assistant of {company}.",
        "es": "Hola, soy el asistente automático de {company}.",
        "de": "Guten Tag, hier ist der automatische Assistent von {company}.",
        "fr": "Bonjour, je suis l'assistant automatique de {company}.",
    },
    "recorded": {
        "en": "This call is recorded.",
        "es": "Esta llamada se graba.",
        "de": "Dieses Gespräch wird aufgezeichnet.",
        "fr": "Cet appel est enregistré.",
    },
    "how_help": {
        "en": "How can I help you?",
        "es": "¿En qué puedo ayudarle?",
        "de": "Wie kann ich Ihnen helfen?",
        "fr": "Que puis-je faire pour vous ?",
    },
    "cut_off": {
        "en": "I am sorry, we were cut off. What were you going to say?",
        "es": "Lo siento, se cortó la llamada. ¿Qué iba a decir?",
        "de": "Es tut mir leid, die Verbindung war unterbrochen. Was wollten Sie sagen?",
        "fr": "Je suis désolé, nous avons été coupés. Que vouliez-vous dire ?",
    },
    "nobody_took_it": {
        "en": "I am sorry, nobody could take your call. Is there anything I can do for you?",
        "es": "Lo siento, nadie ha podido atender su llamada. ¿Puedo ayudarle yo?",
        "de": "Es tut mir leid, niemand konnte Ihren Anruf annehmen. Kann ich etwas für Sie tun?",
        "fr": "Je suis désolé, personne n'a pu prendre votre appel. Puis-je faire quelque chose pour vous ?",
    },
    "still_there": {
        "en": "Are you still there?",
        "es": "¿Sigue ahí?",
        "de": "Sind Sie noch da?",
        "fr": "Êtes-vous toujours là ?",
    },
    "still_there_again": {
        "en": "I can't hear you. Ask me something, or press zero for a person.",
        "es": "No le oigo. Pregúnteme algo o pulse cero para hablar con una persona.",
        "de": "Ich höre Sie nicht. Fragen Sie mich etwas, oder drücken Sie die Null für einen Menschen.",
        "fr": "Je ne vous entends pas. Posez une question, ou appuyez sur zéro pour une personne.",
    },
    "goodbye_silent": {
        "en": "I will hang up now. Please call again whenever you like. Goodbye.",
        "es": "Voy a colgar. Vuelva a llamar cuando quiera. Adiós.",
        "de": "Ich lege jetzt auf. Rufen Sie gern wieder an. Auf Wiederhören.",
        "fr": "Je vais raccrocher. Rappelez quand vous voulez. Au revoir.",
    },
    "goodbye": {
        "en": "Thank you for calling. Goodbye.",
        "es": "Gracias por su llamada. Adiós.",
        "de": "Danke für Ihren Anruf. Auf Wiederhören.",
        "fr": "Merci de votre appel. Au revoir.",
    },
    "too_long": {
        "en": "This call has reached its longest time. Please call again. Goodbye.",
        "es": "Esta llamada ha llegado a su duración máxima. Vuelva a llamar. Adiós.",
        "de": "Dieses Gespräch hat seine längste Dauer erreicht. Rufen Sie gern wieder an. Auf Wiederhören.",
        "fr": "Cet appel a atteint sa durée maximale. Rappelez-nous. Au revoir.",
    },
    "too_many": {
        "en": "All our lines are busy at the moment.",
        "es": "Todas nuestras líneas están ocupadas en este momento.",
        "de": "Im Moment sind alle Leitungen besetzt.",
        "fr": "Toutes nos lignes sont occupées pour le moment.",
    },
    "call_later": {
        "en": "Please call again in a few minutes. Goodbye.",
        "es": "Vuelva a llamar en unos minutos. Adiós.",
        "de": "Bitte rufen Sie in einigen Minuten wieder an. Auf Wiederhören.",
        "fr": "Rappelez dans quelques minutes. Au revoir.",
    },
    "not_caught": {
        "en": "Sorry, I did not catch that.",
        "es": "Perdone, no le he entendido.",
        "de": "Entschuldigung, das habe ich nicht verstanden.",
        "fr": "Pardon, je n'ai pas compris.",
    },
    "not_caught_again": {
        "en": "I still did not catch that. Say it in a few words, or press zero for a person.",
        "es": "Sigo sin entenderle. Dígalo en pocas palabras o pulse cero para hablar con una persona.",
        "de": "Ich habe es wieder nicht verstanden. Sagen Sie es in wenigen Worten, oder drücken Sie die "
        "Null für einen Menschen.",
        "fr": "Je n'ai toujours pas compris. Dites-le en quelques mots, ou appuyez sur zéro pour une "
        "personne.",
    },
    "sorry": {
        "en": "Sorry, I can't answer that just now.",
        "es": "Lo siento, ahora mismo no puedo responder a eso.",
        "de": "Das kann ich gerade leider nicht beantworten.",
        "fr": "Désolé, je ne peux pas répondre à cela pour le moment.",
    },
    "connect_now": {
        "en": "Shall I connect you to a person?",
        "es": "¿Le paso con una persona?",
        "de": "Soll ich Sie mit einem Menschen verbinden?",
        "fr": "Voulez-vous que je vous passe une personne ?",
    },
    "take_message": {
        "en": "Would you like to leave a message?",
        "es": "¿Quiere dejar un mensaje?",
        "de": "Möchten Sie eine Nachricht hinterlassen?",
        "fr": "Voulez-vous laisser un message ?",
    },
    "connecting": {
        "en": "I am connecting you to a person now. One moment please.",
        "es": "Le paso ahora con una persona. Un momento, por favor.",
        "de": "Ich verbinde Sie jetzt mit einem Menschen. Einen Moment bitte.",
        "fr": "Je vous passe une personne maintenant. Un instant, s'il vous plaît.",
    },
    "leave_message": {
        "en": "Nobody is free at the moment. Please leave a message after the tone.",
        "es": "Ahora mismo no hay nadie libre. Deje un mensaje después de la señal.",
        "de": "Gerade ist niemand frei. Bitte hinterlassen Sie nach dem Ton eine Nachricht.",
        "fr": "Personne n'est libre pour le moment. Laissez un message après le signal.",
    },
    "not_connected": {
        "en": "I am sorry, I could not connect you.",
        "es": "Lo siento, no he podido pasarle.",
        "de": "Es tut mir leid, das Verbinden hat nicht geklappt.",
        "fr": "Je suis désolé, je n'ai pas pu vous passer quelqu'un.",
    },
    "person_reads": {
        "en": "Somebody from our team has this now and will get back to you.",
        "es": "Alguien de nuestro equipo lo tiene ahora y le responderá.",
        "de": "Jemand aus unserem Team hat das jetzt und meldet sich bei Ihnen.",
        "fr": "Quelqu'un de notre équipe s'en occupe et reviendra vers vous.",
    },
    "offer_links": {
        "en": "Shall I send you the link by text message?",
        "es": "¿Le envío el enlace por mensaje de texto?",
        "de": "Soll ich Ihnen den Link per SMS schicken?",
        "fr": "Voulez-vous recevoir le lien par SMS ?",
    },
    "links_sent": {
        "en": "I have sent it. Is there anything else?",
        "es": "Se lo he enviado. ¿Desea algo más?",
        "de": "Ich habe ihn geschickt. Kann ich noch etwas für Sie tun?",
        "fr": "C'est envoyé. Puis-je faire autre chose ?",
    },
    "links_failed": {
        "en": "I could not send it. Is there anything else?",
        "es": "No he podido enviarlo. ¿Desea algo más?",
        "de": "Ich konnte ihn nicht schicken. Kann ich noch etwas für Sie tun?",
        "fr": "Je n'ai pas pu l'envoyer. Puis-je faire autre chose ?",
    },
    "no_links": {
        "en": "There is no link that I could send to this number.",
        "es": "No hay ningún enlace que pueda enviar a este número.",
        "de": "Es gibt keinen Link, den ich an diese Nummer schicken könnte.",
        "fr": "Il n'y a pas de lien que je puisse envoyer à ce numéro.",
    },
    "anything_else": {
        "en": "All right. Is there anything else?",
        "es": "De acuerdo. ¿Desea algo más?",
        "de": "In Ordnung. Kann ich noch etwas für Sie tun?",
        "fr": "Entendu. Puis-je faire autre chose ?",
    },
    "is_it_right": {
        "en": "I understood {what}. Is that right?",
        "es": "He entendido {what}. ¿Es correcto?",
        "de": "Ich habe {what} verstanden. Ist das richtig?",
        "fr": "J'ai compris {what}. C'est bien ça ?",
    },
    "read_back": {"en": "{what}.", "es": "{what}.", "de": "{what}.", "fr": "{what}."},
    "say_or_type": {
        "en": "Please say it again, or type it on the keypad and end with the hash key.",
        "es": "Dígalo otra vez o márquelo en el teclado y termine con la tecla almohadilla.",
        "de": "Sagen Sie es bitte noch einmal, oder tippen Sie es ein und drücken Sie am Ende die "
        "Rautetaste.",
        "fr": "Redites-le, ou tapez-le sur le clavier et terminez par la touche dièse.",
    },
    "nothing_to_repeat": {
        "en": "I have not told you anything yet. How can I help you?",
        "es": "Todavía no le he dicho nada. ¿En qué puedo ayudarle?",
        "de": "Ich habe Ihnen noch nichts gesagt. Wie kann ich Ihnen helfen?",
        "fr": "Je ne vous ai encore rien dit. Que puis-je faire pour vous ?",
    },
    "slower": {
        "en": "Of course, I will speak more slowly.",
        "es": "Claro, hablaré más despacio.",
        "de": "Gern, ich spreche langsamer.",
        "fr": "Bien sûr, je parle plus lentement.",
    },
    "faster": {
        "en": "Of course.",
        "es": "Claro.",
        "de": "Gern.",
        "fr": "Bien sûr.",
    },
    "spelled": {"en": "{what}.", "es": "{what}.", "de": "{what}.", "fr": "{what}."},
    "nothing_to_spell": {
        "en": "There was no name or number in what I said.",
        "es": "No había ningún nombre ni número en lo que he dicho.",
        "de": "In dem, was ich sagte, war kein Name und keine Nummer.",
        "fr": "Il n'y avait ni nom ni numéro dans ce que j'ai dit.",
    },
    "take_your_time": {
        "en": "Take your time.",
        "es": "Tómese su tiempo.",
        "de": "Lassen Sie sich Zeit.",
        "fr": "Prenez votre temps.",
    },
    "language": {
        "en": "Of course, let's speak English. How can I help you?",
        "es": "Claro, hablemos en español. ¿En qué puedo ayudarle?",
        "de": "Gern, sprechen wir Deutsch. Wie kann ich Ihnen helfen?",
        "fr": "Bien sûr, parlons français. Que puis-je faire pour vous ?",
    },
    "yes": {"en": "yes", "es": "sí", "de": "ja", "fr": "oui"},
    "no": {"en": "no", "es": "no", "de": "nein", "fr": "non"},
    "a_person": {
        "en": "I want to speak to a person.",
        "es": "Quiero hablar con una persona.",
        "de": "Ich möchte mit einem Menschen sprechen.",
        "fr": "Je voudrais parler à une personne.",
    },
}
"""Each sentence by name and language. Names in braces are filled in."""

FILLERS: Mapping[str, tuple[str, ...]] = {
    "en": ("One moment please.", "I am looking that up.", "Just a moment longer."),
    "es": ("Un momento, por favor.", "Lo estoy mirando.", "Solo un momento más."),
    "de": ("Einen Moment bitte.", "Ich sehe gerade nach.", "Noch einen kleinen Augenblick."),
    "fr": ("Un instant, s'il vous plaît.", "Je regarde cela.", "Encore un petit instant."),
}
"""What is said while an answer takes its time, one after the other."""


def phone_phrase(name: str, language: str, /, **values: object) -> str:
    """A sentence for the telephone; in the first language where the desk does not speak that one.

    Raises:
        KeyError: there is no such sentence, or it has a name to fill in that `values` lack.

    >>> phone_phrase("is_it_right", "en", what="L, two zero")
    'I understood L, two zero. Is that right?'
    """
    sentences = PHONE_PHRASES[name]
    return sentences.get(language, sentences[LANGUAGES[0]]).format(**values)
