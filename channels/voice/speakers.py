"""The voices by name, and what the doctor tells about each."""

from __future__ import annotations

import difflib
import importlib.util
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.voice.child import Child, ChildLimits
from channels.voice.child_speaker import Breath, ChildSpeaker
from channels.voice.sentence_cache import SentenceCache
from core.errors import Misconfigured

NAMES = ("auto", "espeak", "piper")
ESPEAK_VOICES: Mapping[str, str] = {"en": "en-us", "es": "es-419", "de": "de", "fr": "fr"}
"""The espeak-ng voice for each language the desk speaks."""
_ESPEAK_BREATH = Breath(first=400, least=400, most=400)
"""It makes a sentence in a few milliseconds, and its melody spans the sentence."""
_PIPER_BREATH = Breath(first=20, least=60, most=250)
"""It makes some five seconds in one, so the caller hears the first clause while the rest is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceState:
    """Whether a voice can speak. `found` says what is there, `mend` what to do where it is not."""

    name: str
    is_ready: bool
    found: str
    mend: str = ""


def speaker_for(
    name: str,
    *,
    voices: Mapping[str, str] | None = None,
    program: str = "",
    threads: int = 0,
    cache_mb: float = 8.0,
    limits: ChildLimits | None = None,
) -> SentenceCache:
    """The voice called `name`, with a cache of its sentences before it. Nothing is started yet.

    `voices` has a voice for each language; the first is for all other languages. For Piper it is an .onnx
    file, or a folder where the first file of that language is taken; for espeak-ng one of its own names, in
    place of `ESPEAK_VOICES`. "auto" is Piper where there are voices. `program` is the espeak-ng program to
    run in place of the package. `threads` limits the cores for one sentence of Piper; 0 leaves it to the
    runtime.

    Raises:
        Misconfigured: there is no voice of this name, or its files are not where `voices` says.
    """
    chosen = _chosen(name, voices)
    if chosen == "espeak":
        espeak = {"voices": {**ESPEAK_VOICES, **(voices or {})}, "program": program}
        child = Child("channels.voice.espeak_work", espeak, name="espeak-ng", limits=limits)
        speaker = ChildSpeaker(child, breath=_ESPEAK_BREATH)
    else:
        models = {language: str(path) for language, path in piper_voices(voices or {}).items()}
        piper = {"voices": models, "threads": threads}
        child = Child("channels.voice.piper_work", piper, name="piper", limits=limits)
        speaker = ChildSpeaker(child, breath=_PIPER_BREATH)
    return SentenceCache(speaker, most_bytes=round(cache_mb * 1_000_000))


def piper_voices(voices: Mapping[str, str]) -> dict[str, Path]:
    """The file of the Piper voice for each language, in the order given; a folder gives its first that fits.

    Raises:
        Misconfigured: no voice is given, a file is not there, or no file in a folder speaks the language.
    """
    if not voices:
        raise Misconfigured('Piper has no voice: give a file for each language, as {"en": "FILE.onnx"}')
    found = {}
    for language, given in voices.items():
        place = Path(given).expanduser().absolute()
        found[language[:2].lower()] = _in_folder(place, language) if place.is_dir() else _model(place)
    return found


def voice_state(name: str, *, voices: Mapping[str, str] | None = None, program: str = "") -> VoiceState:
    """Whether the voice called `name` could speak with these settings; it starts and loads nothing.

    Raises:
        Misconfigured: there is no voice of this name.
    """
    if _chosen(name, voices) == "espeak":
        return _espeak_state(program)
    try:
        found = piper_voices(voices or {})
    except Misconfigured as error:
        return VoiceState(name="piper", is_ready=False, found=str(error), mend="see docs/speech-out.md")
    if importlib.util.find_spec("piper") is None:
        mend = "install the package piper-tts"
        return VoiceState(name="piper", is_ready=False, found="Piper is not installed", mend=mend)
    told = ", ".join(f"{language} {path.stem}" for language, path in found.items())
    return VoiceState(name="piper", is_ready=True, found=f"Piper with {told}")


def _chosen(name: str, voices: Mapping[str, str] | None) -> str:
    if name not in NAMES:
        meant = difflib.get_close_matches(name, NAMES, 1, 0.3)
        guess = f"did you mean {meant[0]!r}? " if meant else ""
        raise Misconfigured(f"there is no voice {name!r}: {guess}It is one of {', '.join(NAMES)}")
    if name == "auto":
        return "piper" if voices else "espeak"
    return name


def _espeak_state(program: str) -> VoiceState:
    if not program and importlib.util.find_spec("espeakng_loader") is not None:
        return VoiceState(name="espeak-ng", is_ready=True, found="the package espeakng-loader")
    if (path := shutil.which(program or "espeak-ng")) is not None:
        return VoiceState(name="espeak-ng", is_ready=True, found=f"the program {path}")
    return VoiceState(
        name="espeak-ng",
        is_ready=False,
        found="espeak-ng is not installed",
        mend="install the package espeakng-loader, or the program espeak-ng of your system",
    )


def _in_folder(folder: Path, language: str) -> Path:
    files = sorted(folder.glob("*.onnx"))
    fitting = [file for file in files if _language_of(file) == language[:2].lower()]
    if not fitting:
        raise Misconfigured(
            f"none of the {len(files)} Piper voices in {folder} speaks {language!r}: "
            "put an .onnx file there with its .onnx.json, or name the file"
        )
    return _model(fitting[0])


def _model(path: Path) -> Path:
    for file in (path, Path(f"{path}.json")):
        if not file.is_file():
            raise Misconfigured(
                f"there is no file {file}: a Piper voice is an .onnx file with its .onnx.json"
            )
    return path


def _language_of(model: Path) -> str:
    """The language a voice says it speaks, as two letters; "" where it does not say."""
    try:
        described = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
        language = described.get("language", {}).get("code") or described["espeak"]["voice"]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return ""
    return str(language).lower()[:2]
