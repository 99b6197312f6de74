"""The voice a setting names, the files it finds, and what the doctor tells about it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from channels.voice.speakers import piper_voices, speaker_for, voice_state
from core.errors import Misconfigured
from tests.services.speech_packages import need_speech


def voice(folder: Path, name: str, **described: object) -> Path:
    """Files that look like a voice; nothing here loads them."""
    folder.mkdir(exist_ok=True)
    model = folder / f"{name}.onnx"
    model.write_bytes(b"a model")
    Path(f"{model}.json").write_text(json.dumps(described))
    return model


def test_a_name_nobody_knows_is_refused_with_a_guess() -> None:
    with pytest.raises(
        Misconfigured, match=r"no voice 'espeak-ng': did you mean 'espeak'\? .* auto, espeak, piper"
    ):
        speaker_for("espeak-ng")
    with pytest.raises(Misconfigured, match="It is one of"):
        voice_state("")


def test_a_voice_has_its_name_and_starts_nothing(tmp_path: Path) -> None:
    english = str(voice(tmp_path, "any"))
    assert speaker_for("espeak").name == "espeak-ng"
    assert speaker_for("auto").name == "espeak-ng"
    assert speaker_for("auto", voices={"en": english}).name == "piper"


def test_a_file_for_each_language_keeps_its_order(tmp_path: Path) -> None:
    english, german = voice(tmp_path, "any"), voice(tmp_path, "other")
    found = piper_voices({"de-AT": str(german), "en": str(english)})
    assert list(found.items()) == [("de", german), ("en", english)]


def test_a_folder_gives_its_first_voice_of_the_language(tmp_path: Path) -> None:
    voice(tmp_path / "v", "de_DE-a", language={"code": "de_DE"}, espeak={"voice": "de"})
    english = voice(tmp_path / "v", "en_GB-b", language={"code": "en_GB"})
    voice(tmp_path / "v", "en_US-c", language={"code": "en_US"})
    french = voice(tmp_path / "v", "x-plain", espeak={"voice": "fr-fr"})
    found = piper_voices(dict.fromkeys(("en", "fr"), str(tmp_path / "v")))
    assert found == {"en": english, "fr": french}


def test_what_is_missing_is_told_by_its_path(tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.onnx"
    lonely.write_bytes(b"a model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misconfigured, match="Piper has no voice"):
        speaker_for("piper")
    for given, told in (
        ("nowhere.onnx", "there is no file .*nowhere"),
        ("lonely.onnx", r"lonely\.onnx\.json"),
        ("empty", "none of the 0 Piper voices"),
    ):
        with pytest.raises(Misconfigured, match=told):
            speaker_for("piper", voices={"en": str(tmp_path / given)})


@pytest.mark.parametrize("described", ["[]", "nonsense", '{"espeak": 3}', '{"language": "en"}'])
def test_a_description_that_is_damaged_speaks_no_language(tmp_path: Path, described: str) -> None:
    model = voice(tmp_path / "v", "odd")
    Path(f"{model}.json").write_text(described)
    with pytest.raises(Misconfigured, match=r"none of the 1 Piper voices in .* speaks 'en'"):
        piper_voices({"en": str(tmp_path / "v")})


def test_the_doctor_says_what_to_install(tmp_path: Path) -> None:
    state = voice_state("espeak", program=str(tmp_path / "no-program"))
    assert not state.is_ready
    assert "espeakng-loader" in state.mend
    state = voice_state("piper", voices={"en": str(tmp_path)})
    assert not state.is_ready
    assert "Piper voices in" in state.found


def test_the_doctor_says_what_is_there(tmp_path: Path) -> None:
    need_speech("espeakng_loader", "piper")
    assert voice_state("auto").is_ready
    model = voice(tmp_path, "en_US-tiny", language={"code": "en_US"})
    state = voice_state("auto", voices={"en": str(model)})
    assert state.is_ready
    assert state.found == "Piper with en en_US-tiny"


def test_nothing_of_the_gpl_is_loaded_into_this_process() -> None:
    code = (
        "import sys, channels.voice.speakers as all, channels.voice.espeak_work, channels.voice.piper_work\n"
        "all.voice_state('espeak'); all.voice_state('piper'); all.speaker_for('espeak')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('piper', 'espeakng_loader')])"
    )
    root = Path(__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
