"""A voice's sound on its way to the telephone: its rate, its level, its ends."""

import numpy as np
import pytest

from channels.voice.loudness import (
    CEILING,
    LEVEL,
    amplified,
    faded,
    gain_for,
    speech_level,
    trimmed,
)
from channels.voice.sound import RATE, Samples, at_telephone_rate, tone


def tones(rate: int, seconds: float = 2.0) -> np.ndarray:
    """The same sound at any rate: a hundred tones from 200 to 3200 Hz."""
    chance = np.random.default_rng(7)
    hertz, phase = chance.uniform(200, 3200, 100), chance.uniform(0, 2 * np.pi, 100)
    at = np.arange(round(seconds * rate)) / rate
    return 60 * np.sin(2 * np.pi * np.outer(at, hertz) + phase).sum(axis=1)


def lag_s(late: np.ndarray, early: np.ndarray) -> float:
    """By how many seconds one sound follows the other, from the peak of their cross-correlation."""
    length = 1 << (len(late) + len(early)).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(late, length) * np.conj(np.fft.rfft(early, length)), length)
    peak = int(likeness.argmax())
    before, at, after = (likeness[(peak + step) % length] for step in (-1, 0, 1))
    whole = peak - length if peak > length // 2 else peak
    return float(whole + (before - after) / (2 * (before - 2 * at + after))) / RATE


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100, 48000])
def test_resampling_neither_delays_nor_changes_the_sound(rate: int) -> None:
    made = at_telephone_rate(tones(rate).astype(np.int16), rate).astype(np.float64)
    meant = tones(RATE)
    assert len(made) == len(meant)
    assert abs(lag_s(made, meant)) < 1e-6
    inner = slice(RATE // 20, -RATE // 20)
    assert ((made - meant)[inner] ** 2).mean() < 1e-5 * (meant[inner] ** 2).mean()


@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_what_a_telephone_can_not_carry_does_not_come_back_as_a_false_tone(rate: int) -> None:
    at = np.arange(rate) / rate
    high = (8000 * np.sin(2 * np.pi * 4600 * at)).astype(np.int16)
    left = at_telephone_rate(high, rate)[RATE // 20 : -RATE // 20]
    assert left.astype(np.float64).std() < 8000 / np.sqrt(2) / 1000


@pytest.mark.parametrize("length", [0, 1, 2, 100, 441, 22051])
def test_any_length_can_be_resampled(length: int) -> None:
    made = at_telephone_rate(np.full(length, 1000, np.int16), 22050)
    assert len(made) == -(-length * 160 // 441)


def speech(level: float) -> Samples:
    """Bursts with pauses between them."""
    sound = tone(2.0, 300.0, 1).astype(np.float64) * 0
    burst = np.sin(2 * np.pi * 300 * np.arange(RATE // 4) / RATE) * level * np.sqrt(2) * 32768
    for start in range(0, len(sound), RATE // 2):
        sound[start : start + len(burst)] = burst
    return sound.astype(np.int16)


@pytest.mark.parametrize("level", [0.005, 0.05, 0.2, 0.4])
def test_loud_and_soft_voices_come_to_one_level(level: float) -> None:
    sound = speech(level)
    assert speech_level(sound) == pytest.approx(level, rel=0.05)
    if level * 10 > LEVEL:
        assert speech_level(amplified(sound, gain_for(sound))) == pytest.approx(LEVEL, rel=0.05)


def test_silence_stays_silence() -> None:
    nothing = np.zeros(RATE, np.int16)
    assert gain_for(nothing) == 1.0
    assert gain_for(nothing[:10]) == 1.0
    assert not amplified(nothing, 10.0).any()
    assert not len(trimmed(nothing))


def test_peaks_are_rounded_off_and_nothing_clips() -> None:
    loud = tone(0.5, 300.0, 30000)
    made = amplified(loud, 8.0)
    assert np.abs(made.astype(np.int32)).max() <= CEILING * 32768
    assert (np.diff(amplified(np.arange(-32768, 32767, dtype=np.int32).astype(np.int16), 3.0)) >= 0).all()


def test_what_is_not_loud_keeps_its_shape() -> None:
    soft = tone(0.5, 300.0, 3000)
    assert np.abs(amplified(soft, 2.0).astype(np.int32) - 2 * soft.astype(np.int32)).max() <= 2


def test_silence_at_both_ends_goes_and_what_is_between_stays() -> None:
    sound = np.concatenate([np.zeros(4000), tone(0.2), np.zeros(2000), tone(0.2), np.zeros(4000)])
    made = trimmed(sound.astype(np.int16))
    assert len(made) == pytest.approx(0.4 * RATE + 2000, abs=0.03 * RATE)


def test_a_cut_in_a_loud_sound_makes_no_click() -> None:
    sound = np.full(RATE, 20000, np.int16)
    made = faded(sound).astype(np.int32)
    assert abs(made[0]) < 200
    assert abs(made[-1]) < 200
    assert np.abs(np.diff(made)).max() < 1600
    assert (made[100:-100] == 20000).all()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 50])
def test_the_shortest_sounds_can_be_faded(length: int) -> None:
    assert len(faded(np.full(length, 20000, np.int16))) == length
