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
        Misconfigured, match=r"no voice 'espeak': did you mean 'espeak-ng'\? .* espeak-ng, piper"
    ):
        speaker_for("espeak")
    with pytest.raises(Misconfigured, match="It is one of"):
        speaker_for("")


def test_a_voice_has_its_name_and_starts_nothing() -> None:
    assert speaker_for("espeak-ng").name == "espeak-ng"


def test_a_folder_gives_a_voice_for_each_language_english_first(tmp_path: Path) -> None:
    voice(tmp_path / "v", "de_DE-a", language={"code": "de_DE"}, espeak={"voice": "de"})
    english = voice(tmp_path / "v", "en_GB-b", language={"code": "en_GB"})
    voice(tmp_path / "v", "en_US-c", language={"code": "en_US"})
    voice(tmp_path / "v", "x-plain", espeak={"voice": "fr-fr"})
    found = piper_voices(str(tmp_path / "v"))
    assert list(found) == ["en", "de", "fr"]
    assert found["en"] == english


def test_one_file_or_a_list_by_language_will_do(tmp_path: Path) -> None:
    english = voice(tmp_path, "any", espeak={"voice": "en-us"})
    german = voice(tmp_path, "other")
    assert piper_voices(str(english)) == {"en": english}
    assert piper_voices(f"de={german}, en = {english}") == {"en": english, "de": german}


def test_what_is_missing_is_told_by_its_path(tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.onnx"
    lonely.write_bytes(b"a model")
    dumb = voice(tmp_path / "dumb", "dumb")
    for voices, told in (
        ("", "Piper has no voice"),
        (str(tmp_path / "nowhere"), "there is no file"),
        (str(lonely), r"lonely\.onnx\.json"),
        (f"en={lonely}", r"lonely\.onnx\.json"),
        (str(dumb), "does not tell its language: write en="),
    ):
        with pytest.raises(Misconfigured, match=told):
            speaker_for("piper", voices=voices)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misconfigured, match="no Piper voice in"):
        speaker_for("piper", voices=str(tmp_path / "empty"))


@pytest.mark.parametrize("described", ["[]", "nonsense", '{"espeak": 3}', '{"language": "en"}'])
def test_a_description_that_is_damaged_is_refused(tmp_path: Path, described: str) -> None:
    model = voice(tmp_path, "odd")
    Path(f"{model}.json").write_text(described)
    with pytest.raises(Misconfigured, match="does not tell its language"):
        piper_voices(str(model))


def test_the_doctor_says_what_to_install(tmp_path: Path) -> None:
    state = voice_state("espeak-ng", program=str(tmp_path / "no-program"))
    assert not state.is_ready
    assert "espeakng-loader" in state.mend
    state = voice_state("piper", voices=str(tmp_path))
    assert not state.is_ready
    assert "no Piper voice" in state.found


def test_the_doctor_says_what_is_there(tmp_path: Path) -> None:
    need_speech("espeakng_loader", "piper")
    assert voice_state("espeak-ng").is_ready
    voice(tmp_path, "en_US-tiny", language={"code": "en_US"})
    state = voice_state("piper", voices=str(tmp_path))
    assert state.is_ready
    assert state.found == "Piper with en en_US-tiny"


def test_nothing_of_the_gpl_is_loaded_into_this_process() -> None:
    code = (
        "import sys, channels.voice.speakers as all, channels.voice.espeak_work, channels.voice.piper_work\n"
        "all.voice_state('espeak-ng'); all.voice_state('piper'); all.speaker_for('espeak-ng')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('piper', 'espeakng_loader')])"
    )
    root = Path(__file__).parents[2]
    shown = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
