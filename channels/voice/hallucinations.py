"""What a model writes where nobody spoke, or writes too often, is kept away from the desk.

Whisper, for one, was trained on subtitles: silence and noise come out as the sentences that end videos,
or as one phrase over and over (Koenecke et al., "Careless Whisper", FAccT 2024). Each piece of text is
weighed by what the model says of it and by how much of it can have been said in the time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

NO_SPEECH, DOUBTFUL_NO_SPEECH = 0.9, 0.6
UNLIKELY, DOUBTFUL = -1.4, -0.8
REPETITIVE = 2.4
FASTEST = 30.0
"""So many characters a second no caller says."""
_SLACK = 15
_SHORT_WORDS = "you|thank you|thanks|bye|bye bye|so|oh|hmm|mm|the end|danke|vielen dank|gracias|merci"
_SUBTITLES = "|".join(
    (
        r"thank(?:s| you)(?: so much| very much)? for (?:watching|listening|viewing)(?: this video)?",
        r"(?:please )?(?:(?:like|share|comment)(?: and)? )*subscribe to (?:my|our|the|this) channel.*",
        r"(?:please )?like and subscribe.*|don t forget to (?:like|subscribe).*",
        r"see you (?:in the )?next (?:time|video)|i ll see you in the next (?:one|video)",
        r"(?:sub)?titles? by .*|(?:subtitled|captions?|captioned|transcribed|translated|transcription) by .*",
        r".*\bamara org\b.*|www \w+ (?:com|org|net)",
        r"untertitel(?:ung)? (?:von|des|der|im auftrag|aufgrund|bei) .*|copyright (?:wdr|zdf|ard|swr)\b.*",
        r"(?:vielen )?dank(?:e)? f[uü]rs zuschauen|bis zum n[aä]chsten mal",
        r"sous titr\w+ (?:par|r[eé]alis\w+|de la|soci\w+) .*|merci d avoir regard[eé].*",
        r"abonnez vous(?: [aà] la cha[iî]ne.*)?",
        r"subt[ií]tulos (?:realizados |hechos )?por .*|gracias por ver(?: el v[ií]deo)?",
        r"suscr[ií]bete(?: al canal.*)?",
    )
)
_NOISE = re.compile(r"[\[(*♪][^\])*♪]{0,60}[\])*♪]|♪+")
_TOKEN = re.compile(r"<\|[^|>]{0,40}\|>")
_ENDING = re.compile(rf"(?:{_SUBTITLES})", re.IGNORECASE)
_SHORT = re.compile(rf"(?:{_SHORT_WORDS})", re.IGNORECASE)
_MOST_WORDS_IN_PHRASE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of text, with the model's probabilities of no speech and (the mean logarithm) of its tokens."""

    text: str
    no_speech: float
    log_probability: float
    compression: float


def believed(pieces: Sequence[Piece], seconds: float, prompt: str = "") -> tuple[str, float]:
    """What of the pieces a caller can have said in `seconds`, and how sure that is, from 0 to 1.

    `prompt` is what the model was told to expect, which it tends to write into silence.
    """
    kept = [(cleaned(piece.text), piece) for piece in pieces if not _is_doubtful(piece, prompt)]
    kept = [(text, piece) for text, piece in kept if text]
    text = possible(" ".join(text for text, _ in kept), seconds)
    if not text:
        return "", 0.0
    weight = sum(len(text) for text, _ in kept)
    log_probability = sum(len(text) * piece.log_probability for text, piece in kept) / weight
    return text, round(math.exp(min(0.0, log_probability)), 4)


def possible(text: str, seconds: float) -> str:
    """The cleaned text if a caller can have said it in `seconds` and it does not end a video; else none.

    >>> possible("Where is my order?", 1.5), possible("Where is my order, please?", 0.1)
    ('Where is my order?', '')
    """
    said = cleaned(text)
    is_possible = len(said) <= FASTEST * seconds + _SLACK and not _ENDING.fullmatch(_plain(said))
    return said if is_possible else ""


def cleaned(text: str) -> str:
    """The text without signs for music and noise, and each phrase that is said over and over said once.

    >>> cleaned(" [Music] I want a refund. I want a refund. I want a refund. I want a refund. I want a")
    'I want a refund. I want a'
    """
    plain = _NOISE.sub(" ", _TOKEN.sub(" ", text))
    words = _once(plain.split())
    said = " ".join(words)
    return said if any(letter.isalnum() for letter in said) else ""


def _is_doubtful(piece: Piece, prompt: str) -> bool:
    words = _plain(piece.text)
    unsure = piece.no_speech > DOUBTFUL_NO_SPEECH / 2 or piece.log_probability < DOUBTFUL
    return (
        piece.no_speech > NO_SPEECH
        or piece.log_probability < UNLIKELY
        or (piece.no_speech > DOUBTFUL_NO_SPEECH and piece.log_probability < DOUBTFUL)
        or (piece.compression > REPETITIVE and len(_once(words.split())) * 3 < len(words.split()))
        or bool(_ENDING.fullmatch(words))
        or (unsure and bool(_SHORT.fullmatch(words)))
        or (unsure and len(words) > 20 and words in _plain(prompt))
    )


def _plain(text: str) -> str:
    """Only the words, in small letters."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _once(words: Sequence[str]) -> list[str]:
    """Words with each phrase that stands four times in a row or more (a single word: eight times) once.

    Fewer may be meant: "no, no, no", or the digits of a number.
    """
    kept: list[str] = []
    at = 0
    while at < len(words):
        length, times = _repeated(words, at)
        kept += words[at : at + length]
        at += length * times
    return kept


def _repeated(words: Sequence[str], at: int) -> tuple[int, int]:
    """How long the phrase is that begins here and how often it stands in a row; 1 and 1 if it does not."""
    for length in range(1, _MOST_WORDS_IN_PHRASE + 1):
        phrase, times = words[at : at + length], 1
        while words[at + times * length : at + (times + 1) * length] == phrase:
            times += 1
        if times >= (8 if length == 1 else 4):
            return length, times
    return 1, 1
