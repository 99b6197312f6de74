"""What the admin page's tab about the desk's persona says, in every language of the pages."""

from __future__ import annotations

from dataclasses import dataclass

from ui.words import words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaWords:
    """The tab. Names in braces are filled in with `str.format`."""

    tab: str = "Persona"
    intro: str = "How your desk speaks. What you leave empty is as the desk's settings say."
    name: str = "The desk's name"
    name_help: str = "What it says when somebody asks who it is."
    company: str = "Company"
    company_help: str = "Whom it speaks for."
    tone: str = "Tone"
    tone_help: str = "For answers a language model writes. Choose one, or write a few words."
    plain: str = "Plain"
    friendly: str = "Friendly"
    formal: str = "Formal"
    address: str = "Form of address"
    address_help: str = "In Spanish, German and French."
    address_open: str = "As it is"
    address_formal: str = "Formal (usted, Sie, vous)"
    address_informal: str = "Informal (tú, du, tu)"
    languages: str = "Languages"
    languages_help: str = "The first is for messages that show none. Empty: all of them."
    doors: str = "Open doors"
    doors_help: str = "At a closed door customers are told so, politely."
    web: str = "Web"
    slack: str = "Slack"
    sms: str = "Text message"
    voice: str = "Phone"
    least: str = "Least confidence"
    least_help: str = "From 0 to 1. Under it the desk says that it doesn't know. Empty: as set."
    wishes: str = "Wishes for the language model"
    wishes_help: str = "They shape its wording and lift no rule: it says only what the documents say."
    greeting: str = "Greeting"
    sign_off: str = "Goodbye"
    dont_know: str = "Words for not knowing"
    dont_know_help: str = "The offer of a person always follows."
    preview: str = "How it sounds"
    visitor: str = "Visitor"
    lost: str = "(a question without an answer)"
    save: str = "Save"
    saved: str = "Saved. It counts from the next message on."
    undo: str = "Undo last change"
    undone: str = "The persona before is back."
    reload: str = "Load again"
    saved_by: str = "Version {version}, saved by {who}"
    failed: str = "Not saved: {reason}"


