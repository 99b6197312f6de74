"""Telephone sound at twice its rate: nothing added, nothing late."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.sound import RATE, tone
from channels.voice.widened import Widening, widened


@pytest.mark.parametrize("hertz", [120, 440, 1000, 2500, 3300])
def test_a_tone_stays_the_same_tone_at_the_same_time(hertz: float) -> None:
    wide = widened(tone(0.5, hertz)).astype(np.float64)
    same = 8000 * np.sin(2 * np.pi * hertz * np.arange(len(wide)) / (2 * RATE))
    inner = slice(200, -200)
    assert np.abs(wide[inner] - same[inner]).max() < 0.02 * 8000


def test_nothing_is_added_above_the_telephone_band() -> None:
    noise = np.random.default_rng(0).normal(0, 3000, RATE)
    speech = np.clip(noise, -32768, 32767).astype(np.int16)
    strength = np.abs(np.fft.rfft(widened(speech).astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(2 * RATE, 1 / (2 * RATE))
    assert strength[hertz > 4700].sum() < 0.001 * strength.sum()


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 400), max_size=12))
def test_pieces_come_out_as_the_whole_does(sizes: list[int]) -> None:
    sound = np.random.default_rng(1).integers(-32768, 32767, sum(sizes)).astype(np.int16)
    wide, at, pieces = Widening(), 0, []
    for size in sizes:
        pieces.append(wide.take(sound[at : at + size]))
        at += size
    pieces.append(wide.last())
    whole = np.concatenate(pieces)
    assert len(whole) == 2 * len(sound)
    assert (whole == widened(sound)).all()


def test_the_lag_is_a_millisecond_and_a_half() -> None:
    wide, out = Widening(), 0
    for _ in range(50):
        out += len(wide.take(np.zeros(160, np.int16)))
    assert 50 * 160 - out / 2 <= 12


def test_after_silence_every_piece_comes_out_at_once_and_late_by_the_lag() -> None:
    sound = np.random.default_rng(2).integers(-9000, 9000, 5 * 256).astype(np.int16)
    wide = Widening(after_silence=True)
    pieces = [wide.take(sound[at : at + 256]) for at in range(0, len(sound), 256)]
    assert [len(piece) for piece in pieces] == [512] * 5
    assert (np.concatenate(pieces)[24:] == widened(sound)[:-24]).all()
