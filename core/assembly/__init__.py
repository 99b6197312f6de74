"""Builds every part of the desk once, from the settings, and closes them again."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import anyio
import anyio.to_thread

from config.settings import Settings
from core.access import Access
from core.answer import Answerer, AnswerPolicy
from core.answer_cache import AnswerCache
from core.approvals import Approvals
from core.assembly.identity import customer_tokens_for, staff_sign_in_for
from core.assembly.models import embedder_for, generator_for, reader_for, reranker_for
from core.assembly.people import open_deliveries, ticket_news, ticket_terms
from core.assembly.stores import Stores, open_stores
from core.assembly.understanding import Parts, teaching_for, understanding_for
from core.catalogue import Catalogue
from core.claims import Claims
from core.clarifying import Clarifier
from core.conversations import Conversations
from core.customer_tokens import CustomerTokens
from core.customers import Customers
from core.deliveries import Deliveries
from core.encryption import secret_file
from core.errors import Misconfigured, Unavailable
from core.escalation import EscalationPolicy
from core.extract import ExtractiveGenerator
from core.faq_book import FaqBook
from core.faq_match import FaqMatcher
from core.feedback import FeedbackBook
from core.hand_off import HandOff
from core.ingest import Ingester
from core.judgements import Judgements
from core.locks import Locks
from core.personas import Personas
from core.phrases import languages_in
from core.rate_limits import RateLimits
from core.reading import Readers
from core.recollection import Recollection
from core.retention import Retention
from core.review_queue import ReviewQueue
from core.search import Searcher
from core.session_memory import SessionMemory
from core.split import SplitSizes
from core.staff_sign_in import StaffSignIn
from core.teaching import Teaching
from core.tenants import Tenant, TenantId, tenant_id
from core.ticket_notes import TicketNotes
from core.tickets import Tickets
from core.understand import Understanding
from core.weigh import Weights

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that doors and workers call."""

    tenant: Tenant
    ingester: Ingester
    searcher: Searcher
    answerer: Answerer
    faq: FaqBook
    faq_matcher: FaqMatcher
    teaching: Teaching
    feedback: FeedbackBook
    reviews: ReviewQueue
    tickets: Tickets
    hand_off: HandOff
    approvals: Approvals
    notes: TicketNotes
    escalation: EscalationPolicy
    deliveries: Deliveries
    access: Access
    staff_sign_in: StaffSignIn | None
    customers: Customers
    customer_tokens: CustomerTokens
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
    _make_folder(settings)
    async with AsyncExitStack() as stack:
        embedder = await anyio.to_thread.run_sync(embedder_for, settings)
        stores = await open_stores(settings, embedder, stack, keeps_running=keeps_running)
        cache = _answer_cache(settings, stores)
        searcher = Searcher(index=stores.index, embedder=embedder, candidates=settings.answers.candidates)
        faq = FaqBook(stores.records, stores.outbox, cache)
        ingester = _ingester(settings, stores, searcher, cache)
        stack.push_async_callback(ingester.readers.close)
        recollection = _recollection(stores, ingester, cache)
        matcher = _faq_matcher(settings, faq, searcher)
        answerer = await _answerer(settings, stores, searcher, recollection, matcher, stack)
        for generator in (answerer.generator, answerer.fallback):
            stack.push_async_callback(generator.close)
        if keeps_running:
            await stack.enter_async_context(_preparing(answerer.understanding, tenant_id(settings.tenant)))
        yield Desk(
            tenant=Tenant(id=tenant_id(settings.tenant), name=settings.tenant_name),
            ingester=ingester,
            searcher=searcher,
            answerer=answerer,
            faq=faq,
            faq_matcher=matcher,
            teaching=teaching_for(answerer.understanding),
            feedback=FeedbackBook(stores.records, stores.outbox, answerer.conversations),
            reviews=_reviews(settings, stores, answerer.conversations),
            tickets=answerer.tickets,
            hand_off=answerer.understanding.hand_off,
            approvals=answerer.understanding.approvals,
            notes=TicketNotes(stores.records, answerer.tickets),
            escalation=answerer.understanding.policy,
            deliveries=open_deliveries(settings, stores, answerer.tickets, stack),
            access=_access(settings, stores),
            staff_sign_in=staff_sign_in_for(settings),
            customers=Customers(stores.records, stores.files),
            customer_tokens=customer_tokens_for(settings, stores.redis.client),
            limits=RateLimits(stores.redis.client),
            retention=_retention(settings, stores),
            stores=stores,
        )


@asynccontextmanager
async def _preparing(understanding: Understanding, tenant: TenantId) -> AsyncIterator[None]:
    """What is to be learned is learned beside everything else, and no longer than the block lasts."""

    async def prepare() -> None:
        try:
            await understanding.prepare(tenant)
        except Unavailable:
            logger.warning("preparation_postponed", exc_info=True)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(prepare)
        yield
        tasks.cancel_scope.cancel()


def _answer_cache(settings: Settings, stores: Stores) -> AnswerCache:
    chosen = settings.limits
    return AnswerCache(stores.redis.client, hours=chosen.cache_hours, likeness=chosen.cache_likeness)


def _access(settings: Settings, stores: Stores) -> Access:
    secret = settings.secret.get_secret_value().encode() or secret_file(settings.data / "secret.key")
    return Access(stores.records, secret)


def _retention(settings: Settings, stores: Stores) -> Retention:
    return Retention(records=stores.records, files=stores.files, days=settings.worker.retention_days)


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"the data folder {str(settings.data)!r} can't be made: {error}") from error


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


def _reviews(settings: Settings, stores: Stores, conversations: Conversations) -> ReviewQueue:
    judgements = Judgements(stores.records, conversations)
    return ReviewQueue(records=stores.records, judgements=judgements, share=settings.safety.review_share)


def _faq_matcher(settings: Settings, faq: FaqBook, searcher: Searcher) -> FaqMatcher:
    return FaqMatcher(faq, searcher.embedder, likeness=settings.faq.likeness, sureness=settings.faq.sureness)


async def _answerer(
    settings: Settings,
    stores: Stores,
    searcher: Searcher,
    recollection: Recollection,
    matcher: FaqMatcher,
    stack: AsyncExitStack,
) -> Answerer:
    weights = Weights.shipped()
    threshold = settings.answers.abstain_below
    fallback = ExtractiveGenerator()
    locks = Locks(stores.redis.client)
    news = ticket_news(settings, stores)
    tickets = Tickets(stores.records, stores.outbox, ticket_terms(settings), news)
    parts = Parts(
        embedder=searcher.embedder,
        faq=matcher,
        hand_off=HandOff(stores.records, tickets, recollection.conversations, locks, recollection.memory),
        conversations=recollection.conversations,
        catalogue=recollection.catalogue,
        tickets=tickets,
        locks=locks,
        memory=recollection.memory,
    )
    return Answerer(
        conversations=recollection.conversations,
        recollection=recollection,
        locks=locks,
        searcher=searcher,
        reranker=await anyio.to_thread.run_sync(reranker_for, settings),
        reader=await anyio.to_thread.run_sync(reader_for, settings, searcher.embedder, weights),
        generator=generator_for(settings, fallback),
        fallback=fallback,
        tickets=tickets,
        understanding=understanding_for(settings, stores, parts, stack),
        personas=Personas(stores.records),
        policy=AnswerPolicy(
            abstain_below=weights.threshold if threshold is None else threshold,
            public_url=settings.web.public_url.rstrip("/"),
            languages=languages_in(settings.languages),
        ),
        clarifier=Clarifier(faq=matcher) if settings.answers.clarify else None,
    )
