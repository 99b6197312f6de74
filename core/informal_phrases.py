"""The desk's own sentences for one that addresses customers informally."""

from __future__ import annotations

from collections.abc import Mapping

INFORMAL: Mapping[str, Mapping[str, str]] = {
    "nothing_found": {
        "es": "No se encontró información sobre esto. ¿Quieres que avise a una persona?",
        "fr": "Aucune information trouvée à ce sujet. Veux-tu que j'appelle quelqu'un ?",
    },
    "dont_know": {
        "es": "No lo sé: los documentos que puedo ver no lo responden. ¿Quieres que avise a una persona?",
        "fr": "Je ne sais pas : les documents que je vois n'y répondent pas. "
        "Veux-tu que j'appelle quelqu'un ?",
    },
    "apology": {
        "es": "Lo siento: ahora mismo no puedo consultar nuestros documentos. "
        "He pasado tu pregunta a una persona, con toda esta conversación.",
        "de": "Es tut mir leid: Ich kann gerade nicht in unsere Dokumente sehen. "
        "Ich habe deine Frage an einen Menschen weitergegeben, mit diesem ganzen Gespräch.",
        "fr": "Je suis désolé : je ne peux pas consulter nos documents pour le moment. "
        "J'ai transmis ta question à quelqu'un, avec toute cette conversation.",
    },
    "still_coming": {
        "es": "Esto no lo sé; la persona que está en camino verá tu pregunta.",
        "de": "Das weiß ich nicht; der Mensch, der schon gerufen ist, wird deine Frage sehen.",
        "fr": "Cela, je ne le sais pas ; la personne qui arrive verra ta question.",
    },
    "what_else": {
        "es": "¿Qué quieres saber?",
        "de": "Was möchtest du wissen?",
        "fr": "Que veux-tu savoir ?",
    },
    "offer_person": {"es": "¿Quieres que avise a una persona?", "fr": "Veux-tu que j'appelle quelqu'un ?"},
    "closed_door": {
        "es": "Lo siento: por esta vía no respondemos. Por favor, contacta con nosotros por otra.",
        "de": "Es tut mir leid: Hier wird nicht geantwortet. Bitte erreiche uns auf einem anderen Weg.",
    },
    "small_talk_greeting": {
        "es": "¡Hola! ¿En qué puedo ayudarte?",
        "de": "Hallo! Was kann ich für dich tun?",
        "fr": "Bonjour ! Que puis-je faire pour toi ?",
    },
    "small_talk_how_are_you": {
        "es": "Por aquí todo bien, gracias. ¿En qué puedo ayudarte?",
        "de": "Hier ist alles in Ordnung, danke. Was kann ich für dich tun?",
        "fr": "Tout va bien ici, merci. Que puis-je faire pour toi ?",
    },
    "small_talk_thanks": {"es": "De nada. ¿Quieres algo más?"},
    "small_talk_goodbye": {
        "es": "Adiós, y vuelve cuando quieras.",
        "de": "Auf Wiedersehen, und komm gern wieder.",
        "fr": "Au revoir, et reviens quand tu veux.",
    },
    "small_talk_who_are_you": {
        "es": "Soy un programa que responde con los documentos de esta empresa, con sus fuentes, "
        "y avisa a una persona cuando tú lo pides. ¿Qué quieres saber?",
        "de": "Ich bin ein Programm, das aus den Dokumenten dieser Firma antwortet, mit Quellen, und einen "
        "Menschen holt, wenn du das möchtest. Was möchtest du wissen?",
        "fr": "Je suis un programme qui répond à partir des documents de cette entreprise, avec ses "
        "sources, et qui fait venir une personne si tu le demandes. Que veux-tu savoir ?",
    },
    "small_talk_who_are_you_of": {
        "es": "Soy un programa que responde con los documentos de {company}, con sus fuentes, "
        "y avisa a una persona cuando tú lo pides. ¿Qué quieres saber?",
        "de": "Ich bin ein Programm, das aus den Dokumenten von {company} antwortet, mit Quellen, und einen "
        "Menschen holt, wenn du das möchtest. Was möchtest du wissen?",
        "fr": "Je suis un programme qui répond à partir des documents de {company}, avec ses "
        "sources, et qui fait venir une personne si tu le demandes. Que veux-tu savoir ?",
    },
    "small_talk_chit_chat": {
        "es": "Solo sé responder preguntas sobre esta empresa. ¡Hazme una!",
        "de": "Ich kenne mich nur mit dieser Firma aus. Frag mich gern etwas dazu!",
        "fr": "Je ne m'y connais qu'en questions sur cette entreprise. Pose-m'en une !",
    },
    "small_talk_chit_chat_of": {
        "es": "Solo sé responder preguntas sobre {company}. ¡Hazme una!",
        "de": "Ich kenne mich nur mit {company} aus. Frag mich gern etwas dazu!",
        "fr": "Je ne m'y connais qu'en questions sur {company}. Pose-m'en une !",
    },
}
"""The sentences that address the customer, for a desk that does so informally, where that differs."""
