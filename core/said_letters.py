"""What a caller spells: names letter by letter, and digits in groups."""

import re
from collections.abc import Iterator

_ALPHABET = {
    word[0]: frozenset(word.split())
    for word in (
        "alpha alfa anton antonio anatole apple adam",
        "bravo berta barcelona berthe boy",
        "charlie cäsar carmen célestin",
        "delta dora dolores désiré david",
        "echo emil enrique eugène edward",
        "foxtrot friedrich francia françois frank",
        "golf gustav gerona gaston george",
        "hotel heinrich historia henri henry",
        "india ida inés irma ida",
        "juliett juliet julius josé joseph john",
        "kilo kaufmann kilo kléber king",
        "lima ludwig lorenzo louis london",
        "mike martha madrid marcel mary",
        "november nordpol navarra nicolas nancy",
        "oscar otto oviedo oscar oliver",
        "papa paula parís pierre peter",
        "quebec quelle querido quintal queen",
        "romeo richard ramón raoul robert",
        "sierra samuel siegfried sábado suzanne sugar",
        "tango theodor tarragona thérèse thomas",
        "uniform ulrich ursule",
        "victor viktor valencia",
        "whiskey whisky wilhelm william",
        "xray xanthippe xavier",
        "yankee ypsilon yvonne young",
        "zulu zacharias zeppelin zaragoza zoé zebra",
    )
}
_LETTER_NAMES = {
    "ay": "a", "bee": "b", "cee": "c", "dee": "d", "eff": "f", "gee": "g", "aitch": "h", "jay": "j",
    "kay": "k",
    "el": "l", "ell": "l", "em": "m", "en": "n", "pee": "p", "cue": "q", "queue": "q", "ar": "r", "ess": "s",
    "tee": "t", "vee": "v", "zed": "z", "zee": "z", "ypsilon": "y", "hache": "h", "jota": "j", "eñe": "ñ",
    "zeta": "z", "eszett": "ß",
}  # fmt: skip
_AS_IN = frozenset("as in for like wie como comme de".split())
_DOUBLE = frozenset("double doppel doppelt doble".split())
_LEFT_OUT = frozenset("capital dash hyphen and then und y et".split())
_WORD = re.compile(r"[^\W\d_]{1,40}")
_MOST_LETTERS = 64


def spelled_name(said: str) -> str:
    """The name that was spelled, with a capital first; "" where the words spell none.

    Letters come as letters ("e", "en"), by an alphabet ("Bravo") or both ("B as in Bravo").

    >>> spelled_name("B as in Bravo, e, n"), spelled_name("Anton Nordpol Nordpol Emil")
    ('Ben', 'Anne')
    """
    letters = "".join(_letters(_WORD.findall(said.lower().replace("x-ray", "xray"))))
    return letters.capitalize() if 2 <= len(letters) <= _MOST_LETTERS else ""


def _letters(words: list[str]) -> Iterator[str]:
    times, place = 1, 0
    while place < len(words):
        word = words[place]
        following = words[place + 1 : place + 4]
        if word in _DOUBLE and following:
            times = 2
        elif letter := _letter(word):
            yield letter * times
            times = 1
            place += _explained(letter, following)
        elif word not in _LEFT_OUT and word not in _AS_IN:
            times = 1
        place += 1


def _letter(word: str) -> str:
    if len(word) == 1:
        return word
    if word in _LETTER_NAMES:
        return _LETTER_NAMES[word]
    return word[0] if word in _ALPHABET.get(word[0], ()) else ""


def _explained(letter: str, following: list[str]) -> int:
    """How many words after a letter only explain it: "as in Bravo", "wie Berta"."""
    for count, word in enumerate(following, start=1):
        if word not in _AS_IN:
            return count if count > 1 and word.startswith(letter) else 0
    return 0
