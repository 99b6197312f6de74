"""Words that tell whether a caller has finished, in the four languages of the desk."""

from __future__ import annotations

HESITATIONS = frozenset("um uh uhm erm er hmm mm eh este pues euh heu ben äh ähm öh hm".split())
"""What people say to keep the word, in any language."""

OPEN_ENDS = {
    "en": frozenset(
        "a an the my your our their his this these and or but because so if when while with without of to "
        "from for at in on by about into onto until than as is are was were am i'm it's that's i we they "
        "would could should can will want need have has which whose like between".split()
    ),
    "es": frozenset(
        "el la los las un una unos unas mi mis tu su sus y e o u pero porque si cuando con sin de del a al "
        "para por en entre sobre hasta desde que quiero necesito tengo como muy".split()
    ),
    "de": frozenset(
        "der die das den dem des ein eine einen einem einer mein meine meinen meiner ihr ihre und oder aber "
        "weil wenn dass ob ohne von vom zum zur für bis in im am ich wir möchte brauche als wie".split()
    ),
    "fr": frozenset(
        "le la les l un une des mon ma mes ton votre vos notre ce cette ces et ou mais parce car si quand "
        "avec sans de du d à au aux pour par en dans sur chez jusque que qu je j nous voudrais veux dois "
        "comme très".split()
    ),
}
"""Articles, conjunctions, prepositions and verbs after which a word has to come.

What ends a whole clause too is left out: a German verb or its prefix, "dónde está", "où elle est".
"""

STRANDED = frozenset(
    "to from for at in on by about of with is are was were am need want have has like".split()
)
ASKING = frozenset("what where who when how which why whose".split())
"""English words that end a clause where one that asks came before: "what is it for", "where my order is"."""

UNFINISHED_PHRASES = {
    "en": (
        "number is",
        "name is",
        "address is",
        "it is",
        "that is",
        "is it",
        "let me see",
        "hold on",
        "one moment",
    ),
    "es": ("número es", "numero es", "nombre es", "dirección es", "a ver", "un momento"),
    "de": ("nummer ist", "nummer lautet", "name ist", "adresse ist", "einen moment", "mal sehen"),
    "fr": ("numéro est", "numero est", "nom est", "adresse est", "un instant", "attendez"),
}
"""Ends of a sentence after which the caller goes on."""

ANSWERS = {
    "en": frozenset(
        "yes|no|yeah|nope|yes please|no thanks|no thank you|thank you|thanks|okay|ok|sure|correct|"
        "that's right|bye|goodbye|hello|stop|repeat|help|that's all".split("|")
    ),
    "es": frozenset("sí|si|no|gracias|vale|claro|correcto|adiós|hola|nada más|eso es todo".split("|")),
    "de": frozenset("ja|nein|danke|okay|ok|genau|richtig|tschüss|hallo|das war's|nein danke".split("|")),
    "fr": frozenset("oui|non|merci|d'accord|ok|exact|au revoir|bonjour|c'est tout|non merci".split("|")),
}
"""What is a whole answer by itself."""

SPELLED = {
    "en": frozenset(
        "zero oh one two three four five six seven eight nine double triple dash hyphen dot".split()
    ),
    "es": frozenset("cero uno dos tres cuatro cinco seis siete ocho nueve guion guión punto".split()),
    "de": frozenset(
        "null eins zwei zwo drei vier fünf sechs sieben acht neun bindestrich strich punkt".split()
    ),
    "fr": frozenset("zéro zero un deux trois quatre cinq six sept huit neuf tiret point".split()),
}
"""Words of a number or a code that is spelled out."""
