"""The smart-turn model, where one is installed, and what is said where it is not."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from channels.simulators.call_clock import run_virtually
from channels.voice.smart_turn import SmartTurn, smart_turn_path
from channels.voice.sound import tone
from core.errors import Misconfigured

pytestmark = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="faster-whisper is not installed")


def test_a_model_that_is_not_there_or_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.onnx"):
        SmartTurn(tmp_path / "nowhere.onnx")
    (tmp_path / "bad.onnx").write_text("no model")
    with pytest.raises(Misconfigured, match=r"bad\.onnx"):
        SmartTurn(tmp_path / "bad.onnx")


def test_the_last_seconds_of_a_turn_are_heard() -> None:
    path = smart_turn_path()
    if path is None:
        pytest.skip("no smart-turn model is installed: it comes with pipecat-ai")
    model = SmartTurn(path)
    for seconds in (0.0, 1.0, 12.0):
        assert 0 <= run_virtually(model.is_over(tone(seconds))) <= 1
