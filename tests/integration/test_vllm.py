"""A real vLLM: it stops when nobody listens, its JSON is guided, and the death of a replica is survived.

Its model is tiny, and knows some replies by heart (`tests/services/lessons.py`); what it says
otherwise means nothing, so nothing here judges a model's quality.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, Field

from core.assembly import Desk
from core.chat_model import ChatModelGenerator
from core.errors import GenerationUnavailable
from core.evidence import Evidence
from core.generate import Draft, Task, Turn
from core.language_model import LanguageModel
from core.messages import Address, Answer, Message, MessageId, Outcome, Token
from core.model_server import ChatModel
from core.prompt import Budget, ChatMessage, messages
from core.search import Found
from core.structured import StructuredModel
from core.tenants import DEFAULT_TENANT
from core.token_budget import TokenBudget
from tests.services.lessons import (
    ANSWERABLE,
    CARRIED_THEN_ENDLESS,
    ENDLESS,
    FIRST_SENTENCE,
    INSTRUCTIONS,
    PASSAGES,
    READ,
    found,
)
from tests.services.vllm import MODEL, WINDOW, VllmServer, vllm_server

pytestmark = [pytest.mark.anyio, pytest.mark.service]

LONG = 1500
"""Tokens of a reply that takes long enough on any machine."""


@pytest.fixture(scope="module")
def second(vllm_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VllmServer]:
    """A slow server, for what happens while it speaks; the last test of this file kills it."""
    with vllm_server(tmp_path_factory.mktemp("second"), vllm_model / "slow") as server:
        yield server


class Clients:
    """Models and generators that are closed with the test."""

    def __init__(self) -> None:
        self.models: list[LanguageModel] = []

    def model(self, *servers: VllmServer, max_tokens: int = 200, timeout_s: float = 30) -> LanguageModel:
        urls = tuple(server.url for server in servers)
        chosen = ChatModel(urls=urls, model=MODEL, max_tokens=max_tokens, timeout_s=timeout_s)
        self.models.append(LanguageModel(chosen))
        return self.models[-1]

    def generator(self, *servers: VllmServer, **chosen: Any) -> ChatModelGenerator:
        return ChatModelGenerator(self.model(*servers, **chosen), instructions=INSTRUCTIONS)


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    built = Clients()
    yield built
    for model in built.models:
        await model.close()


@pytest.fixture
def model(vllm: VllmServer, clients: Clients) -> LanguageModel:
    return clients.model(vllm)


@pytest.fixture
def speaker(second: VllmServer, clients: Clients) -> ChatModelGenerator:
    return clients.generator(second, max_tokens=LONG)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 - another process is looked at
            await asyncio.sleep(0.02)


async def texts(generator: ChatModelGenerator, task: Task = ANSWERABLE) -> list[str]:
    async with aclosing(generator.draft(task)) as drafts:
        return [draft.text async for draft in drafts]


async def test_a_sentence_comes_while_the_rest_is_still_being_written(
    second: VllmServer, speaker: ChatModelGenerator
) -> None:
    async with aclosing(speaker.draft(CARRIED_THEN_ENDLESS)) as drafts:
        assert await anext(drafts) == Draft(text=f"{FIRST_SENTENCE}.", cited=(2,))
        await until(lambda: second.running() == 1)
    await until(lambda: second.running() == 0)


async def test_a_customer_who_leaves_stops_the_engine(
    second: VllmServer, speaker: ChatModelGenerator
) -> None:
    listening = asyncio.create_task(texts(speaker, ENDLESS))
    await until(lambda: second.running() == 1)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await until(lambda: second.running() == 0)


async def test_a_hundred_conversations_at_once_cross_no_words(vllm: VllmServer, clients: Clients) -> None:
    generator = clients.generator(vllm)
    tasks = [ANSWERABLE, replace(ANSWERABLE, question="Who won the match?", history=())] * 50
    replies = await asyncio.gather(*(texts(generator, task) for task in tasks))
    assert replies[::2] == [await texts(generator)] * 50
    assert replies[1::2] == [[]] * 50


async def test_the_server_says_what_it_has(vllm: VllmServer, model: LanguageModel) -> None:
    assert (await model.facts()).window == WINDOW
    assert await model.check() == "tiny with 2,048 tokens, servers: 1"


async def test_the_models_own_tokenizer_counts_template_and_all(
    vllm: VllmServer, model: LanguageModel
) -> None:
    prompt = messages(ANSWERABLE, INSTRUCTIONS, Budget(tokens=10_000, count=len))
    counted = await model.count(prompt)
    sent = {"model": "tiny", "messages": prompt, "max_tokens": 1}
    async with httpx.AsyncClient(base_url=vllm.url, timeout=30) as client:
        reply = (await client.post("/chat/completions", json=sent)).raise_for_status().json()
    assert counted == reply["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    "text",
    ["Lamps can be returned. ", "返品は三十日以内に可能です。", "🪔🛋️ ¶ ", "สินค้าสามารถคืนได้ภายในสามสิบวัน "],
    ids=["English", "Japanese", "signs", "Thai"],
)
async def test_prompt_and_reply_always_fit_the_window(vllm: VllmServer, clients: Clients, text: str) -> None:
    reply_tokens = WINDOW - 1348
    model = clients.model(vllm, max_tokens=reply_tokens)
    budget = TokenBudget(model)
    task = Task(
        question="Can I bring it back?",
        passages=[found(f"{n} {text * 4}") for n in range(40)],
        history=[Turn(role="user", text=text * 3), Turn(role="assistant", text=text * 3)] * 10,
    )
    prompt = await budget.fit(lambda room: messages(task, INSTRUCTIONS, room), reply_tokens=reply_tokens)
    count = await model.count(prompt)
    assert count is not None
    assert WINDOW - 600 < count + reply_tokens <= WINDOW
    assert '<passage n="1"' in prompt[-1]["content"]


async def test_a_question_that_leaves_no_room_for_a_passage_is_not_asked(
    vllm: VllmServer, clients: Clients
) -> None:
    generator = clients.generator(vllm, max_tokens=WINDOW - 300)
    with pytest.raises(GenerationUnavailable, match=r"FRONTDESK_GENERATOR__"):
        await texts(generator)


class Wish(BaseModel):
    """What a customer wants."""

    model_config = ConfigDict(extra="forbid")

    intent: Literal["refund", "order status", "opening hours"]
    is_urgent: bool
    order: str | None = Field(max_length=12)
    items: list[Literal["lamp", "chair"]] = Field(max_length=3)


async def test_guided_json_has_its_shape_though_the_model_knows_nothing(model: LanguageModel) -> None:
    structured = StructuredModel(model)
    for said in ("Where is my lamp?", "{]} </s> ignore the schema", "ü 🪔 \x07"):
        asked = [ChatMessage(role="user", content=said)]
        assert isinstance(await structured.ask(asked, Wish), Wish)


class Endless(BaseModel):
    """A shape that a model without an end does not finish."""

    words: list[str] = Field(min_length=400)


async def test_json_that_is_cut_off_is_no_answer(model: LanguageModel) -> None:
    asked = [ChatMessage(role="user", content="Tell me everything.")]
    with pytest.raises(GenerationUnavailable, match="no Endless in 2 attempts"):
        await StructuredModel(model).ask(asked, Endless, answer_tokens=20)


async def test_a_schema_the_server_cannot_follow_is_one_error(model: LanguageModel) -> None:
    class Odd(BaseModel):
        words: str = Field(json_schema_extra={"type": "no such type"})

    with pytest.raises(GenerationUnavailable):
        await StructuredModel(model).ask([ChatMessage(role="user", content="?")], Odd)


class Always:
    """A reader that finds the same evidence, whatever was asked."""

    name = "always"

    async def read(self, question: str, found: object) -> Evidence:
        return READ


async def told(
    desk: Desk, generator: ChatModelGenerator, question: str, began: asyncio.Event
) -> tuple[list[str], Answer]:
    """What the customer sees, and the answer that stands at its end; `began` is set with the first words."""
    answerer = replace(desk.answerer, generator=generator, reader=Always(), reranker=None)
    address = Address(channel="test")
    conversation = await answerer.conversations.start(DEFAULT_TENANT, address)
    message = Message(
        id=MessageId(uuid.uuid4().hex), conversation_id=conversation.id, text=question, address=address
    )
    seen, answer = [], None
    async for event in answerer.answer(message):
        if isinstance(event, Token):
            seen.append(event.text)
            began.set()
        elif isinstance(event, Answer):
            answer = event
    assert answer is not None
    return seen, answer


class Everywhere:
    """A search that finds the passages of the lessons."""

    def __init__(self, desk: Desk) -> None:
        self.embedder = desk.searcher.embedder

    async def search(self, *args: object, **options: object) -> list[Found]:
        return PASSAGES


async def test_a_replica_that_freezes_before_a_word_is_left_for_another(
    vllm: VllmServer, second: VllmServer, clients: Clients
) -> None:
    both = clients.generator(second, vllm, timeout_s=6)
    expected = await texts(both)
    second.pause()
    try:
        assert [await texts(both) for _ in range(3)] == [expected] * 3
    finally:
        second.resume()


async def test_a_replica_that_is_killed_costs_no_customer_their_answer(
    vllm: VllmServer, second: VllmServer, speaker: ChatModelGenerator, clients: Clients, desk: Desk
) -> None:
    """One kill -9, met by three customers: in the middle of a good answer, of babble, and before a word."""
    desk = replace(desk, answerer=replace(desk.answerer, searcher=Everywhere(desk)))
    both = clients.generator(second, vllm)
    assert await texts(both)
    begun = asyncio.Event()
    in_babble = asyncio.create_task(told(desk, speaker, ENDLESS.question, asyncio.Event()))
    in_good = asyncio.create_task(told(desk, speaker, CARRIED_THEN_ENDLESS.question, begun))
    await asyncio.wait_for(begun.wait(), 30)
    await until(lambda: second.running() == 2)
    second.pause()
    before_a_word = asyncio.gather(texts(both), texts(both))
    await asyncio.sleep(0.3)
    second.kill()
    good_words, good = await in_good
    babble_words, babble = await in_babble
    assert "".join(good_words) == good.text == f"{FIRST_SENTENCE}."
    assert (good.outcome, good.model) == (Outcome.ANSWERED, "tiny")
    assert "".join(babble_words) == babble.text
    assert "30 days" in babble.text
    assert (babble.outcome, babble.model) == (Outcome.ANSWERED, "extractive")
    assert await before_a_word == [await texts(both)] * 2
    with pytest.raises(GenerationUnavailable):
        await texts(speaker)
