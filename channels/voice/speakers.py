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

NAMES = ("espeak-ng", "piper")
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
    voices: str = "",
    program: str = "",
    threads: int = 0,
    cache_mb: float = 8.0,
    limits: ChildLimits | None = None,
) -> SentenceCache:
    """The voice called `name`, with a cache of its sentences before it. Nothing is started yet.

    `voices` is for Piper: a folder of voices, one .onnx file, or "en=FILE, de=FILE". `program` is the
    espeak-ng program to run in place of the package. `threads` limits the cores for one sentence; 0 leaves
    it to the runtime.

    Raises:
        Misconfigured: there is no voice of this name, or its files are not where `voices` says.
    """
    if name == "espeak-ng":
        espeak = {"voices": dict(ESPEAK_VOICES), "program": program}
        child = Child("channels.voice.espeak_work", espeak, name=name, limits=limits)
        speaker = ChildSpeaker(child, breath=_ESPEAK_BREATH)
    elif name == "piper":
        models = {language: str(path) for language, path in piper_voices(voices).items()}
        piper = {"voices": models, "threads": threads}
        child = Child("channels.voice.piper_work", piper, name=name, limits=limits)
        speaker = ChildSpeaker(child, breath=_PIPER_BREATH)
    else:
        meant = difflib.get_close_matches(name, NAMES, 1, 0.3)
        guess = f"did you mean {meant[0]!r}? " if meant else ""
        raise Misconfigured(f"there is no voice {name!r}: {guess}It is one of {', '.join(NAMES)}")
    return SentenceCache(speaker, most_bytes=round(cache_mb * 1_000_000))


def piper_voices(voices: str) -> dict[str, Path]:
    """The Piper voice for each language, English first where it is there.

    `voices` is a folder (the first file by name for each language), one .onnx file, or "en=FILE, de=FILE".

    Raises:
        Misconfigured: a file is not there, or does not say which language it speaks.
    """
    if not voices.strip():
        raise Misconfigured("Piper has no voice: say where its .onnx file lies, or the folder of several")
    given = [part.strip() for part in voices.split(",") if part.strip()]
    if all("=" in part for part in given):
        pairs = [part.partition("=") for part in given]
        found = {language.strip().lower()[:2]: _model(Path(path.strip())) for language, _, path in pairs}
    else:
        place = Path(voices.strip()).expanduser()
        files = sorted(place.glob("*.onnx")) if place.is_dir() else [place]
        if not files:
            raise Misconfigured(f"there is no Piper voice in {place}: put an .onnx file and its .json there")
        found = {_language_of(_model(file)): file.absolute() for file in reversed(files)}
    return dict(sorted(found.items(), key=lambda each: (each[0] != "en", each[0])))


def voice_state(name: str, *, voices: str = "", program: str = "") -> VoiceState:
    """Whether the voice called `name` could speak with these settings; it starts and loads nothing."""
    if name == "espeak-ng":
        return _espeak_state(program)
    try:
        speaker_for(name, voices=voices)
    except Misconfigured as error:
        return VoiceState(name=name, is_ready=False, found=str(error), mend="see docs/speech-out.md")
    if importlib.util.find_spec("piper") is None:
        mend = "install the package piper-tts"
        return VoiceState(name=name, is_ready=False, found="Piper is not installed", mend=mend)
    told = ", ".join(f"{language} {path.stem}" for language, path in piper_voices(voices).items())
    return VoiceState(name=name, is_ready=True, found=f"Piper with {told}")


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


def _model(path: Path) -> Path:
    path = path.expanduser().absolute()
    for file in (path, Path(f"{path}.json")):
        if not file.is_file():
            raise Misconfigured(
                f"there is no file {file}: a Piper voice is an .onnx file with its .onnx.json"
            )
    return path


def _language_of(model: Path) -> str:
    """The language a voice says it speaks, as two letters."""
    try:
        described = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
        language = described.get("language", {}).get("code") or described["espeak"]["voice"]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Misconfigured(f"{model}.json does not tell its language: write en={model} instead") from error
    return str(language).lower()[:2]
