"""The connection to Elasticsearch: its errors in the house's words, patience, writing in bulk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from core.errors import Misconfigured, SearchUnavailable

if TYPE_CHECKING:
    from elasticsearch import ApiError, AsyncElasticsearch

Operation = tuple[Mapping[str, Any], Mapping[str, Any] | None]
"""What to do with one entry, and its source where it is written."""

BUSY = frozenset({429, 503})
PATIENCE = 9
"""Times that a busy server is asked again, which takes about half a minute."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 8.0

_GONE = frozenset({"index_not_found_exception", "cluster_block_exception", "index_closed_exception"})
_MENDS = {
    401: "set FRONTDESK_ELASTICSEARCH__API_KEY",
    403: "give the key of FRONTDESK_ELASTICSEARCH__API_KEY the right to manage the desk's indexes",
    429: "it is busy or its disk is full; try again later, or give it more room",
    503: "it is starting or has lost a node; try again later",
}

T = TypeVar("T")


class Moved(SearchUnavailable):
    """The index that was asked is closed to writing, or gone: another has taken its place, or soon will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticsearchOptions:
    """Where Elasticsearch is, and how the desk's indexes are made there.

    `certificates` is a file of authorities to trust. `explored` is how many passages the
    graph of vectors looks at in each shard. A write that has not ended after
    `abandoned_after_s` is taken for dead, and what it left is removed.
    """

    nodes: Sequence[str]
    api_key: str = ""
    certificates: str = ""
    prefix: str = "frontdesk"
    shards: int = 1
    replicas: int = 0
    timeout_s: float = 10.0
    explored: int = 200
    abandoned_after_s: float = 3600.0

    @property
    def shown(self) -> str:
        """The nodes' addresses as they may stand in an error: without name and password."""
        hosts = (urlsplit(node) for node in self.nodes)
        return ", ".join(f"{host.scheme}://{host.netloc.rpartition('@')[2]}" for host in hosts)


def connect(options: ElasticsearchOptions) -> AsyncElasticsearch:
    """A client of the nodes; nothing is sent yet.

    Raises:
        Misconfigured: an address or the file of certificates can't be used.
    """
    from elasticsearch import AsyncElasticsearch  # noqa: PLC0415 - only a desk on a cluster loads it

    more: dict[str, Any] = {}
    if options.api_key:
        more["api_key"] = options.api_key
    if options.certificates:
        more["ca_certs"] = options.certificates
    try:
        return AsyncElasticsearch(
            list(options.nodes),
            request_timeout=options.timeout_s,
            max_retries=len(options.nodes),
            retry_on_status=(),
            retry_on_timeout=False,
            **more,
        )
    except (ValueError, OSError) as error:
        raise Misconfigured(
            f"Elasticsearch at {options.shown!r} can't be used ({type(error).__name__}): "
            "look at FRONTDESK_ELASTICSEARCH__URL and FRONTDESK_ELASTICSEARCH__CERTIFICATES"
        ) from error


@contextmanager
def translated(options: ElasticsearchOptions) -> Iterator[None]:
    """Turns the client's errors into the house's, without any of the text that was sent.

    Raises:
        Moved: the index is closed to writing, or gone.
        SearchUnavailable: the server did not answer, or not as it should.
    """
    from elasticsearch import ApiError, SerializationError, TransportError  # noqa: PLC0415 - see connect

    try:
        yield
    except ApiError as error:
        kind = kind_of(error)
        if is_gone(error.status_code, kind):
            raise Moved(f"Elasticsearch at {options.shown} closed or removed the index ({kind})") from error
        mend = _MENDS.get(error.status_code, "look into its log")
        raise SearchUnavailable(
            f"Elasticsearch at {options.shown} answered {error.status_code} ({kind}): {mend}"
        ) from error
    except (TransportError, SerializationError) as error:
        raise SearchUnavailable(
            f"Elasticsearch at {options.shown} did not answer ({type(error).__name__}): "
            "start it, or look at FRONTDESK_ELASTICSEARCH__URL"
        ) from error


def kind_of(error: ApiError) -> str:
    """The server's own name for what went wrong, which holds nothing of what was sent."""
    body = error.body
    told = body.get("error") if isinstance(body, Mapping) else None
    return str(told.get("type") if isinstance(told, Mapping) else type(error).__name__)


def is_gone(status: int, kind: str) -> bool:
    """Whether an answer says that the index is closed to writing, or is no more."""
    return status == HTTPStatus.NOT_FOUND or (kind in _GONE and status not in BUSY)


async def patiently(call: Callable[[], Awaitable[T]], *, tries: int = PATIENCE) -> T:
    """What `call` gives, asked again with growing pauses while the server says that it is busy."""
    from elasticsearch import ApiError  # noqa: PLC0415 - see connect

    for wait in islice(pauses(), tries):
        try:
            return await call()
        except ApiError as error:
            if error.status_code not in BUSY:
                raise
            await asyncio.sleep(wait)
    return await call()


def pauses() -> Iterator[float]:
    """How long to wait before each further try, spread so that writers do not come back all at once."""
    for attempt in range(PATIENCE):
        yield min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret


async def write(client: AsyncElasticsearch, door: str, operations: Sequence[Operation]) -> None:
    """Carry out all operations in their order; what a busy server refused is sent again.

    Raises:
        Moved: the index behind the door is closed to writing, or gone.
        SearchUnavailable: the server stayed busy, or could not take an entry as it is.
    """
    left = list(operations)
    for wait in (0.0, *pauses()):
        await asyncio.sleep(wait)
        left = await _refused(client, door, left)
        if not left:
            return
    raise SearchUnavailable(
        f"Elasticsearch refused {len(left)} of {len(operations)} entries as too many at once: "
        "try again later, or give it more room"
    )


async def _refused(client: AsyncElasticsearch, door: str, operations: Sequence[Operation]) -> list[Operation]:
    """The operations of a request that the server was too busy for."""
    from elasticsearch import ApiError  # noqa: PLC0415 - see connect

    lines = [line for operation in operations for line in operation if line is not None]
    try:
        response = await client.bulk(index=door, require_alias=True, operations=lines)
    except ApiError as error:
        if error.status_code not in BUSY:
            raise
        return list(operations)
    outcomes = (outcome for item in response["items"] for outcome in item.values())
    return [
        operation for operation, outcome in zip(operations, outcomes, strict=True) if _is_busy(outcome, door)
    ]


def _is_busy(outcome: Mapping[str, Any], door: str) -> bool:
    """Whether the entry is to be sent again; raises where that is no use."""
    told = outcome.get("error")
    if not told:
        return False
    status, kind = outcome["status"], told["type"]
    if status in BUSY:
        return True
    if is_gone(status, kind):
        raise Moved(f"Elasticsearch closed or removed {door!r} ({kind})")
    raise SearchUnavailable(
        f"Elasticsearch could not take an entry into {door!r} ({status} {kind}): look into its log"
    )
