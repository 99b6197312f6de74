"""What every generator keeps, whatever writes the words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing

import pytest

from core.chat_model import ChatModelGenerator
from core.complexity import ComplexityWeights
from core.extract import ExtractiveGenerator
from core.generate import Generator
from core.grounding import support
from core.language_model import LanguageModel
from core.model_choice import RoutedGenerator
from core.model_server import ChatModel
from tests.fakes.chat_server import ChatServer, words
from tests.services.lessons import ANSWERABLE, INSTRUCTIONS, NOTHING_FOUND, PASSAGES, UNANSWERABLE

pytestmark = pytest.mark.anyio


def speaking_to(url: str) -> ChatModelGenerator:
    model = ChatModel(urls=(url,), timeout_s=30)
    return ChatModelGenerator(LanguageModel(model), instructions=INSTRUCTIONS)


async def chat_model(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Generator:
    server = stack.enter_context(ChatServer())
    server.enqueue(
        *words("Unused items can be returned within 30 days [1]. Standard shipping takes 5 days [2].")
    )
    return speaking_to(server.url)


async def vllm(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Generator:
    """The real server; its model knows the replies to these tasks by heart."""
    return speaking_to(request.getfixturevalue("vllm").url)


async def routed(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Generator:
    small, large = await chat_model(stack, request), await chat_model(stack, request)
    return RoutedGenerator(small=small, large=large, weights=ComplexityWeights.shipped())


async def extractive(stack: AsyncExitStack, request: pytest.FixtureRequest) -> Generator:
    return ExtractiveGenerator()


CASES: dict[str, Callable[[AsyncExitStack, pytest.FixtureRequest], Awaitable[Generator]]] = {
    "chat model": chat_model,
    "vllm": vllm,
    "routed": routed,
    "extractive": extractive,
}
SERVICES = {"vllm"}


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.service] if name in SERVICES else []) for name in CASES]
)
async def generator(request: pytest.FixtureRequest) -> AsyncIterator[Generator]:
    async with AsyncExitStack() as stack:
        built = await CASES[request.param](stack, request)
        stack.push_async_callback(built.close)
        yield built


async def test_every_sentence_cites_a_passage_that_carries_it(generator: Generator) -> None:
    drafts = [draft async for draft in generator.draft(ANSWERABLE)]
    assert drafts
    for draft in drafts:
        assert draft.text == draft.text.strip()
        assert draft.cited
        assert support(draft, PASSAGES)


async def test_nothing_is_drafted_where_nothing_was_found(generator: Generator) -> None:
    assert [draft async for draft in generator.draft(NOTHING_FOUND)] == []


async def test_nothing_is_drafted_that_the_passages_do_not_hold(generator: Generator) -> None:
    async for _ in generator.draft(ANSWERABLE):
        pass
    assert [draft async for draft in generator.draft(UNANSWERABLE)] == []


async def test_an_iterator_may_be_closed_early(generator: Generator) -> None:
    async with aclosing(generator.draft(ANSWERABLE)) as drafts:
        assert (await anext(drafts)).text


async def test_it_may_be_used_again_after_it_was_closed(generator: Generator) -> None:
    await generator.close()
    assert [draft async for draft in generator.draft(ANSWERABLE)]


async def test_it_says_its_name_and_what_it_writes_with(generator: Generator) -> None:
    assert generator.name
    assert await generator.check()
