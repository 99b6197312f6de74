"""espeak-ng as a voice; run in a child process only, because its code is under the GPL."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import io
import os
import shutil
import subprocess
import wave
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from channels.voice.child_work import Work, serve
from channels.voice.sound import Samples
from channels.voice.voice_work import Engine, speaking
from core.errors import Misconfigured

_SYNCHRONOUS, _DO_NOT_EXIT = 2, 0x8000
_UTF8 = 1
_RATE, _SLOWEST, _FASTEST = 1, 80, 450
_WORDS_PER_MINUTE = 160
_SAY_S = 30.0
_MISSING = (
    "there is no espeak-ng: install the package espeakng-loader, or the program espeak-ng of your system"
)
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Library:
    """The espeak-ng library, loaded from the package espeakng-loader."""

    def __init__(self, voices: Mapping[str, str]) -> None:
        loader = importlib.import_module("espeakng_loader")
        # It keeps no more than 160 characters of the path to its data; from inside the folder, "." will do.
        os.chdir(Path(loader.get_data_path()).parent)
        self._library = ctypes.CDLL(loader.get_library_path())
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DO_NOT_EXIT)
        if self._rate <= 0:
            raise Misconfigured("espeak-ng does not find its data: install espeakng-loader anew")
        self._voices = voices
        self.languages = list(voices)
        self._made: list[Samples] = []
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        for language in voices:
            self._choose(language)

    def make(self, clause: str, language: str, speed: float) -> Iterator[tuple[Samples, int]]:
        """The sound of the clause, as one piece."""
        self._choose(language)
        self._library.espeak_SetParameter(_RATE, words_per_minute(speed), 0)
        self._made.clear()
        text = clause.encode("utf-8", "replace") + b"\0"
        self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
        if self._made:
            yield np.concatenate(self._made), self._rate

    def _choose(self, language: str) -> None:
        if self._library.espeak_SetVoiceByName(self._voices[language].encode()) != 0:
            raise Misconfigured(f"espeak-ng has no voice {self._voices[language]!r}: give one that it lists")

    def _take(self, sound: Any, count: int, _: int | None) -> int:  # noqa: ANN401 - a pointer of ctypes
        if sound and count > 0:
            self._made.append(np.ctypeslib.as_array(sound, (count,)).copy())
        return 0


class Program:
    """The system's espeak-ng program, started for each clause."""

    def __init__(self, program: str, voices: Mapping[str, str]) -> None:
        self._program = program
        self._voices = voices
        self.languages = list(voices)

    def make(self, clause: str, language: str, speed: float) -> Iterator[tuple[Samples, int]]:
        """The sound of the clause, as one piece."""
        command = [self._program, "-v", self._voices[language], "-s", str(words_per_minute(speed))]
        try:
            said = subprocess.run(  # noqa: S603 - the program of this machine, the text goes in by a pipe
                [*command, "-b", "1", "--stdin", "--stdout"],
                input=clause.encode("utf-8", "replace"),
                capture_output=True,
                timeout=_SAY_S,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            reason = type(error).__name__
            raise Misconfigured(f"{self._program} does not speak ({reason}): see that it runs") from error
        with wave.open(io.BytesIO(said)) as file:
            rate = file.getframerate()
        # The length in the header of a stream is not the true one.
        sound = said[said.index(b"data") + 8 :]
        yield np.frombuffer(sound[: len(sound) // 2 * 2], "<i2").astype(np.int16), rate


def words_per_minute(speed: float) -> int:
    """How fast espeak-ng reads at a speed; 1.0 is its 160 words a minute."""
    return round(min(max(_WORDS_PER_MINUTE * speed, _SLOWEST), _FASTEST))


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    """The voice: the library where it is installed, else the program.

    Raises:
        Misconfigured: neither is there, or it lacks a voice that the settings name.
    """
    engine: Engine
    voices = settings["voices"]
    program = settings.get("program", "")
    if not program and importlib.util.find_spec("espeakng_loader") is not None:
        engine = Library(voices)
    else:
        found = shutil.which(program or "espeak-ng")
        if found is None:
            raise Misconfigured(f"there is no program {program!r}: give its path" if program else _MISSING)
        engine = Program(found, voices)
    return speaking(engine), {"languages": list(voices)}


if __name__ == "__main__":
    serve(load)
