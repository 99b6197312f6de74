"""A caller's voice for words that are typed: flite for English, else espeak-ng, where one is there."""

from __future__ import annotations

from pathlib import Path

from channels.simulators.call_line import Line
from channels.simulators.flite import LANGUAGE, flite_words, has_flite
from channels.voice.sound import RATE, Samples, from_mulaw, tone
from channels.voice.speakers import speaker_for, voice_state
from core.errors import Refused

_CHARACTERS_PER_S = 15
_SOUND_FILES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".m4a"})


def is_sound_file(said: str) -> bool:
    """Whether what is to be said is a file of sound, rather than words.

    Raises:
        Refused: it is named like one, and can't be read.
    """
    path = Path(said)
    if path.suffix.lower() not in _SOUND_FILES:
        return False
    if path.suffix.lower() != ".wav":
        wav = path.with_suffix(".wav").name
        raise Refused(f"{path.name} is no wav: make one with `ffmpeg -i {path.name} -ar 8000 -ac 1 {wav}`")
    if not path.is_file():
        raise Refused(f"there is no file {said}: give a 16-bit wav, or words, to --say")
    return True


async def spoken_words(text: str, language: str, line: Line) -> Samples:
    """The sound of the words; a tone as long as they would take where nothing can speak them."""
    if language == LANGUAGE and has_flite():
        return await flite_words(text)
    state = voice_state("espeak")
    if not state.is_ready:
        line.note("caller", f"has no voice, a tone stands for it: {state.mend}")
        return tone(len(text) / _CHARACTERS_PER_S)
    speaker = speaker_for("espeak")
    try:
        sound = b"".join([piece async for piece in speaker.speak(text, language=language)])
    finally:
        await speaker.close()
    return from_mulaw(sound) if sound else tone(1 / RATE)
