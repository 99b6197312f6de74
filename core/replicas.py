"""`Replicas`: which of a model's servers takes the next request, and which are left alone for a while.

A replica that failed several times in a row is left alone, each time for longer. After the
pause its health is checked, beside the requests where another replica takes them; if it is
well, one request tries it, and with its first words the others may follow. Only a reply that
came whole makes up for the failures before it.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import GenerationUnavailable

logger = logging.getLogger(__name__)

RECENT_S = 60.0
"""A replica's delay counts half after this time without a request: it may have got better."""
NEWEST_SHARE = 0.3
EARLY_S = 0.02
"""Timers may ring this much too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After how many failures in a row a replica is left alone, for how long, and how long a check may take.

    The pause doubles from `pause_s` to `longest_pause_s` while checks and trials fail.
    """

    failures: int = 3
    pause_s: float = 1.0
    longest_pause_s: float = 60.0
    check_s: float = 1.0


def place_of(url: str) -> str:
    """The host and port of a URL, without a name or password that may stand in it.

    >>> place_of("http://desk:secret@10.0.0.7:8000/v1")
    '10.0.0.7:8000'
    """
    return urlsplit(url).netloc.rpartition("@")[2]


class Replica:
    """One server: what it is doing, and how it has done lately."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.in_flight = 0
        self.failures = 0
        self.pauses = 0
        self.left_alone_until = 0.0
        self.is_open = False
        self.on_trial = False
        self.check: asyncio.Task[bool] | None = None
        self._delay_s = 0.0
        self._heard = 0.0

    def is_ready(self, now: float) -> bool:
        """Whether a request may go there; of one on trial, whether no other has."""
        if self.on_trial and self.in_flight:
            return False
        return not self.is_open and self.left_alone_until <= now + EARLY_S

    def is_due(self, now: float) -> bool:
        """Whether it was left alone for long enough to be looked at again."""
        return self.is_open and self.left_alone_until <= now + EARLY_S

    def delay_s(self, now: float) -> float:
        """How long its first words took lately; less and less telling while nobody asks it."""
        return self._delay_s * float(0.5 ** ((now - self._heard) / RECENT_S))

    def heard(self, now: float, delay_s: float) -> None:
        """Its first words came."""
        known = self.delay_s(now) or delay_s
        self._delay_s = known + NEWEST_SHARE * (delay_s - known)
        self._heard = now


class Lease:
    """A request under way at a replica. Whoever took it says how it went, and releases it."""

    def __init__(self, pool: "Replicas", replica: Replica) -> None:
        self.replica = replica
        self._pool = pool
        self._began = pool.clock()
        self._held = True
        replica.in_flight += 1

    @property
    def url(self) -> str:
        """Where the replica is."""
        return self.replica.url

    def spoke(self) -> None:
        """The first words came: more requests may go there."""
        now = self._pool.clock()
        self.replica.heard(now, now - self._began)
        self.replica.is_open = self.replica.on_trial = False

    def done(self) -> None:
        """The replica did its work."""
        self._pool.forgive(self.replica)

    def failed(self) -> None:
        """The replica did not do its work."""
        self._pool.count_failure(self.replica)

    def rest(self, seconds: float) -> None:
        """The replica asked for a pause: it is well, but has enough to do."""
        pool = self._pool
        pool.forgive(self.replica)
        self.replica.left_alone_until = pool.clock() + min(seconds, pool.patience.longest_pause_s)

    def release(self) -> None:
        """The request has ended, however it did. A second time does nothing."""
        if self._held:
            self._held = False
            self.replica.in_flight -= 1


class Replicas:
    """The servers of one model. `is_well` looks whether the one at a URL is up, and may raise.

    Everything happens on one event loop, and nothing runs while nobody asks.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        is_well: Callable[[str], Awaitable[bool]],
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patience = patience or Patience()
        self.clock = clock
        self._replicas = [Replica(url) for url in dict.fromkeys(urls)]
        self._is_well = is_well

    async def take(self, *, without: Collection[str] = ()) -> Lease:
        """The replica with the least to do, of equals the one that was quickest lately.

        `without` are URLs that this request has tried.

        Raises:
            GenerationUnavailable: there is none at the moment.
        """
        lease = self._least_busy(without)
        due = [each for each in self._untried(without) if each.is_due(self.clock())]
        checks = [self._checking(replica) for replica in due]
        if lease is None and checks:
            waiting = set(checks)
            while lease is None and waiting:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                lease = self._least_busy(without)
        if lease is None:
            raise GenerationUnavailable(self._why_none())
        return lease

    def has_ready(self, *, without: Collection[str] = (), in_s: float = 0.0) -> bool:
        """Whether a replica would take a request, `in_s` from now."""
        then = self.clock() + in_s
        return any(each.is_ready(then) for each in self._untried(without))

    async def close(self) -> None:
        """End the checks that are under way."""
        checks = [each.check for each in self._replicas if each.check is not None]
        for check in checks:
            check.cancel()
        await asyncio.gather(*checks, return_exceptions=True)

    def forgive(self, replica: Replica) -> None:
        """What the replica did wrong before no longer counts."""
        if replica.pauses:
            logger.info("replica_is_back", extra={"replica": place_of(replica.url)})
        replica.failures = replica.pauses = 0
        replica.is_open = replica.on_trial = False

    def count_failure(self, replica: Replica) -> None:
        """One more failure in a row; enough of them, or one on trial, and it is left alone."""
        replica.failures += 1
        if not replica.is_open and (replica.on_trial or replica.failures >= self.patience.failures):
            self._leave_alone(replica)

    def _least_busy(self, without: Collection[str]) -> Lease | None:
        now = self.clock()
        ready = [each for each in self._untried(without) if each.is_ready(now)]
        if not ready:
            return None
        return Lease(self, min(ready, key=lambda each: (each.in_flight, each.delay_s(now))))

    def _untried(self, tried: Collection[str]) -> list[Replica]:
        return [each for each in self._replicas if each.url not in tried]

    def _leave_alone(self, replica: Replica) -> None:
        pause = min(self.patience.pause_s * 2**replica.pauses, self.patience.longest_pause_s)
        # Apart by chance, so that the processes of a desk do not all come back at once.
        pause *= random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        replica.is_open, replica.on_trial = True, False
        replica.pauses += 1
        replica.left_alone_until = self.clock() + pause
        left_alone = {"replica": place_of(replica.url), "seconds": round(pause, 1)}
        logger.warning("replica_left_alone", extra=left_alone)

    def _checking(self, replica: Replica) -> "asyncio.Task[bool]":
        """The check that is under way, or a new one: however many wait, the server is asked once."""
        if replica.check is None or replica.check.done():
            replica.check = asyncio.create_task(self._check(replica))
        return replica.check

    async def _check(self, replica: Replica) -> bool:
        is_well = False
        with contextlib.suppress(TimeoutError, GenerationUnavailable):
            async with asyncio.timeout(self.patience.check_s):
                is_well = await self._is_well(replica.url)
        if is_well:
            replica.is_open, replica.on_trial = False, True
        else:
            self._leave_alone(replica)
        return is_well

    def _why_none(self) -> str:
        now = self.clock()
        waits = [each.left_alone_until - now for each in self._replicas if each.left_alone_until > now]
        soonest = f"; the first is looked at again in {max(min(waits), 0.1):.1f} s" if waits else ""
        return f"none of the language model's {len(self._replicas)} servers takes requests{soonest}"
