"""Whatever the words are, no extractor raises, leaves the text, changes its mind or takes long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.slots import KINDS, extractor_for, find_acts
from tests.unit.slots.reading_words import asked, unasked

OPTIONS: dict[str, dict[str, object]] = {
    "reference": {"pattern": "#W[0-9]{7}"},
    "choice": {"choices": {"first choice": ["one"], "other": []}},
    "duration": {"unit": "year"},
}
PIECES = (
    "1 0 13 31 2026 12:30 7.15 , . / - # % € $ ( ) @ ½ half past quarter to noon next last friday"
    " may february the of"
    " and a an two twenty hundred thousand million k dollars years months kg me my wife kids for"
    " not no yes change from"
    " name is under Jane O'Neil ü İ ٣ ² w one double dot com st street"
).split()
LANGUAGES = ("english", "spanish", "german", "french", "klingon")
messages = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join),
)


@settings(max_examples=60, deadline=None)
@given(words=messages, language=st.sampled_from(LANGUAGES), is_asked=st.booleans())
def test_readings_lie_in_the_text_and_stay_the_same(words: str, language: str, is_asked: bool) -> None:
    context = asked(language) if is_asked else unasked(language)
    for kind in KINDS:
        extractor = extractor_for(kind, **OPTIONS.get(kind, {}))
        found = extractor.read(words, context)
        for each in (*found, *extractor.refusals(words, context)):
            assert 0 <= each.start < each.end <= len(words)
            assert words[each.start : each.end].strip()
        assert extractor.read(words, context) == found
    for act in find_acts(words):
        assert 0 <= act.start < act.end <= act.rest <= len(words)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "piece", ["1", "(", "1 ", "1,", "12:", "1/", "one ", "a@", "Aa ", "$1 ", "not 5 to 6 ", " "]
)
def test_a_long_message_takes_time_in_step_with_its_length(kind: str, piece: str) -> None:
    extractor = extractor_for(kind, **OPTIONS.get(kind, {}))
    context = asked()
    began = time.process_time()
    extractor.read((piece * 2_000)[:2_000], context)
    # A pattern that backtracks without bound needs hours here; a sound one some milliseconds.
    assert time.process_time() - began < 10
