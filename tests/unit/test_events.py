"""The stream's events: their names, their order, and that a turn always ends in exactly one."""

from collections.abc import AsyncIterator
from dataclasses import asdict, replace

import pytest

from channels.events import begun, event_of, to_the_end
from core.conversations import answer_from
from core.errors import Refused, SearchUnavailable
from core.messages import Answer, AnswerId, ConversationId, Event, Outcome, Status, Token

pytestmark = pytest.mark.anyio

ANSWER = Answer(
    id=AnswerId("a"),
    conversation_id=ConversationId("c"),
    text="Yes.",
    outcome=Outcome.ANSWERED,
    confidence=0.5,
    route="documents",
    model="extractive",
)


async def turn_of(*steps: Event | Exception) -> AsyncIterator[Event]:
    for step in steps:
        if isinstance(step, Exception):
            raise step
        yield step


async def names(*steps: Event | Exception) -> list[str]:
    return [event.name async for event in to_the_end(turn_of(*steps))]


async def test_a_turn_keeps_its_order() -> None:
    assert await names(Status(stage="retrieve"), Token(text="Yes."), ANSWER) == ["status", "token", "answer"]


async def test_an_outage_ends_the_turn_with_one_error() -> None:
    said = [event async for event in to_the_end(turn_of(Token(text="Yes"), SearchUnavailable("down")))]
    assert said[-1].as_json() == {"event": "error", "data": {"message": "down", "retryable": True}}
    assert [event.name for event in said] == ["token", "error"]


async def test_a_fault_of_ours_ends_the_turn_without_its_words() -> None:
    said = [event async for event in to_the_end(turn_of(RuntimeError("secret")))]
    assert [event.name for event in said] == ["error"]
    assert "secret" not in str(said[0].data)


async def test_what_is_refused_at_once_is_raised_before_the_stream() -> None:
    with pytest.raises(Refused, match="empty"):
        await begun(turn_of(Refused("the question is empty")))


async def test_a_turn_that_began_loses_nothing() -> None:
    events = await begun(turn_of(Status(stage="remember"), ANSWER))
    assert [event async for event in events] == [Status(stage="remember"), ANSWER]


def test_the_answer_goes_out_whole() -> None:
    data = event_of(ANSWER).data
    assert list(data) == [
        "id", "conversation_id", "text", "outcome", "citations", "confidence", "route", "model", "timings_ms",
        "language",
    ]  # fmt: skip
    assert data["outcome"] == "answered"


def test_a_line_break_in_the_words_stays_within_the_event() -> None:
    sent = event_of(Token(text="one\n\ndata: two\r\n")).as_sse()
    assert sent == b'event: token\ndata: {"text": "one\\n\\ndata: two\\r\\n"}\n\n'


def test_an_answer_kept_before_it_had_a_language_is_still_read() -> None:
    body = {name: value for name, value in asdict(ANSWER).items() if name != "language"}
    assert answer_from(body) == replace(ANSWER, language="en")
