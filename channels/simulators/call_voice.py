"""A caller's voice: typed words by flite (English) or espeak-ng, in processes of their own, and files."""

from __future__ import annotations

import asyncio
import importlib.util
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from channels.simulators.call_line import Line
from channels.simulators.flite import LANGUAGE, flite_words, has_flite
from channels.voice.sentence_cache import SentenceCache
from channels.voice.sound import RATE, Samples, at_telephone_rate, from_mulaw, read_wav, tone
from channels.voice.speakers import speaker_for, voice_state
from core.errors import Refused, SpeechUnavailable

_CHARACTERS_PER_S = 15
_SOUND_FILES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".webm"})


class CallerVoice:
    """Says typed words; what it started is closed with it."""

    def __init__(self) -> None:
        self._speaker: SentenceCache | None = None
        self._turn = asyncio.Lock()

    @property
    def trouble(self) -> str:
        """What to do so that words are heard as words; empty where they are."""
        state = voice_state("espeak")
        return "" if state.is_ready else state.mend

    async def words(self, text: str, language: str, line: Line) -> Samples:
        """The sound of the words; a tone as long as they would take where nothing can speak them."""
        if language == LANGUAGE and has_flite():
            return await flite_words(text)
        try:
            sound = b"" if self.trouble else await self._spoken(text, language)
        except SpeechUnavailable as error:
            line.note("caller", f"has lost the voice, a tone stands for it: {error}")
            return tone(len(text) / _CHARACTERS_PER_S)
        if self.trouble:
            line.note("caller", f"has no voice, a tone stands for it: {self.trouble}")
            return tone(len(text) / _CHARACTERS_PER_S)
        return from_mulaw(sound) if sound else tone(1 / RATE)

    def lend(self, line: Line) -> None:
        """Let the carrier and its relay speak with this voice, where it speaks words."""
        if not self.trouble:
            line.voice = partial(self.words, line=line)

    async def aclose(self) -> None:
        """End the process that speaks, if it was started."""
        if self._speaker is not None:
            await self._speaker.close()

    async def _spoken(self, text: str, language: str) -> bytes:
        async with self._turn:
            self._speaker = self._speaker or speaker_for("espeak")
            return b"".join([piece async for piece in self._speaker.speak(text, language=language)])


def is_sound_file(said: str) -> bool:
    """Whether what is to be said is a file of sound, rather than words.

    Raises:
        Refused: it is named like one, and can't be read.
    """
    path = Path(said)
    if path.suffix.lower() not in _SOUND_FILES or "\n" in said:
        return False
    if not path.is_file():
        raise Refused(f"there is no file {said}: give a sound file, such as a wav, or words, to --say")
    if path.suffix.lower() != ".wav" and importlib.util.find_spec("av") is None:
        wav = path.with_suffix(".wav").name
        raise Refused(
            f"{path.name} is no wav, and nothing here reads other files: install frontdesk[speech], "
            f"or make one with `ffmpeg -i {path.name} -ar 8000 -ac 1 {wav}`"
        )
    return True


async def sound_of(path: Path) -> Samples:
    """The sound of a file as a telephone carries it: 8 kHz, its channels as one.

    A 16-bit wav is read here; anything else by PyAV, which comes with faster-whisper.

    Raises:
        Refused: the file can't be read.
    """
    return await asyncio.to_thread(_sound_of, path)


def _sound_of(path: Path) -> Samples:
    if path.suffix.lower() == ".wav":
        try:
            return read_wav(path)
        except Refused:
            if importlib.util.find_spec("av") is None:
                raise
    av = import_module("av")
    try:
        pieces, rate = _decoded(av, path)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise Refused(f"can't read {path.name} as sound ({error}): give a wav or flac file") from error
    if not pieces:
        raise Refused(f"there is no sound in {path.name}: give another wav or flac file")
    return at_telephone_rate(np.concatenate(pieces), rate)


def _decoded(av: Any, path: Path) -> tuple[list[Samples], int]:  # noqa: ANN401 - the package is optional
    """The samples of a file's first sound, its channels as one, and their rate."""
    pieces: list[Samples] = []
    with av.open(str(path)) as file:
        sound = file.streams.audio[0]
        as_one = av.AudioResampler(format="s16", layout="mono", rate=sound.rate)
        for frame in (*file.decode(sound), None):
            pieces += [each.to_ndarray().reshape(-1).astype(np.int16) for each in as_one.resample(frame)]
        return pieces, int(sound.rate)
