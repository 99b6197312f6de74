"""Prompts that leave room for the reply, on servers that count and on servers that do not."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from core.errors import GenerationUnavailable
from core.generate import Task, Turn
from core.language_model import LanguageModel
from core.model_server import ChatModel
from core.prompt import Budget, ChatMessage, messages
from core.token_budget import TokenBudget
from tests.fakes.chat_server import ChatServer
from tests.services.lessons import found

pytestmark = pytest.mark.anyio

RULES = "Answer from the passages."
REPLY = 200
Count = Callable[[list[dict[str, str]]], int]


def by_bytes(bytes_per_token: float) -> Count:
    return lambda sent: round(sum(len(each["content"].encode()) for each in sent) / bytes_per_token) + 12


def by_script(sent: list[dict[str, str]]) -> int:
    """A tokenizer that knows English well, and of other scripts every byte."""
    text = "".join(each["content"] for each in sent)
    plain = sum(letter.isascii() for letter in text)
    return round(plain / 4.5) + len(text.encode()) - plain + 12


@pytest.fixture(scope="module")
def running() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def server(running: ChatServer) -> ChatServer:
    running.window, running.count = None, None
    running.listed = running.counted = 0
    return running


@pytest.fixture
async def model(server: ChatServer) -> AsyncIterator[LanguageModel]:
    built = LanguageModel(ChatModel(urls=(server.url,), context_tokens=3000, max_tokens=REPLY))
    yield built
    await built.close()


def task(text: str, *, passages: int = 40, turns: int = 5) -> Task:
    said = [Turn(role="user", text=text), Turn(role="assistant", text=text)] * turns
    return Task(
        question="Can I bring it back?",
        passages=[found(f"{n}. {text * 5}") for n in range(passages)],
        history=said,
    )


def building(asked: Task) -> Callable[[Budget], list[ChatMessage]]:
    return lambda budget: messages(asked, RULES, budget)


def held(prompt: list[ChatMessage]) -> int:
    return prompt[-1]["content"].count("<passage n=")


@pytest.mark.parametrize("window", [600, 900, 2000, 4000, 100_000])
@pytest.mark.parametrize("text", ["Lamps can be returned. ", "返品は三十日以内に可能です。", "สินค้าคืนได้ "])
@pytest.mark.parametrize("count", [by_script, by_bytes(1.0), by_bytes(2.2), by_bytes(5.5)])
async def test_prompt_and_reply_never_exceed_the_window_and_use_it_well(
    server: ChatServer, model: LanguageModel, window: int, text: str, count: Count
) -> None:
    server.window, server.count = window, count
    budget = TokenBudget(model)
    for asked in (task(text), task("Lamps can be returned. "), task(text, passages=2)):
        try:
            prompt = await budget.fit(building(asked), reply_tokens=REPLY)
        except GenerationUnavailable:
            assert count(building(asked)(Budget(tokens=0, count=len))) + REPLY > window  # type: ignore[arg-type]
            continue
        taken = count(prompt)  # type: ignore[arg-type]
        assert taken + REPLY <= window
        one_more = task(text, passages=held(prompt) + 1, turns=0)
        if held(prompt) < len(asked.passages) and window < 3000:
            everything = building(one_more)(Budget(tokens=10**9, count=len))
            assert count(everything) > (window - REPLY) * 0.6  # type: ignore[arg-type]


async def test_an_adapter_has_the_window_of_its_model(server: ChatServer) -> None:
    server.window = 2000
    adapter = LanguageModel(ChatModel(urls=(server.url,), model="our-tone"))
    assert (await adapter.facts()).window == 2000
    await adapter.close()


async def test_short_prompts_are_counted_once_and_then_known_to_fit(
    server: ChatServer, model: LanguageModel
) -> None:
    server.window, server.count = 32_000, by_bytes(4)
    budget = TokenBudget(model)
    for _ in range(5):
        await budget.fit(building(task("Lamps can be returned. ")), reply_tokens=REPLY)
    assert (server.counted, server.listed) == (1, 1)


async def test_a_prompt_is_counted_whole_however_many_passages_it_has(
    server: ChatServer, model: LanguageModel
) -> None:
    server.window, server.count = 1200, by_bytes(4)
    budget = TokenBudget(model)
    for _ in range(3):
        await budget.fit(building(task("Lamps can be returned. ", passages=200)), reply_tokens=REPLY)
    assert server.counted <= 9


async def test_a_server_that_does_not_count_is_asked_for_that_once(
    server: ChatServer, model: LanguageModel
) -> None:
    server.window = 1500
    budget = TokenBudget(model)
    for _ in range(4):
        prompt = await budget.fit(building(task("Lamps can be returned. ")), reply_tokens=REPLY)
        assert 0 < held(prompt) < 40
        assert by_bytes(3)(prompt) + REPLY <= 1500  # type: ignore[arg-type]
    assert server.counted == 1


async def test_without_a_known_window_the_setting_is_the_limit(
    server: ChatServer, model: LanguageModel
) -> None:
    prompt = await TokenBudget(model).fit(
        building(task("Lamps can be returned. ", passages=400)), reply_tokens=REPLY
    )
    assert 2000 < by_bytes(4)(prompt) <= 3012  # type: ignore[arg-type]


async def test_a_window_shorter_than_the_reply_is_said_with_its_mend(
    server: ChatServer, model: LanguageModel
) -> None:
    server.window, server.count = 150, by_bytes(4)
    with pytest.raises(GenerationUnavailable, match=r"room for 0.*FRONTDESK_GENERATOR__MAX_TOKENS"):
        await TokenBudget(model).fit(building(task("Lamps. ")), reply_tokens=REPLY)
