"""What every generator keeps, whatever writes the words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing

import pytest

from core.chat_model import ChatModel, ChatModelGenerator
from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, Sentence
from core.extract import ExtractiveGenerator
from core.generate import Generator, Task, Turn
from core.grounding import support
from core.search import Found
from tests.fakes.chat_server import ChatServer, words

pytestmark = pytest.mark.anyio

TEXTS = (
    "Unused items can be returned within 30 days. Gift cards are not refundable.",
    "Standard shipping takes 5 business days. Express shipping takes 2 business days.",
)


def found(text: str) -> Found:
    passage = Passage(
        id=PassageId(text[:8]), document_id=DocumentId("d"), version=1, ordinal=0, title="Help",
        heading=(), page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Found(passage=passage, score=1.0)


PASSAGES = [found(text) for text in TEXTS]
READ = Evidence(
    passages=PASSAGES,
    sentences=[
        Sentence(passage=0, start=0, end=44, score=0.8),
        Sentence(passage=1, start=0, end=39, score=0.1),
    ],
    confidence=0.9,
)
ANSWERABLE = Task(
    question="How long can I return unused items?",
    passages=PASSAGES,
    evidence=READ,
    history=[Turn(role="user", text="Hello"), Turn(role="assistant", text="Hello, how can we help?")],
)
UNANSWERABLE = Task(question="Who won the match?", passages=PASSAGES)
NOTHING_FOUND = Task(question="How long can I return unused items?", passages=[])


async def chat_model(stack: AsyncExitStack) -> Generator:
    server = stack.enter_context(ChatServer())
    generator = ChatModelGenerator(
        ChatModel(url=server.url, timeout_s=5),
        instructions="Answer from the passages.",
        count_tokens=lambda text: len(text.split()),
    )
    stack.push_async_callback(generator.close)
    server.enqueue(
        *words("Unused items can be returned within 30 days [1]. Standard shipping takes 5 days [2].")
    )
    return generator


async def extractive(stack: AsyncExitStack) -> Generator:
    return ExtractiveGenerator()


CASES: dict[str, Callable[[AsyncExitStack], Awaitable[Generator]]] = {
    "chat model": chat_model,
    "extractive": extractive,
}


@pytest.fixture(params=CASES)
async def generator(request: pytest.FixtureRequest) -> AsyncIterator[Generator]:
    async with AsyncExitStack() as stack:
        yield await CASES[request.param](stack)


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
    async with aclosing(generator.draft(ANSWERABLE)) as drafts:  # type: ignore[type-var]
        assert (await anext(drafts)).text


async def test_it_says_its_name(generator: Generator) -> None:
    assert generator.name
