"""A caller's voice cut from recordings of a person, by the program flite: recognisers read it far better.

espeak-ng computes its sound from rules; recognisers that learned from people make little of it.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from pathlib import Path

from channels.voice.sound import Samples, read_wav

PROGRAM, VOICE = "flite", "rms"
LANGUAGE = "en"
"""It speaks no other."""


def has_flite() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


async def flite_words(text: str) -> Samples:
    """The sound of English words, 8 kHz.

    Raises:
        OSError: the program is not there.
        subprocess.CalledProcessError: it failed.
    """
    return await asyncio.to_thread(_spoken, text)


def _spoken(text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        words, sound = Path(folder, "words.txt"), Path(folder, "sound.wav")
        words.write_text(text, encoding="utf-8")
        command = [PROGRAM, "-voice", VOICE, "-f", str(words), "-o", str(sound)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the words go in by a file
        return read_wav(sound)
