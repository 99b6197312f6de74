"""What ConversationRelay says, whatever it says, and what it comes to."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from channels.phone.relay_messages import (
    Interrupt,
    Pressed,
    Prompt,
    SetUp,
    Speaking,
    TokensPlayed,
    read_message,
)
from channels.phone.relay_words import heard_until, word_start, words_heard

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["setup", "prompt", "interrupt", "dtmf", "error", "info", "tokens-played", "x"])
NAMES = st.sampled_from(
    "accountSid callSid customParameters voicePrompt lang last digit name value "
    "utteranceUntilInterrupt description tokens state".split()
)
TEXTS = st.lists(st.text("ab c", min_size=1, max_size=12), min_size=1, max_size=4)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_message(text)


@given(KINDS, st.dictionaries(NAMES, ANYTHING, max_size=6))
def test_no_message_breaks_the_reader(kind: str, said: dict[str, object]) -> None:
    found = read_message(json.dumps({"type": kind} | said))
    if isinstance(found, Prompt):
        assert isinstance(found.text, str)
        assert isinstance(found.is_last, bool)
    if isinstance(found, Pressed):
        assert found.digit in "0123456789*#ABCD"


def test_messages_are_read_in_every_spelling_that_was_seen() -> None:
    said = {"type": "setup", "accountSid": "AC1", "callSid": "CA1", "customParameters": {"a": "b", "c": 1}}
    assert read_message(json.dumps(said)) == SetUp(account="AC1", call="CA1", parameters={"a": "b"})
    prompt = '{"type":"prompt","voicePrompt":" Hi ","lang":"de-DE","last":false}'
    assert read_message(prompt) == Prompt(text="Hi", language="de", is_last=False)
    interrupt = '{"type":"interrupt","utteranceUntilInterrupt":"So","durationUntilInterruptMs":"460"}'
    assert read_message(interrupt) == Interrupt(heard="So")
    for played in (
        '{"type":"tokens-played","tokens":"It"}',
        '{"type":"info","name":"tokensPlayed","value":"It"}',
    ):
        assert read_message(played) == TokensPlayed(text="It")
    for began in (
        '{"type":"info","name":"clientSpeaking","value":"on"}',
        '{"type":"info","name":"clientSpeaking","state":"started"}',
    ):
        assert read_message(began) == Speaking(is_caller=True, is_on=True)
    assert read_message('{"type":"info","name":"roundTripDelayMs","value":"148"}') is None


@given(TEXTS, st.text("ab c", max_size=20), st.integers(0, 60))
def test_what_was_heard_is_a_place_in_what_was_said(texts: list[str], heard: str, guess: int) -> None:
    assert 0 <= heard_until(texts, heard, guess) <= len(" ".join(texts)) + len(heard)


def test_what_was_heard_is_found_in_the_sentence_that_was_cut() -> None:
    texts = ["It is free.", "It ships today.", "Anything else?"]
    assert heard_until(texts, "It ships", 14) == len("It is free. It ships")
    assert heard_until(texts, "It is free. It", 14) == len("It is free. It")
    assert heard_until(texts, "it  is", 3) == len("It is")
    assert heard_until(texts, "", 14) == len("It is free. ")
    assert heard_until(texts, "something else entirely", 7) == 7


@given(st.text("abc 1$", max_size=30), st.text("abc ", max_size=30), st.integers(0, 30))
def test_words_heard_are_the_beginning_of_what_was_written(written: str, spoken: str, heard: int) -> None:
    assert written.startswith(words_heard(written, spoken, heard))
    assert 0 <= word_start(spoken, heard) <= max(heard, len(spoken))
