"""The names of the things that documents are about, one document a thing: a hotel, a lamp, a branch."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import PurePath

import anyio.to_thread
from sqlalchemy import String, cast, select

from core.mentions import KnownNames
from core.records import Records
from core.schema import documents
from core.tenants import TenantId

LABEL = "thing"
"""The label of a document that is about the thing it is named after."""
LOOKS_AGAIN_S = 10.0
MOST_NAMES = 20_000
_KEPT = 128


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    files: tuple[str, ...]
    names: KnownNames


class Things:
    """Names that follow-ups may stand for: those of documents with the label `thing`.

    Most documents are named after topics, which a question that is whole by itself must not
    take along, so it is for the company to say which are not.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._seen: OrderedDict[tuple[TenantId, frozenset[str]], _Seen] = OrderedDict()

    async def names(self, tenant: TenantId, audiences: frozenset[str]) -> KnownNames:
        """The names in documents that these audiences may see, as of the last ten seconds; 20,000 at most.

        Raises:
            RecordsUnavailable: the records did not answer.
        """
        key = (tenant, audiences)
        seen = self._seen.get(key)
        if seen is None or time.monotonic() - seen.at > LOOKS_AGAIN_S:
            files = await self._files(tenant, audiences)
            if seen is not None and files == seen.files:
                names = seen.names
            else:
                names = await anyio.to_thread.run_sync(KnownNames, map(name_of, files))
            seen = self._seen[key] = _Seen(time.monotonic(), files, names)
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return seen.names

    async def _files(self, tenant: TenantId, audiences: frozenset[str]) -> tuple[str, ...]:
        query = (
            select(documents.c.name)
            .where(
                documents.c.tenant == tenant,
                documents.c.audience.in_(sorted(audiences)),
                cast(documents.c.labels, String).contains(f'"{LABEL}"', autoescape=True),
            )
            .order_by(documents.c.name)
            .limit(MOST_NAMES)
        )
        async with self._records.reading() as connection:
            return tuple(await connection.scalars(query))


def name_of(file: str) -> str:
    """The name that a file is called by, without its ending and with spaces.

    >>> name_of("Grand_Hotel-Lyon.md")
    'Grand Hotel Lyon'
    """
    return " ".join(PurePath(file).stem.replace("_", " ").replace("-", " ").split())
