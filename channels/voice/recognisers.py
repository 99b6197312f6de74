"""Which recogniser turns a caller's speech into words, and what is missing for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from channels.voice.recogniser_process import RecogniserLimits, RecogniserProcess
from core.errors import Misconfigured

POCKETSPHINX, MOONSHINE, FASTER_WHISPER = "pocketsphinx", "moonshine", "faster-whisper"
NAMES = ("auto", POCKETSPHINX, MOONSHINE, FASTER_WHISPER)
_PACKAGES = {
    POCKETSPHINX: ("pocketsphinx", "pip install 'frontdesk[phone]'"),
    MOONSHINE: ("moonshine_voice", "pip install 'frontdesk[phone]'"),
    FASTER_WHISPER: ("faster_whisper", "pip install 'frontdesk[speech]'"),
}
ENGLISH_ALONE = frozenset({POCKETSPHINX, MOONSHINE})
"""Those that hear no other language."""
_MOONSHINE_MODEL = Path("assets") / "tiny-en" / "encoder_model.ort"
_MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserChoice:
    """How callers are understood; the names are those of the settings.

    `name` "auto" is faster-whisper where a `model` is named, else Moonshine, and PocketSphinx on machines
    that Moonshine has no package for. `model` is a folder or a name
    of faster-whisper. `threads` 0 leaves their number to the library; `processes` each hold a model of their
    own. `languages` are those to choose from where a caller's is not known; empty: all that the model knows.
    """

    name: str = "auto"
    model: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = 0
    processes: int = 1
    languages: tuple[str, ...] = ()
    beam: int = 1
    filters: bool = True
    """Whether faster-whisper's voice detector takes silence out before the model sees it."""
    mode: Literal["both", "grammar", "open"] = "both"
    """Whether PocketSphinx believes the grammar, what it hears freely, or the better of the two."""
    decoders: int = 4
    """So many utterances PocketSphinx decodes while they are spoken; others wait for their end."""

    @property
    def recogniser(self) -> str:
        """The name without "auto".

        Raises:
            Misconfigured: there is none of that name.
        """
        if self.name not in NAMES:
            near = get_close_matches(self.name, NAMES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise Misconfigured(f"no recogniser is called {self.name!r}: use one of {', '.join(NAMES)}{hint}")
        if self.name != "auto":
            return self.name
        if self.model:
            return FASTER_WHISPER
        return MOONSHINE if _has_moonshine() else POCKETSPHINX


def recogniser_for(choice: RecogniserChoice, limits: RecogniserLimits | None = None) -> RecogniserProcess:
    """The recogniser that was chosen. Nothing is loaded before `warm` or the first words.

    Raises:
        Misconfigured: there is none of that name, or something that can be seen beforehand is missing for it.
    """
    if missing := missing_for(choice):
        raise Misconfigured(missing)
    if choice.recogniser == POCKETSPHINX:
        return RecogniserProcess(
            POCKETSPHINX,
            "channels.voice.sphinx_work",
            {"mode": choice.mode, "decoders": choice.decoders},
            languages=frozenset({"en"}),
            processes=choice.processes,
            limits=limits,
        )
    if choice.recogniser == MOONSHINE:
        return RecogniserProcess(
            MOONSHINE,
            "channels.voice.moonshine_work",
            {},
            languages=frozenset({"en"}),
            processes=choice.processes,
            limits=limits,
        )
    return RecogniserProcess(
        FASTER_WHISPER,
        "channels.voice.whisper_work",
        {
            "model": choice.model,
            "device": choice.device,
            "threads": choice.threads,
            "languages": two_letters(choice.languages),
            "beam": choice.beam,
            "filters": choice.filters,
        },
        processes=choice.processes,
        limits=limits,
    )


def missing_for(choice: RecogniserChoice) -> str:
    """What the chosen recogniser lacks and how to mend it, in a sentence; empty where all seems to be there.

    It loads nothing: whether the model is sound shows `warm`.

    Raises:
        Misconfigured: there is none of that name.
    """
    package, mend = _PACKAGES[choice.recogniser]
    if find_spec(package) is None:
        return f"{choice.recogniser} is not installed: {mend}"
    if choice.recogniser == FASTER_WHISPER:
        return _missing_model(choice)
    if choice.recogniser == MOONSHINE and not _has_moonshine():
        return f"this release of {MOONSHINE} comes without its model: {mend}"
    return ""


def _missing_model(choice: RecogniserChoice) -> str:
    if not choice.model:
        return "faster-whisper needs a model: name a folder, or a model such as small or large-v3-turbo"
    folder = Path(choice.model)
    lacking = [name for name in _MODEL_FILES if not (folder / name).is_file()]
    if folder.is_dir() and lacking:
        return f"the Whisper model in {folder} lacks {', '.join(lacking)}: give a folder made for CTranslate2"
    if not folder.is_dir() and len(folder.parts) > 2:
        return f"there is no folder {folder}: name one that holds a Whisper model made for CTranslate2"
    return ""


def _has_moonshine() -> bool:
    """Whether Moonshine is installed in a release that holds the model; later ones fetch it."""
    package = find_spec(_PACKAGES[MOONSHINE][0])
    return package is not None and any(
        (Path(folder) / _MOONSHINE_MODEL).is_file() for folder in package.submodule_search_locations or ()
    )


def two_letters(languages: Sequence[str]) -> list[str]:
    """Codes such as "de-AT" as a model knows them, each once.

    >>> two_letters(["en", "de-AT", "EN-gb"])
    ['en', 'de']
    """
    return list(dict.fromkeys(language[:2].lower() for language in languages))
