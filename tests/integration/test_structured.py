"""Answers in a given shape, from servers that guide the model and from servers that do not."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from core.errors import GenerationUnavailable
from core.language_model import LanguageModel
from core.model_server import ChatModel
from core.prompt import ChatMessage
from core.structured import StructuredModel
from tests.fakes.chat_server import ChatServer, Drop, Finish, Refuse, Say, Wait

pytestmark = pytest.mark.anyio

ASKED = [ChatMessage(role="user", content="Where is my order 17? The card ends in 4417.")]


class Intent(BaseModel):
    """What a customer wants."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["order status", "refund"]
    order: str | None = Field(default=None, max_length=10)


GOOD = Say('{"name": "order status", "order": "17"}')


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
async def model(server: ChatServer) -> AsyncIterator[StructuredModel]:
    inner = LanguageModel(ChatModel(urls=(server.url,), model="m", timeout_s=2))
    yield StructuredModel(inner)
    await inner.close()


async def test_the_answer_has_the_shape_that_was_asked_for(
    server: ChatServer, model: StructuredModel
) -> None:
    server.enqueue(GOOD, Finish())
    assert await model.ask(ASKED, Intent) == Intent(name="order status", order="17")
    sent = server.requests[0].body
    assert sent["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Intent", "schema": Intent.model_json_schema(), "strict": True},
    }
    assert (sent["temperature"], sent["max_tokens"], sent["messages"]) == (0, 300, ASKED)


@pytest.mark.parametrize(
    "said",
    [
        "Sure! Here is the JSON: {}",
        '{"name": "order status"',
        '{"name": "something else"}',
        '{"name": "refund", "more": 1}',
        '{"name": "refund", "order": "12345678901"}',
        "[]",
        "null",
        "NaN",
        "",
        '{"name": "refund", "name": 3}',
    ],
)
async def test_another_shape_is_asked_for_once_more_and_then_given_up(
    server: ChatServer, model: StructuredModel, said: str
) -> None:
    server.enqueue(Say(said), Finish("length"))
    server.enqueue(GOOD, Finish())
    assert (await model.ask(ASKED, Intent)).name == "order status"
    first, second = (seen.body for seen in server.requests)
    assert second["max_tokens"] == 2 * first["max_tokens"]
    assert second["temperature"] > first["temperature"]
    server.usually = [Say(said), Finish()]
    with pytest.raises(GenerationUnavailable, match="no Intent in 2 attempts") as caught:
        await model.ask(ASKED, Intent)
    assert len(server.requests) == 4
    assert "4417" not in str(caught.value)


async def test_control_characters_inside_words_are_words(server: ChatServer, model: StructuredModel) -> None:
    server.enqueue(Say('{"name": "refund", "order": "1\n7\t\\u0000"}'), Finish())
    assert (await model.ask(ASKED, Intent)).order == "1\n7\t\x00"


@pytest.mark.parametrize("how", [Refuse(500), Drop(), Refuse(429, {"retry-after": "0.1"})])
async def test_what_failed_is_asked_again(
    server: ChatServer, model: StructuredModel, how: Refuse | Drop
) -> None:
    server.enqueue(how)
    server.enqueue(GOOD, Finish())
    assert (await model.ask(ASKED, Intent)).name == "order status"


@pytest.mark.parametrize("how", [Refuse(400), Refuse(401), Wait(60)])
async def test_a_server_that_cannot_is_unavailable(
    server: ChatServer, model: StructuredModel, how: Refuse | Wait
) -> None:
    server.usually = [how]
    with pytest.raises(GenerationUnavailable):
        await model.ask(ASKED, Intent)
    assert len(server.requests) == 1


async def test_a_prompt_that_leaves_no_room_for_the_answer_is_not_sent(
    server: ChatServer, model: StructuredModel
) -> None:
    server.window, server.count = 310, lambda sent: len(json.dumps(sent)) // 4
    with pytest.raises(GenerationUnavailable, match="room for 10"):
        await model.ask(ASKED, Intent)
    assert server.requests == []
