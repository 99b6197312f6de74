"""Profanity, abuse, threats and words of despair in a message, in English, Spanish, German and French.

Short lists and phrases, no model: what is said plainly or thinly dressed is found, the rest is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from core.sanitise import clean


class AbuseLevel(IntEnum):
    """How bad it is; a higher one holds the lower ones."""

    NONE = 0
    PROFANE = 1
    """Strong language at nobody."""
    ABUSIVE = 2
    """Aimed at the desk, its people or somebody else."""
    THREATENING = 3
    """Harm to others is announced: a person must see it."""
    SELF_HARM = 4
    """Harm to oneself is spoken of: a person must see it, and at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abuse:
    """What a message is judged to be, and the kinds of words that say so, each once."""

    level: AbuseLevel
    kinds: tuple[str, ...] = ()

    @property
    def needs_person(self) -> bool:
        """Whether it must reach a person, whatever else is done with it."""
        return self.level >= AbuseLevel.THREATENING


_PROFANE = (
    "f+u+c+k+(?:s|ed|er|ers|in|ing|ings|up|off|face|head|wit|tard)?|motherfuck(?:er|ers|ing)|wtf|stfu|gtfo"
    "|(?:bull|horse|dip)?s+h+i+t+(?:s|ty|ter|show|head|hole)?|crap(?:py)?|(?:god)?damn(?:ed|it)?"
    "|ass+(?:hole|holes|hat|wipe)|arse(?:hole|holes)?|pissed off|bloody hell|bollocks|bugger"
    "|bitch(?:es|y|ing)?|whore|slut|douchebag"
    "|mierda|joder|jodid[oa]s?|coño|cojones|put[oa]s?|chingad[oa]|maldit[oa]s?"
    "|scheiss(?:e|laden|verein|dreck|egal|ding)?|beschissen(?:e[nrs]?)?|verdammt(?:e[nrs]?)?"
    "|verfickt(?:e[nrs]?)?"
    "|fick(?:en|t)?|drecksladen"
    "|merde|putain|bordel|fait chier|chiant|foutre|foutu|pute"
)
_VILE = (
    "asshole|arsehole|ass|dick(?:head)?|cunt|bastard|wanker|twat|tosser|prick|bitch|whore|slut"
    "|motherfucker|fucker"
    "|fuckwit|shithead|shit|douchebag|scumbag|piece of (?:shit|crap|garbage|trash)|pendej[oa]|capull[oa]"
    "|mierda"
    "|imb[eé]cil|put[oa]|pute|maric[oó]n|schlampe|miststück|drecksack|drecksau|fotze|sau|salaud|salopard"
    "|merde"
)
"""Names nobody is called kindly; some are other words where nobody is called by them."""
_ALWAYS_AT_SOMEBODY = (
    "motherfuckers?|assholes?|arseholes?|dickheads?|cunts?|bastards?|wankers?|twats?|fuckwits?|shitheads?"
    r"|(?:go )?fuck (?:you|u|off|yourself|yourselves|your \w+)|f you|screw you|go to hell|stfu"
    r"|shut (?:the \w+ )?up|piss off"
    r"|eat shit|suck my \w+|kiss my ass|drop dead"
    "|hij[oa]s? de puta|gilipollas|cabr[oó]n(?:es)?|pendejos?|vete a la mierda|(?:que )?(?:te|os) jodan"
    "|j[oó]dete"
    "|chinga tu madre|vete al (?:infierno|carajo)"
    "|arschl[oö]cher|arschloch|hurensohn|hurensöhne|wichser|fick dich|fickt euch|verpiss dich|verpisst euch"
    "|leck(?:t)? mich(?: am arsch)?|halt(?:'s|s)? (?:die |dein )?(?:maul|fresse|klappe)"
    "|encul[eé](?:s|e|es)?|connard(?:s|e)?|connasse|salope|fils de pute|fdp|nique ta m[eè]re|ntm"
    "|va te faire (?:foutre|enculer|voir)|allez vous faire (?:foutre|voir)|ta gueule|ferme la|ferme ta gueule"
)
_INSULT = (
    "idiots?|morons?|imbeciles?|stupid|dumb|dumbass|retard(?:ed|s)?|losers?|scum|pathetic|worthless"
    "|useless bots?"
    "|trash|garbage|clowns?|liars?|thie(?:f|ves)|crooks?|pigs?|brain ?dead|brainless|fools?|monsters?"
    "|disgusting"
    "|idiotas?|est[uú]pid[oa]s?|tont[oa]s?|in[uú]til(?:es)?|ladr[oó]n(?:es)?|ladrones|basura|payas[oa]s?"
    "|imb[eé]cil(?:es)?"
    "|subnormal(?:es)?|sinvergüenzas?|idioten?|dämlich|blöd(?:e|er|mann)?|dumm(?:kopf|köpfe)?|trottel"
    "|vollidiot(?:en)?"
    "|depp(?:en)?|penner|abschaum|betrüger|unfähig|idiote?s?|imb[eé]ciles?|cr[eé]tins?|d[eé]biles?"
    "|stupides?|abrutis?|nuls?"
    "|incapables?|voleurs?|escrocs?|bouffons?|minables?"
)
_AT = (
    r"you(?:r|re|'re)?|u|ur|this (?:bot|desk|chatbot|machine)|your (?:bot|people|staff|team|company)"
    r"|tú|eres|sois|usted es|ustedes son|vosotros sois|sos|du|dich|bist|ihr|seid|euch|sie sind|tu|t'es"
    r"|vous|[eê]tes"
)
_BETWEEN = (
    "are|r|re|is|s|all|just|an?|the|such|so|really|very|fucking|damn|bloody|complete|total|totally"
    "|absolute|utter|bunch"
    "|of|pack|stupid|little|lot|guys|people|nothing|but|lying|dirty|un|una|unos|unas|muy|todos|es|eres"
    "|sois|son"
    "|tan|ein|eine|ja|alle|so|echt|haufen|von|bist|seid|sind|wirklich|une|des|vraiment|que|tous|trop"
    "|bande|de|d'|est|es|êtes"
    "|vous|gros|grosse|sale|espèce|pedazo"
)
_THREAT = (
    r"i(?:'ll| will|'m going to| am going to| m going to|'m gonna| gonna|'d like to| want to| wanna| ll"
    r"| should)"
    r" (?:\w+ )?(?:kill|murder|shoot|stab|strangle|hurt|beat|hunt|destroy) (?:down |up )?(?:you|u|him"
    r"|her|them|someone"
    r"|somebody|everyone|all of you|your (?:family|kids|children|people|staff|driver|courier)"
    r"|the (?:driver|courier|staff))"
    r"\b(?! an? (?:e ?mail|message|text|note|line|dm|quick))"
    r"|i know where (?:you|u|your \w+) (?:lives?|works?)|you(?:'re| are| re) (?:so )?dead(?! (?:wrong"
    r"|right|on|set))"
    r"|you(?:'ll| will| ll| are going to|'re going to) (?:die|bleed)(?! laughing)|watch your back"
    r"|i(?:'ll| will|'m| am| m| ll) (?:coming |come )?(?:with|bring(?:ing)?) (?:a|my) (?:gun|knife|bomb)"
    r"|burn (?:down )?your (?:\w+ )?(?:shop|store|office|house|building|warehouse)|bomb (?:your"
    r"|the) (?:shop|store|office|building)"
    r"|blow (?:you up|up your \w+|your (?:shop|store|office) up)|i hope you (?:all )?(?:die|get killed)"
    r"|kill yourself|kys"
    r"|(?:te|os|lo|la) (?:voy|vamos) a (?:matar|pegar|romper|encontrar)|voy a (?:matarte|mataros"
    r"|matar a \w+)|te mato"
    r"|sé dónde (?:vives|trabajas|vivís)|voy a quemar (?:vuestra|tu|su|la) (?:tienda|oficina|casa)"
    r"|ojalá te mueras"
    r"|ich (?:bring|bringe) (?:dich|euch|sie|ihn) um|ich werde (?:dich|euch|sie|ihn) (?:umbringen|töten"
    r"|finden|schlagen)"
    r"|ich mach(?:e)? (?:dich|euch) (?:fertig|kalt)|ich weiss wo (?:du|ihr) (?:wohnst|wohnt|arbeitest)"
    r"|ich zünde (?:euch|eure?n?|deine?n?) .{0,20}an|geh sterben|verreck"
    r"|je (?:vais|vas) (?:te|vous|le|la|les) (?:tuer|buter|frapper|crever|retrouver)"
    r"|je sais où (?:tu|vous) (?:habites?|habitez|travailles?)|je vais (?:brûler|faire sauter) (?:votre"
    r"|ta|la) \w+"
    r"|tu vas (?:mourir|crever)|crève"
)
_SELF_HARM = (
    r"kill(?:ing)? myself|end(?:ing)? my (?:own )?life|take my (?:own )?life|end it all"
    r"|commit(?:ting)? suicide|suicidal"
    r"|(?:considering|contemplating|thinking (?:of|about)|attempted?|my) suicide|self[ -]?harm(?:ing|ed)?"
    r"|i (?:\w+ )?(?:want|wanna|wish) (?:to )?die|i wish i (?:was|were) dead|better off dead"
    r"|no reason to live"
    r"|i (?:don't|dont|do not|don t) want to (?:live|be alive)|can't go on living"
    r"|i(?:'m| am| m)? (?:\w+ )?(?:want|wanna|going|gonna|plan|planning|keep) (?:to )?(?:hurt(?:ing)?"
    r"|harm(?:ing)?|cut(?:ting)?)"
    r" myself(?! (?:on|with the|while|if))"
    r"|quiero (?:morir(?:me)?|matarme|suicidarme)|me (?:voy|quiero) a? ?(?:matar|suicidar)|suicidarme"
    r"|no quiero (?:vivir|seguir viviendo)|quitarme la vida|hacerme daño a mí mism[oa]"
    r"|ich (?:will|möchte|werde) (?:\w+ )?(?:sterben|nicht mehr leben)|mich (?:selbst )?umbringen"
    r"|ich bringe? mich um"
    r"|selbstmordgedanken|selbstmord begehen|mir das leben nehmen|mich (?:selbst )?(?:ritzen|verletzen)"
    r"|je (?:veux|vais) (?:mourir|me tuer|me suicider|en finir)|me suicider|envie de mourir"
    r"|mettre fin à mes jours"
    r"|je ne veux plus vivre"
)
_ONLY_LOUD = re.compile(
    r"(?:die|mourir|morir(?:me)?|sterben) (?:of|laughing|to (?:have|get|own|see)|de (?:risa|rire|faim"
    r"|hambre|soif|sed)"
    r"|vor (?:lachen|hunger|durst)|for)\b|killing myself (?:laughing|over)"
)
_LOOKALIKE = str.maketrans("@4€3!1|0$5+7", "aaeeiiiosstt")
_DRESSED = re.compile(r"[\w@€!|$+]*[@4€3!1|0$5+7][\w@€!|$+]*")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .*_-]){2,30}\w(?!\w)")
_STARRED = (
    (re.compile(r"(?<!\w)(?:f[*#_.-]{1,3}ck|f[*#]{1,3}k|f\*{2,3})(?P<end>ing|ed|er|s)?(?!\w)"), "fuck"),
    (re.compile(r"(?<!\w)s[h*#_-]?[*#_-]{1,2}t(?P<end>ty|s)?(?!\w)"), "shit"),
    (re.compile(r"(?<!\w)b[*#_-]{1,3}ch(?P<end>es)?(?!\w)"), "bitch"),
    (re.compile(r"(?<!\w)a[s*#_-]?[*#_-]{1,6}h?o?les?(?P<end>)(?!\w)"), "asshole"),
    (re.compile(r"(?<!\w)c[*#_-]{1,2}nt(?P<end>s)?(?!\w)"), "cunt"),
)


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "self-harm": _whole(_SELF_HARM),
    "threat": _whole(_THREAT),
    "aimed": _whole(
        rf"(?:{_ALWAYS_AT_SOMEBODY})|(?:{_AT})(?: (?:{_BETWEEN})){{0,4}} (?:{_VILE})s?"
        rf"|(?:fucking|damn|stupid|dumb|useless|idiotic|scheiss|blöder|dummer|puto|maldito|putain de"
        rf"|stupide|foutu)"
        r" (?:bot|chatbot|robot|machine|idiots?|morons?|people|company)"
    ),
    "insult": _whole(
        rf"(?:{_AT})(?: (?:{_BETWEEN})){{0,4}} (?:{_INSULT})|(?:idiots|morons|thieves|liars|crooks)\Z"
    ),
    "profanity": _whole(_PROFANE),
}