_WORDS = {
    "en": PersonaWords(),
    "es": PersonaWords(
        tab="Personalidad",
        intro="Cómo habla su mostrador. Lo que deje vacío queda como dicen los ajustes.",
        name="Nombre del mostrador",
        name_help="Lo que dice cuando alguien pregunta quién es.",
        company="Empresa",
        company_help="En nombre de quién habla.",
        tone="Tono",
        tone_help="Para respuestas que escribe un modelo de lenguaje. Elija uno o escriba unas palabras.",
        plain="Sencillo",
        friendly="Amable",
        formal="Formal",
        address="Tratamiento",
        address_help="En español, alemán y francés.",
        address_open="Como está",
        address_formal="Formal (usted, Sie, vous)",
        address_informal="Informal (tú, du, tu)",
        languages="Idiomas",
        languages_help="El primero es para mensajes que no muestran ninguno. Vacío: todos.",
        doors="Puertas abiertas",
        doors_help="En una puerta cerrada se avisa al cliente con cortesía.",
        web="Web",
        slack="Slack",
        sms="Mensaje de texto",
        voice="Teléfono",
        least="Confianza mínima",
        least_help="De 0 a 1. Por debajo, el mostrador dice que no lo sabe. Vacío: como está ajustado.",
        wishes="Deseos para el modelo de lenguaje",
        wishes_help="Dan forma a sus palabras, pero no quitan las reglas: solo lo que dicen los documentos.",
        greeting="Saludo",
        sign_off="Despedida",
        dont_know="Palabras para no saber",
        dont_know_help="Siempre sigue la oferta de una persona.",
        preview="Así suena",
        visitor="Visitante",
        lost="(una pregunta sin respuesta)",
        save="Guardar",
        saved="Guardado. Vale desde el próximo mensaje.",
        undo="Deshacer el último cambio",
        undone="Ha vuelto la personalidad anterior.",
        reload="Cargar de nuevo",
        saved_by="Versión {version}, guardada por {who}",
        failed="No se guardó: {reason}",
    ),
    "de": PersonaWords(
        tab="Persona",
        intro="Wie Ihr Desk spricht. Was Sie leer lassen, bleibt, wie es eingestellt ist.",
        name="Name des Desks",
        name_help="Was er sagt, wenn jemand fragt, wer er ist.",
        company="Firma",
        company_help="Für wen er spricht.",
        tone="Ton",
        tone_help="Für Antworten, die ein Sprachmodell schreibt: einer davon, oder ein paar eigene Worte.",
        plain="Schlicht",
        friendly="Freundlich",
        formal="Förmlich",
        address="Anrede",
        address_help="Auf Spanisch, Deutsch und Französisch.",
        address_open="Wie es ist",
        address_formal="Förmlich (usted, Sie, vous)",
        address_informal="Vertraut (tú, du, tu)",
        languages="Sprachen",
        languages_help="Die erste gilt für Nachrichten, die keine erkennen lassen. Leer: alle.",
        doors="Offene Türen",
        doors_help="An einer geschlossenen Tür wird das höflich gesagt.",
        web="Web",
        slack="Slack",
        sms="SMS",
        voice="Telefon",
        least="Kleinste Sicherheit",
        least_help="Von 0 bis 1. Darunter sagt der Desk, dass er es nicht weiß. Leer: wie eingestellt.",
        wishes="Wünsche an das Sprachmodell",
        wishes_help="Sie formen seine Worte. Die Regeln heben sie nicht auf: nur was die Dokumente sagen.",
        greeting="Begrüßung",
        sign_off="Abschied",
        dont_know="Worte für Nichtwissen",
        dont_know_help="Danach wird immer ein Mensch angeboten.",
        preview="So klingt es",
        visitor="Besucher",
        lost="(eine Frage ohne Antwort)",
        save="Speichern",
        saved="Gespeichert. Es gilt ab der nächsten Nachricht.",
        undo="Letzte Änderung zurücknehmen",
        undone="Die vorige Persona ist zurück.",
        reload="Neu laden",
        saved_by="Version {version}, gespeichert von {who}",
        failed="Nicht gespeichert: {reason}",
    ),
    "fr": PersonaWords(
        tab="Personnalité",
        intro="Comment parle votre accueil. Ce que vous laissez vide reste comme réglé.",
        name="Nom de l'accueil",
        name_help="Ce qu'il dit quand on demande qui il est.",
        company="Entreprise",
        company_help="Au nom de qui il parle.",
        tone="Ton",
        tone_help="Pour les réponses d'un modèle de langue. Choisissez-en un ou écrivez quelques mots.",
        plain="Simple",
        friendly="Aimable",
        formal="Soutenu",
        address="Adresse au client",
        address_help="En espagnol, allemand et français.",
        address_open="Tel quel",
        address_formal="Formelle (usted, Sie, vous)",
        address_informal="Familière (tú, du, tu)",
        languages="Langues",
        languages_help="La première vaut pour les messages qui n'en montrent aucune. Vide : toutes.",
        doors="Portes ouvertes",
        doors_help="À une porte fermée, on le dit poliment au client.",
        web="Web",
        slack="Slack",
        sms="SMS",
        voice="Téléphone",
        least="Confiance minimale",
        least_help="De 0 à 1. En dessous, l'accueil dit qu'il ne sait pas. Vide : comme réglé.",
        wishes="Souhaits pour le modèle de langue",
        wishes_help="Ils donnent forme à ses mots sans lever les règles : ce que disent les documents.",
        greeting="Salutation",
        sign_off="Au revoir",
        dont_know="Mots pour ne pas savoir",
        dont_know_help="L'offre d'une personne suit toujours.",
        preview="Ce que cela donne",
        visitor="Visiteur",
        lost="(une question sans réponse)",
        save="Enregistrer",
        saved="Enregistré. Cela vaut dès le prochain message.",
        undo="Annuler le dernier changement",
        undone="La personnalité précédente est revenue.",
        reload="Recharger",
        saved_by="Version {version}, enregistrée par {who}",
        failed="Non enregistré : {reason}",
    ),
}


def persona_words(accept_language: str | None) -> PersonaWords:
    """The tab's words in the language that the pages choose for this header.

    >>> persona_words("fr-CA").save
    'Enregistrer'
    """
    return _WORDS[words_for(accept_language).code]
