"""Builds every part of the desk once, from the settings, and closes them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio.to_thread

from config.settings import Settings
from core.access import Access
from core.answer import Answerer, AnswerPolicy
from core.answer_cache import AnswerCache
from core.assembly.models import embedder_for, generator_for, reader_for, reranker_for
from core.assembly.stores import Stores, open_stores
from core.catalogue import Catalogue
from core.claims import Claims
from core.conversations import Conversations
from core.encryption import secret_file
from core.errors import Misconfigured
from core.extract import ExtractiveGenerator
from core.feedback import FeedbackBook
from core.ingest import Ingester
from core.locks import Locks
from core.rate_limits import RateLimits
from core.reading import Readers
from core.recollection import Recollection
from core.retention import Retention
from core.search import Searcher
from core.session_memory import SessionMemory
from core.split import SplitSizes
from core.tenants import Tenant, tenant_id
from core.tickets import Tickets
from core.weigh import Weights


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
    limits: RateLimits
    retention: Retention
    stores: Stores


@asynccontextmanager
async def assemble(settings: Settings, *, keeps_running: bool = False) -> AsyncIterator[Desk]:
    """A desk ready to work; everything it opened is closed when the block ends.

    One that `keeps_running` may start the private Redis server; one for a single command
    uses it where it runs.

    Raises:
        Misconfigured: a setting can't be met; the message names it.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"the data folder {str(settings.data)!r} can't be made: {error}") from error
    async with AsyncExitStack() as stack:
        embedder = await anyio.to_thread.run_sync(embedder_for, settings)
        stores = await open_stores(settings, embedder, stack, keeps_running=keeps_running)
        cache = AnswerCache(
            stores.redis.client, hours=settings.limits.cache_hours, likeness=settings.limits.cache_likeness
        )
        searcher = Searcher(index=stores.index, embedder=embedder, candidates=settings.answers.candidates)
        ingester = _ingester(settings, stores, searcher, cache)
        stack.push_async_callback(ingester.readers.close)
        answerer = await _answerer(settings, stores, searcher, _recollection(stores, ingester, cache))
        for generator in (answerer.generator, answerer.fallback):
            stack.push_async_callback(generator.close)
        secret = settings.secret.get_secret_value().encode() or secret_file(settings.data / "secret.key")
        yield Desk(
            tenant=Tenant(id=tenant_id(settings.tenant), name=settings.tenant_name),
            ingester=ingester,
            searcher=searcher,
            answerer=answerer,
            feedback=FeedbackBook(stores.records, stores.outbox, answerer.conversations),
            tickets=answerer.tickets,
            access=Access(stores.records, secret),
            limits=RateLimits(stores.redis.client),
            retention=Retention(
                records=stores.records, files=stores.files, days=settings.worker.retention_days
            ),
            stores=stores,
        )


def _ingester(settings: Settings, stores: Stores, searcher: Searcher, cache: AnswerCache) -> Ingester:
    chosen = settings.documents
    most = searcher.embedder.max_tokens - 2
    if chosen.passage_tokens > most:
        raise Misconfigured(
            f"passages of {chosen.passage_tokens} tokens are longer than the embedder reads: "
            f"set FRONTDESK_DOCUMENTS__PASSAGE_TOKENS to {most} or less"
        )
    return Ingester(
        catalogue=Catalogue(stores.records, stores.outbox),
        claims=Claims(stores.records, stores.outbox),
        files=stores.files,
        readers=Readers(
            timeout_s=chosen.read_seconds,
            memory_mb=chosen.read_memory_mb,
            readers=chosen.readers,
            tika_url=chosen.tika_url,
        ),
        index=searcher.index,
        embedder=searcher.embedder,
        cache=cache,
        sizes=SplitSizes(tokens=chosen.passage_tokens, overlap=chosen.overlap_tokens),
        max_bytes=chosen.max_bytes,
        heartbeat_s=settings.worker.heartbeat_seconds,
    )


def _recollection(stores: Stores, ingester: Ingester, cache: AnswerCache) -> Recollection:
    return Recollection(
        conversations=Conversations(stores.records, stores.outbox),
        catalogue=ingester.catalogue,
        memory=SessionMemory(stores.redis.client),
        cache=cache,
    )


async def _answerer(
    settings: Settings, stores: Stores, searcher: Searcher, recollection: Recollection
) -> Answerer:
    weights = Weights.shipped()
    threshold = settings.answers.abstain_below
    fallback = ExtractiveGenerator()
    return Answerer(
        conversations=recollection.conversations,
        recollection=recollection,
        locks=Locks(stores.redis.client),
        searcher=searcher,
        reranker=await anyio.to_thread.run_sync(reranker_for, settings),
        reader=await anyio.to_thread.run_sync(reader_for, settings, searcher.embedder, weights),
        generator=generator_for(settings, fallback),
        fallback=fallback,
        tickets=Tickets(stores.records, stores.outbox),
        policy=AnswerPolicy(
            abstain_below=weights.threshold if threshold is None else threshold,
            public_url=settings.web.public_url.rstrip("/"),
        ),
    )
