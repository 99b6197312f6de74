"""A message is longer than what a recogniser hears of one utterance: it goes there in parts."""

import numpy as np

from channels.phone.voicemail import utterances
from channels.voice.recogniser_process import RecogniserLimits
from channels.voice.sound import RATE, tone


def test_a_long_message_is_cut_where_it_is_quiet_and_nothing_is_lost() -> None:
    speech, pause = tone(7.4), np.zeros(RATE // 2, np.int16)
    whole = np.concatenate([speech, pause] * 20)
    parts = list(utterances(whole))
    assert len(parts) == 4
    assert np.array_equal(np.concatenate(parts), whole)
    assert max(len(part) for part in parts) < RecogniserLimits().longest_s * RATE
    assert all(not part[-1] and not part[-100:].any() for part in parts)


def test_a_short_message_is_one_part() -> None:
    (part,) = utterances(tone(1.0))
    assert len(part) == RATE
    assert [len(none) for none in utterances(tone(0))] == [0]