def judge(text: str) -> Abuse:
    """What the message is, and the kinds of words found in it; of a message in none of the languages, none.

    >>> judge("Where the f*ck is my order?").level.name
    'PROFANE'
    >>> judge("You are a useless bot").level.name, judge("Do you ship to Scunthorpe?").level.name
    ('ABUSIVE', 'NONE')
    """
    said = _folded(text)
    kinds = [kind for kind, pattern in _PATTERNS.items() if _holds(kind, pattern, said)]
    if "self-harm" in kinds:
        level = AbuseLevel.SELF_HARM
    elif "threat" in kinds:
        level = AbuseLevel.THREATENING
    elif {"aimed", "insult"} & set(kinds):
        level = AbuseLevel.ABUSIVE
    else:
        level = AbuseLevel.PROFANE if kinds else AbuseLevel.NONE
    return Abuse(level=level, kinds=tuple(kinds))


def _holds(kind: str, pattern: re.Pattern[str], said: str) -> bool:
    if kind == "self-harm":
        said = _ONLY_LOUD.sub(" ", said)
    return pattern.search(said) is not None


def _folded(text: str) -> str:
    """The text in small letters, with look-alikes, stars and single spaced letters put right."""
    said = unicodedata.normalize("NFKC", clean(text)).casefold().replace("’", "'")
    for pattern, word in _STARRED:
        said = pattern.sub(rf"{word}\g<end>", said)
    said = _DRESSED.sub(_undressed, said)
    said = _SPACED.sub(lambda match: re.sub(r"[ .*_-]", "", match[0]), said)
    return " ".join(re.sub(r"[^\w\s']|_", " ", said).split())


def _undressed(match: re.Match[str]) -> str:
    """A word with look-alikes read as letters; what is mostly digits is a number, and a shout a shout."""
    word = match[0].rstrip("!")
    if sum(sign.isalpha() for sign in word) < 2 or re.search(r"\d{3}", word):
        return word
    return word.translate(_LOOKALIKE)
