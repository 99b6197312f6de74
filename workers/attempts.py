"""How often a job is tried: an outage is waited out, a refusal is final, a fault gets a second chance."""

from __future__ import annotations

import asyncio
import logging
import random
import time

from core.assembly import Desk
from core.errors import Refused, Unavailable
from core.jobs import Job
from workers import jobs

logger = logging.getLogger(__name__)

OFTEN = frozenset({"reap", "deliver"})
"""Jobs that come so often that their ends are told only to those who look closely."""
MOST_OUTAGES = 8
MOST_FAULTS = 2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


async def carry_out(desk: Desk, job: Job, *, job_seconds: float) -> None:
    """Do a job; returns when it is done, or given up with the reason in the log.

    What is given up is begun again by the schedule: nothing is kept in a job but its tenant.
    """
    began = time.perf_counter()
    limit = asyncio.timeout(job_seconds)
    try:
        async with limit:
            is_done = await _try(desk, job)
    except TimeoutError:
        if not limit.expired():
            raise
        park(job, f"it took longer than {job_seconds:.0f} seconds")
        return
    if is_done:
        facts = {"job": job.name, "tenant": job.tenant, "ms": round((time.perf_counter() - began) * 1000)}
        logger.log(logging.DEBUG if job.name in OFTEN else logging.INFO, "job_done", extra=facts)


def park(job: Job, reason: str) -> None:
    """Say that a job is given up, and why."""
    facts = {"job": job.name, "tenant": job.tenant, "id": job.id, "reason": reason}
    logger.error("job_parked", extra=facts)


def pause_s(failures: int) -> float:
    """How long to wait after so many outages in a row; no two workers wait alike.

    >>> 30 <= pause_s(100) <= LONGEST_PAUSE_S
    True
    """
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 16))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing


async def _try(desk: Desk, job: Job) -> bool:
    outages = faults = 0
    while True:
        try:
            await jobs.WORK[job.name](desk, job)
        except Refused as error:
            park(job, str(error))
            return False
        except Unavailable as error:
            outages += 1
            if outages == MOST_OUTAGES:
                park(job, f"{outages} times {type(error).__name__}: {error}")
                return False
            logger.warning(
                "job_postponed",
                extra={"job": job.name, "tenant": job.tenant, "reason": str(error), "outages": outages},
            )
            await asyncio.sleep(pause_s(outages))
        except Exception as error:  # one job's fault must not stop all that come after it
            faults += 1
            logger.exception("job_failed", extra={"job": job.name, "tenant": job.tenant})
            if faults == MOST_FAULTS:
                park(job, type(error).__name__)
                return False
        else:
            return True
