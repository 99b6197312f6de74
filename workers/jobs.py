"""What each job is: the name it waits under, and the part of core that does it."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing

from core.assembly import Desk
from core.digest import Digester
from core.elasticsearch_index import ElasticsearchIndex
from core.golden_set import GoldenSet
from core.jobs import Job, JobName
from core.reaper import Reaper
from core.reindex import rebuild
from core.succession import Succession
from core.tenants import TenantId

logger = logging.getLogger(__name__)

SLICE_DOCUMENTS = 128
SLICE_S = 15.0
"""A job reads so many documents, or for so long, before it is another tenant's turn."""

Work = Callable[[Desk, Job], Awaitable[None]]


async def take_in(desk: Desk, job: Job) -> None:
    """Read some of the tenant's queued documents; what is left is a job at the end of the queue.

    However many jobs a tenant has in the queue, one of them at most goes on; the others end at
    once. So the tenants take turns, and one that is alone has every worker to itself.
    """
    succession = Succession(desk.stores.records, desk.stores.outbox)
    has_more = await _waiting(desk, job.tenant) > SLICE_DOCUMENTS
    if not await succession.begin(job, has_more=has_more):
        return
    await _read_a_slice(desk, job.tenant)
    if not has_more and await _waiting(desk, job.tenant):
        await succession.end(job)


async def _read_a_slice(desk: Desk, tenant: TenantId) -> None:
    end = time.monotonic() + SLICE_S
    async with aclosing(desk.ingester.run(tenant, most=SLICE_DOCUMENTS)) as documents:
        async for document in documents:
            logger.info(
                "document_ended",
                extra={
                    "document": document.id,
                    "tenant": document.tenant,
                    "status": document.status.value,
                    "passages": document.passages,
                },
            )
            if time.monotonic() > end:
                return


async def _waiting(desk: Desk, tenant: TenantId) -> int:
    return (await desk.ingester.claims.waiting()).get(tenant, 0)


async def reap(desk: Desk, job: Job) -> None:
    """Mend what ended processes and lost brokers left behind."""
    stores = desk.stores
    await Reaper(records=stores.records, outbox=stores.outbox, ingester=desk.ingester).reap()
    await stores.calls.sweep()


async def reindex(desk: Desk, job: Job) -> None:
    """Move the tenant's passages to an index of the layout and the model in use, while they are searched."""
    index = desk.stores.index
    if not isinstance(index, ElasticsearchIndex):
        logger.info("reindex_not_needed", extra={"index": type(index).__name__})
        return
    moved = await rebuild(index, job.tenant, desk.searcher.embedder)
    logger.info("reindexed", extra={"tenant": job.tenant, "passages": moved})


async def digest_feedback(desk: Desk, job: Job) -> None:
    """Group the tenant's unsolved questions for the admin."""
    digester = Digester(records=desk.stores.records, feedback=desk.feedback, embedder=desk.searcher.embedder)
    await digester.digest(job.tenant)


async def evaluate(desk: Desk, job: Job) -> None:
    """Ask the tenant's liked questions again."""
    await GoldenSet(records=desk.stores.records, answerer=desk.answerer).evaluate(job.tenant)


async def deliver(desk: Desk, job: Job) -> None:
    """Send out what is due of every tenant's tickets: what failed before is due again in time."""
    arrived = await desk.deliveries.run()
    if arrived:
        logger.info("tickets_delivered", extra={"arrived": arrived})


async def settle_approvals(desk: Desk, job: Job) -> None:
    """Carry out what was approved and left behind, of every tenant; what nobody approved expires."""
    ended = await desk.approvals.settle()
    if ended:
        logger.info("approvals_settled", extra={"ended": ended})


async def retain(desk: Desk, job: Job) -> None:
    """Forget what was kept long enough, of every tenant."""
    forgotten = await desk.retention.run()
    logger.info(
        "retained",
        extra={
            "conversations": forgotten.conversations,
            "reports": forgotten.reports,
            "files": forgotten.files,
        },
    )


WORK: Mapping[JobName, Work] = {
    "ingest": take_in,
    "reap": reap,
    "deliver": deliver,
    "settle_approvals": settle_approvals,
    "reindex": reindex,
    "digest_feedback": digest_feedback,
    "evaluate": evaluate,
    "retain": retain,
}
