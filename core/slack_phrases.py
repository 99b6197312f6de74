"""The desk's own sentences that only Slack shows: on buttons, on the home tab, around shared answers."""

from __future__ import annotations

from collections.abc import Mapping

from core.phrases import LANGUAGES

_ENGLISH, _SPANISH, _GERMAN, _FRENCH = ("en", "es", "de", "fr")


def _in_each(english: str, spanish: str, german: str, french: str) -> Mapping[str, str]:
    return {_ENGLISH: english, _SPANISH: spanish, _GERMAN: german, _FRENCH: french}


SLACK_PHRASES: Mapping[str, Mapping[str, str]] = {
    "thinking": _in_each("is thinking…", "está pensando…", "denkt nach…", "réfléchit…"),
    "ask_person": _in_each("Ask a person", "Hablar con alguien", "Jemanden fragen", "Demander à quelqu'un"),
    "helpful": _in_each("Helpful", "Útil", "Hilfreich", "Utile"),
    "unhelpful": _in_each("Not helpful", "No es útil", "Nicht hilfreich", "Pas utile"),
    "rated_up": _in_each(
        "👍 Rated as helpful", "👍 Valorada como útil", "👍 Als hilfreich bewertet", "👍 Jugée utile"
    ),
    "rated_down": _in_each(
        "👎 Rated as not helpful",
        "👎 Valorada como no útil",
        "👎 Als nicht hilfreich bewertet",
        "👎 Jugée pas utile",
    ),
    "thanks_up": _in_each(
        "Thank you, noted.", "Gracias, anotado.", "Danke, das ist notiert.", "Merci, c'est noté."
    ),
    "thanks_down": _in_each(
        "Thank you, noted. “Ask a person” below the answer brings somebody in.",
        "Gracias, anotado. «Hablar con alguien», bajo la respuesta, avisa a una persona.",
        "Danke, das ist notiert. „Jemanden fragen“ unter der Antwort holt jemanden dazu.",
        "Merci, c'est noté. « Demander à quelqu'un », sous la réponse, appelle une personne.",
    ),
    "in_direct": _in_each(
        "They will write to you in a direct message.",
        "Le escribirá en un mensaje directo.",
        "Die Antwort kommt als Direktnachricht.",
        "La réponse viendra par message direct.",
    ),
    "not_here": _in_each(
        "I am not in this channel. Invite me with /invite, then show it again.",
        "No estoy en este canal. Invíteme con /invite y vuelva a mostrarlo.",
        "Ich bin nicht in diesem Kanal. Laden Sie mich mit /invite ein und zeigen Sie es dann noch einmal.",
        "Je ne suis pas dans ce canal. Invitez-moi avec /invite, puis montrez-le de nouveau.",
    ),
    "show_everyone": _in_each("Show everyone", "Mostrar a todos", "Allen zeigen", "Montrer à tous"),
    "shown": _in_each(
        "Shown to everyone in the channel.",
        "Se ha mostrado a todos en el canal.",
        "Allen im Kanal gezeigt.",
        "Montré à tout le canal.",
    ),
    "not_shown": _in_each(
        "I can't show this to everyone: it rests on something that not everyone here may see.",
        "No puedo mostrarlo a todos: se basa en algo que no todos aquí pueden ver.",
        "Das kann ich nicht allen zeigen: Es beruht auf etwas, das hier nicht alle sehen dürfen.",
        "Je ne peux pas le montrer à tous : cela repose sur ce que tout le monde ici ne peut pas voir.",
    ),
    "nothing_to_show": _in_each(
        "I only show everyone what rests on documents, and this answer rests on none.",
        "Solo muestro a todos lo que se basa en documentos, y esta respuesta no se basa en ninguno.",
        "Allen zeige ich nur, was auf Dokumenten beruht, und diese Antwort beruht auf keinem.",
        "Je ne montre à tous que ce qui repose sur des documents, et cette réponse n'en a aucun.",
    ),
    "asked": _in_each(
        "{person} asked: {question}",
        "{person} preguntó: {question}",
        "{person} hat gefragt: {question}",
        "{person} a demandé : {question}",
    ),
    "command_help": _in_each(
        "Type `{command}` and a question: only you see the answer, with its sources, until you show it to "
        "everyone. In a direct message or where you mention me I answer in a thread.",
        "Escriba `{command}` y una pregunta: solo usted ve la respuesta, con sus fuentes, hasta que la "
        "muestre a todos. En un mensaje directo, o si me menciona, respondo en un hilo.",
        "Tippen Sie `{command}` und eine Frage: Nur Sie sehen die Antwort mit ihren Quellen, bis Sie sie "
        "allen zeigen. In Direktnachrichten, oder wo Sie mich erwähnen, antworte ich in einem Thread.",
        "Tapez `{command}` et une question : vous seul voyez la réponse, avec ses sources, jusqu'à ce que "
        "vous la montriez à tous. Par message direct, ou si vous me mentionnez, je réponds dans un fil.",
    ),
    "file_reading": _in_each(
        "I am reading {name}. I will say so here when I know it.",
        "Estoy leyendo {name}. Avisaré aquí cuando lo conozca.",
        "Ich lese {name}. Ich sage hier Bescheid, sobald ich es kenne.",
        "Je lis {name}. Je le dirai ici quand je le connaîtrai.",
    ),
    "prompts": _in_each(
        "Ask me, for example", "Pregúnteme, por ejemplo", "Fragen Sie zum Beispiel", "Demandez"
    ),
    "home_help": _in_each(
        "Ask me in a direct message, mention me in a channel, or type `{command}`. Every answer shows what "
        "it rests on; “Ask a person” brings somebody in.",
        "Pregúnteme en un mensaje directo, mencióneme en un canal o escriba `{command}`. Cada respuesta "
        "muestra en qué se basa; «Hablar con alguien» avisa a una persona.",
        "Fragen Sie mich in einer Direktnachricht, erwähnen Sie mich in einem Kanal, oder tippen Sie "
        "`{command}`. Jede Antwort zeigt, worauf sie beruht; „Jemanden fragen“ holt jemanden dazu.",
        "Écrivez-moi un message direct, mentionnez-moi dans un canal, ou tapez `{command}`. Chaque réponse "
        "montre sur quoi elle repose ; « Demander à quelqu'un » appelle une personne.",
    ),
    "home_recent": _in_each(
        "Your recent questions", "Sus preguntas recientes", "Ihre letzten Fragen", "Vos dernières questions"
    ),
    "home_empty": _in_each(
        "You have not asked anything yet.",
        "Todavía no ha preguntado nada.",
        "Sie haben noch nichts gefragt.",
        "Vous n'avez encore rien demandé.",
    ),
    "home_settings": _in_each("Settings", "Ajustes", "Einstellungen", "Réglages"),
    "home_staff": _in_each(
        "Where conversations go that need a person: each becomes a thread there.",
        "Adónde van las conversaciones que necesitan a una persona: cada una es allí un hilo.",
        "Wohin Gespräche gehen, die einen Menschen brauchen: Jedes wird dort ein Thread.",
        "Où vont les conversations qui demandent une personne : chacune y devient un fil.",
    ),
    "home_rules": _in_each(
        "When I answer in a channel, and from which documents.",
        "Cuándo respondo en un canal y con qué documentos.",
        "Wann ich in einem Kanal antworte, und aus welchen Dokumenten.",
        "Quand je réponds dans un canal, et d'après quels documents.",
    ),
    "change": _in_each("Change", "Cambiar", "Ändern", "Changer"),
    "save": _in_each("Save", "Guardar", "Speichern", "Enregistrer"),
    "rules_title": _in_each("Channel rules", "Reglas del canal", "Regeln im Kanal", "Règles du canal"),
    "channel": _in_each("Channel", "Canal", "Kanal", "Canal"),
    "rules_answers": _in_each("I answer", "Respondo", "Ich antworte", "Je réponds"),
    "answers_mention": _in_each(
        "when I am mentioned", "si me mencionan", "wenn ich erwähnt werde", "si on me mentionne"
    ),
    "answers_always": _in_each(
        "to every message", "a cada mensaje", "auf jede Nachricht", "à chaque message"
    ),
    "answers_questions": _in_each("to questions", "a las preguntas", "auf Fragen", "aux questions"),
    "rules_audience": _in_each("From", "Con", "Aus", "D'après"),
    "audience_public": _in_each(
        "public documents", "documentos públicos", "öffentlichen Dokumenten", "les documents publics"
    ),
    "audience_staff": _in_each(
        "staff documents too",
        "también los internos",
        "auch internen Dokumenten",
        "aussi les documents internes",
    ),
    "outcome_answered": _in_each("answered", "respondida", "beantwortet", "répondue"),
    "outcome_unsure": _in_each("no answer found", "sin respuesta", "keine Antwort gefunden", "sans réponse"),
    "outcome_clarifying": _in_each("asked back", "repregunta", "nachgefragt", "précision demandée"),
    "outcome_acted": _in_each("done", "hecho", "erledigt", "fait"),
    "outcome_handed_off": _in_each(
        "with a person", "con una persona", "bei einem Menschen", "chez quelqu'un"
    ),
    "outcome_refused": _in_each("not taken", "no aceptada", "nicht angenommen", "non acceptée"),
}
"""Each sentence by name and language. Names in braces are filled in."""


def slack_phrase(name: str, language: str, /, **values: object) -> str:
    """A sentence in a language; in the first one where the desk does not speak it.

    Raises:
        KeyError: there is no such sentence, or it has a name to fill in that `values` lack.

    >>> slack_phrase("helpful", "de")
    'Hilfreich'
    """
    sentences = SLACK_PHRASES[name]
    return sentences.get(language, sentences[LANGUAGES[0]]).format(**values)
