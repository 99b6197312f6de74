"""Builds every part of the desk once, from the settings, and closes them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread

from config.settings import Settings
from core.access import Access, secret_in
from core.answer import Answerer, AnswerPolicy
from core.catalogue import Catalogue
from core.chat_model import ChatModel, ChatModelGenerator
from core.conversations import Conversations
from core.errors import Misconfigured
from core.extract import ExtractiveGenerator
from core.feedback import FeedbackBook
from core.files import Files
from core.generate import Generator
from core.ingest import Ingester
from core.minilm import OnnxEmbedder
from core.reading import Readers
from core.records import Records
from core.remembering import RememberingEmbedder
from core.search import Embedder, Searcher
from core.split import SplitSizes
from core.sqlite_index import SqliteIndex
from core.tenants import Tenant, tenant_id
from core.tickets import Tickets
from core.weigh import WeighingReader, Weights

PROMPT = Path(__file__).parent.parent / "config" / "prompts" / "answer.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that doors and workers call."""

    tenant: Tenant
    ingester: Ingester
    searcher: Searcher
    answerer: Answerer
    feedback: FeedbackBook
    tickets: Tickets
    access: Access


@asynccontextmanager
async def assemble(settings: Settings) -> AsyncIterator[Desk]:
    """A desk ready to work; everything it opened is closed when the block ends.

    Raises:
        Misconfigured: a setting can't be met; the message names it.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"the data folder {str(settings.data)!r} can't be made: {error}") from error
    async with AsyncExitStack() as stack:
        records = await Records.open_file(settings.data / "desk.sqlite")
        stack.push_async_callback(records.close)
        embedder = await anyio.to_thread.run_sync(_embedder, settings)
        index = SqliteIndex(
            settings.data / "passages",
            model=embedder.name.partition("@")[0],
            dimensions=embedder.dimensions,
        )
        stack.callback(index.close)
        searcher = Searcher(index=index, embedder=embedder, candidates=settings.answers.candidates)
        ingester = _ingester(settings, records, searcher)
        stack.push_async_callback(ingester.readers.close)
        conversations = Conversations(records)
        weights = Weights.shipped()
        generator = await _generator(settings, embedder, stack)
        yield Desk(
            tenant=Tenant(id=tenant_id(settings.tenant), name=settings.tenant_name),
            ingester=ingester,
            searcher=searcher,
            answerer=Answerer(
                conversations=conversations,
                searcher=searcher,
                reader=WeighingReader(
                    RememberingEmbedder(embedder), weights, passages=settings.answers.passages
                ),
                generator=generator,
                fallback=ExtractiveGenerator(),
                policy=_policy(settings, weights),
            ),
            feedback=FeedbackBook(records, conversations),
            tickets=Tickets(records),
            access=Access(records, secret_in(settings.data / "secret.key")),
        )


def _embedder(settings: Settings) -> OnnxEmbedder:
    chosen = settings.embedder
    return OnnxEmbedder(chosen.model, runtime=chosen.runtime, threads=chosen.threads)


def _ingester(settings: Settings, records: Records, searcher: Searcher) -> Ingester:
    chosen = settings.documents
    return Ingester(
        catalogue=Catalogue(records),
        files=Files(settings.data / "files"),
        readers=Readers(
            timeout_s=chosen.read_seconds,
            memory_mb=chosen.read_memory_mb,
            readers=chosen.readers,
            tika_url=chosen.tika_url,
        ),
        index=searcher.index,
        embedder=searcher.embedder,
        sizes=SplitSizes(tokens=chosen.passage_tokens, overlap=chosen.overlap_tokens),
        max_bytes=chosen.max_bytes,
    )


async def _generator(settings: Settings, embedder: Embedder, stack: AsyncExitStack) -> Generator:
    chosen = settings.generator
    if not chosen.url:
        return ExtractiveGenerator()
    generator = ChatModelGenerator(
        ChatModel(
            url=chosen.url,
            model=chosen.model,
            api_key=chosen.api_key.get_secret_value(),
            timeout_s=chosen.timeout_seconds,
            max_tokens=chosen.max_tokens,
            context_tokens=chosen.context_tokens,
        ),
        instructions=PROMPT.read_text(encoding="utf-8"),
        count_tokens=embedder.count_tokens,
    )
    stack.push_async_callback(generator.close)
    return generator


def _policy(settings: Settings, weights: Weights) -> AnswerPolicy:
    threshold = settings.answers.abstain_below
    return AnswerPolicy(
        abstain_below=weights.threshold if threshold is None else threshold,
        public_url=settings.web.public_url.rstrip("/"),
    )
