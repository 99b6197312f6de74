"""What the words of a language are made of: which one a text is in, its stems, its small words."""

import re
from collections.abc import Callable
from functools import lru_cache

import Stemmer

_STOP_WORDS = {
    "english": """
        a an the this that these those it its he she they them their we us our you your i me my his her
        who whom which what where when how why and or but if then else so as at by for from in into of
        on onto to with within about over under than too very just also there here is are was were be
        been being am do does did done has have had having can could will would shall should may might
        must ought let s t re ve ll d m yes please such each per both any some own same other another
        while because until during through between out up down off again once via whether however
        therefore thus not no nor never cannot none without neither nobody nothing unable one ones given
        get gets got make makes made
    """,
    "spanish": """
        el la los las un una unos unas de del al a en y e o u que se su sus lo le les con por para como
        más pero si es son está están ser fue ha han hay este esta estos estas ese esa eso muy ya nos
        usted ustedes te tu tus mi mis puede pueden no ni sin nunca jamás nada nadie ningún ninguna
        cuando donde entre desde hasta
    """,
    "french": """
        le la les l un une des de du d à au aux en et ou que qui se sa son ses ce cet cette ces il elle
        ils elles on nous vous votre vos notre nos leur leurs pour par avec dans sur est sont être a ont
        été peut peuvent plus mais si ne n pas jamais sans aucun aucune ni non y j je tu mon ma mes c s
        qu quand où dès
    """,
    "german": """
        der die das den dem des ein eine einen einem einer eines und oder aber wenn ist sind war wird
        werden wurde hat haben kann können darf muss zu zum zur im in an am auf aus bei mit nach von vom
        vor für über unter durch um es er sie wir ihr ich sich ihre ihren ihrem ihrer sein seine nicht
        kein keine keinen keiner keinem nie niemals ohne auch nur noch als wie dass bis man so nach
        innerhalb
    """,
    "portuguese": """
        o a os as um uma de do da dos das em no na nos nas e ou que se seu sua seus suas com por para
        como mais mas é são está estão ser foi há este esta esse essa você pode podem não nem sem nunca
        nada ninguém nenhum nenhuma quando onde entre desde até ao à
    """,
    "italian": """
        il lo la i gli le un uno una di del della dei delle da dal in nel nella a al alla e o che si su
        con per come più ma se è sono essere stato ha hanno può possono questo questa non né senza mai
        niente nessuno nessuna quando dove tra fra entro ci vi suo sua
    """,
    "russian": """
        и в во не на с со по для из за от до о к у же бы ли то это как что его её их мы вы он она они
        или но
    """,
}
_SCRIPTS = (
    ("russian", re.compile(r"[\u0400-\u04ff]")),
    ("greek", re.compile(r"[\u0370-\u03ff]")),
    ("arabic", re.compile(r"[\u0600-\u06ff]")),
    ("hindi", re.compile(r"[\u0900-\u097f]")),
)
_NEGATIONS = {
    "english": "not no never none nobody nothing neither nor cannot unable hardly non",
    "spanish": "no nunca jamás ni nada nadie ningún ninguna ninguno tampoco",
    "french": "pas jamais aucun aucune ni non rien personne",
    "german": "nicht kein keine keinen keiner keinem nie niemals weder",
    "portuguese": "não nunca nem nada ninguém nenhum nenhuma",
    "italian": "non mai né niente nessuno nessuna nessun",
    "russian": "не нет никогда ни нельзя",
}
_LACKS = {
    "english": "without",
    "spanish": "sin",
    "french": "sans",
    "german": "ohne",
    "portuguese": "sem",
    "italian": "senza",
    "russian": "без",
}
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"\w+")
_SAMPLE_CHARS = 1500


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """The language whose small words the text has most of; "english" where none speaks up.

    >>> language_of("El envío tarda cinco días y es gratis para los socios.")
    'spanish'
    """
    sample = text[:_SAMPLE_CHARS].lower()
    for name, script in _SCRIPTS:
        if len(script.findall(sample)) * 3 > len(sample):
            return name
    words = _LETTERS.findall(sample)
    score = {
        name: sum(word in stop_words(name) for word in words) for name in _STOP_WORDS if name != "russian"
    }
    best = max(score, key=lambda name: score[name])
    return best if score[best] > score["english"] else "english"


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


@lru_cache(maxsize=16)
def stop_words(language: str) -> frozenset[str]:
    """The words that say nothing by themselves."""
    return word_set(_STOP_WORDS.get(language, ""))


def telling_words(query: str, language: str = "") -> list[str]:
    """The query's different words in lower case, without those that only carry grammar.

    A query of nothing but grammar keeps all its words. `language` is the query's, where it is known.

    >>> telling_words('What does "NEAR" mean?'), telling_words("Who is it?")
    (['near', 'mean'], ['who', 'is', 'it'])
    """
    words = dict.fromkeys(_WORD.findall(query.lower()))
    quiet = stop_words(language or language_of(query))
    return [word for word in words if word not in quiet] or list(words)


@lru_cache(maxsize=16)
def negations(language: str) -> frozenset[str]:
    """The words that turn a sentence into its contrary."""
    return word_set(_NEGATIONS.get(language, _NEGATIONS["english"]))


def lack(language: str) -> str:
    """The word for "without", which undoes another negation beside it."""
    return _LACKS.get(language, _LACKS["english"])


@lru_cache(maxsize=16)
def stemmer(language: str) -> Callable[[str], str]:
    """What gives the stem of a lower-case word.

    >>> stemmer("english")("refunded") == stemmer("english")("refunds")
    True
    """
    stem: Callable[[str], str] = Stemmer.Stemmer(language).stemWord
    return stem
