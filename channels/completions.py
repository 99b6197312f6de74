"""The desk as an OpenAI-compatible model: `POST /v1/chat/completions` and `GET /v1/models`."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from channels.callers import Caller, speakable
from channels.conversations_api import CHANNEL, message_of
from channels.door import Door, DoorOf
from channels.events import EventStream, StreamEvent, begun, to_the_end, turn
from channels.shapes import CitationOut, MessageIn, event_data
from core.access import Principal
from core.conversation import Conversation
from core.errors import NotFound, Refused
from core.messages import Address, Answer, Outcome

MODEL = "frontdesk"

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])


class ContentPart(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """Something said before, or, last of the user's, the question."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None


class StreamOptions(BaseModel):
    """What a stream holds besides the words."""

    include_usage: bool = False


class ChatIn(BaseModel):
    """A chat completion request; what the desk has no use for is ignored."""

    model: str = MODEL
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None


class Usage(BaseModel):
    """Tokens as the desk's embedder counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatAnswer(BaseModel):
    """The answer, and beyond OpenAI's own fields what it rests on and how sure it is."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    citations: list[CitationOut]
    outcome: Outcome
    confidence: float
    answer_id: str


class Choice(BaseModel):
    """The one answer there is."""

    index: int = 0
    message: ChatAnswer
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class ChatOut(BaseModel):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage


class ModelOut(BaseModel):
    """A model that may be named."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class ModelsOut(BaseModel):
    """The models that may be named."""

    object: Literal["list"] = "list"
    data: list[ModelOut]


@router.get("/models")
async def models(_: Caller) -> ModelsOut:
    """The one model: the desk."""
    return ModelsOut(data=[ModelOut()])


@router.post("/chat/completions", response_model=ChatOut)
async def complete(body: ChatIn, door: DoorOf, principal: Caller) -> Response:
    """Answer the last user message. With a conversation's token the turn is kept in it."""
    if body.model != MODEL:
        raise NotFound(f"there is no model {body.model!r}: name {MODEL!r}")
    question = question_of(body.messages)
    conversation = await _conversation(door, principal)
    events = await begun(turn(door, message_of(MessageIn(text=question), conversation, principal)))
    if body.stream:
        return EventStream(_chunks(door, body, question, to_the_end(events)))
    answers = [event async for event in events if isinstance(event, Answer)]
    answer = answers[-1]
    completion = ChatOut(
        id=f"chatcmpl-{answer.id}",
        created=int(time.time()),
        choices=[Choice(message=ChatAnswer(content=answer.text, **_extension(event_data(answer))))],
        usage=_usage(door, question, answer.text),
    )
    return JSONResponse(completion.model_dump(mode="json"))


def question_of(messages: list[ChatMessage]) -> str:
    """The text of the last thing the user said.

    >>> question_of([ChatMessage(role="user", content="Hi"), ChatMessage(role="assistant", content="Hello")])
    'Hi'
    """
    for message in reversed(messages):
        if message.role == "user":
            content = message.content or ""
            parts = [ContentPart(type="text", text=content)] if isinstance(content, str) else content
            return "\n".join(part.text for part in parts if part.type == "text")
    raise Refused("there is no message of the role 'user' to answer")


async def _conversation(door: Door, principal: Principal) -> Conversation:
    if principal.conversation_id is not None:
        return await speakable(door, principal, principal.conversation_id)
    address = Address(channel=CHANNEL, person=principal.person)
    return await door.desk.answerer.conversations.start(principal.tenant, address)


def _extension(answer: dict[str, Any]) -> dict[str, Any]:
    """What the desk says beyond OpenAI's own fields."""
    kept = ("citations", "outcome", "confidence")
    return {name: answer[name] for name in kept} | {"answer_id": answer["id"]}


def _usage(door: Door, question: str, answer: str) -> Usage:
    count = door.desk.searcher.embedder.count_tokens
    asked, said = count(question), count(answer)
    return Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)


async def _chunks(
    door: Door, body: ChatIn, question: str, events: AsyncIterator[StreamEvent]
) -> AsyncIterator[bytes]:
    """The turn as OpenAI streams it; the last choice carries the citations."""
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
    }
    yield _line(head | {"choices": [_delta({"role": "assistant", "content": ""})]})
    async for event in events:
        if event.name == "token":
            yield _line(head | {"choices": [_delta({"content": event.data["text"]})]})
        elif event.name == "answer":
            yield _line(head | {"choices": [_delta(_extension(event.data), finish_reason="stop")]})
            if body.stream_options and body.stream_options.include_usage:
                usage = _usage(door, question, event.data["text"])
                yield _line(head | {"choices": [], "usage": usage.model_dump()})
        elif event.name == "error":
            yield _line({"error": {"type": "unavailable", **event.data}})
    yield b"data: [DONE]\n\n"


def _delta(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}


def _line(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
