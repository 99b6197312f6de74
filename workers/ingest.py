"""The worker that reads what was uploaded, for as long as the process runs."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import aclosing

import anyio

from core.errors import Unavailable
from core.ingest import Ingester

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0


async def work(ingester: Ingester, *, poll_seconds: float = 1.0, wake: asyncio.Event | None = None) -> None:
    """Take queued documents in until cancelled; then what is half done is queued again.

    Looks for work when `wake` is set and every `poll_seconds`. After a failure it waits
    longer each time, a minute at most, and goes on.
    """
    failures = 0
    while True:
        try:
            await _take_in(ingester)
        except Unavailable as error:
            failures += 1
            logger.warning("ingest_postponed", extra={"error": str(error), "failures": failures})
        except Exception:  # one document's fault must not stop all that come after it
            failures += 1
            logger.exception("ingest_failed", extra={"failures": failures})
        else:
            failures = 0
        if failures:
            await anyio.sleep(pause_s(failures, poll_seconds))
        else:
            await _rest(poll_seconds, wake)


def pause_s(failures: int, first_s: float) -> float:
    """How long to wait after so many failures in a row; no two workers wait alike.

    >>> 30 <= pause_s(100, 1.0) <= LONGEST_PAUSE_S
    True
    """
    longest = min(LONGEST_PAUSE_S, first_s * 2.0 ** min(failures, 16))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing


async def _take_in(ingester: Ingester) -> None:
    async with aclosing(ingester.run()) as documents:
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


async def _rest(poll_seconds: float, wake: asyncio.Event | None) -> None:
    with anyio.move_on_after(poll_seconds):
        if wake is None:
            await anyio.sleep_forever()
        else:
            await wake.wait()
    if wake is not None:
        wake.clear()
