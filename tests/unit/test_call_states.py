"""A call's state comes out the same, in whatever order a carrier tells of it."""

from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from core.call_states import CALL_STATES, ENDED, CallState, below, call_state, further

states = st.sampled_from(CALL_STATES)


@given(told=st.lists(states, min_size=1), more=st.randoms())
def test_any_order_of_the_same_news_comes_to_the_same_state(told: list[CallState], more: object) -> None:
    shuffled = list(told)
    more.shuffle(shuffled)  # type: ignore[attr-defined]
    first: CallState = "queued"
    assert reduce(further, told, first) == reduce(further, shuffled, first)


@given(before=states, told=states)
def test_news_never_lead_back_and_twice_is_once(before: CallState, told: CallState) -> None:
    after = further(before, told)
    assert further(after, told) == after
    assert before not in ENDED or after in ENDED
    assert (after != before) == (before in below(told))


@given(st.text())
def test_no_other_word_is_a_state(word: str) -> None:
    assert call_state(word) is None or word in CALL_STATES
