"""What people of a tenant say, as its admin noted it: sentences, each with what is wanted by it."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from core.errors import NotFound, Overtaken
from core.intents import Utterance
from core.persona_tables import utterances
from core.records import Records, now
from core.stored_values import storable
from core.tenants import TenantId

LOOKS_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtUtterance:
    """A sentence that a tenant's admin noted; `label` is what is wanted by it (`core.teaching`)."""

    id: str
    text: str
    label: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUtterances:
    """A tenant's own examples. `digest` is the same for the same examples, empty where there are none."""

    examples: tuple[Utterance, ...] = ()
    digest: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Name what is in it."""
        if self.examples:
            words = "\0".join(f"{one.intent}\0{one.text}" for one in self.examples)
            named = blake2b(words.encode(errors="surrogatepass"), digest_size=8).hexdigest()
            object.__setattr__(self, "digest", named)


NONE = OwnUtterances()


def said(text: str) -> str:
    """A sentence as it counts: the same however it is written, with nothing but letters and digits.

    >>> said(" Hello,  WORLD! ") == said("hello world")
    True
    """
    letters = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return " ".join(letters.split())


class UtteranceBook:
    """Sentences as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[TenantId, tuple[float, OwnUtterances]] = {}
        self._edits: Counter[TenantId] = Counter()

    async def of(self, tenant: TenantId) -> OwnUtterances:
        """The tenant's examples. What another process noted counts after two seconds, own edits at once.

        Raises:
            RecordsUnavailable: they can't be looked up.
        """
        looked_at, own = self._known.get(tenant, (float("-inf"), NONE))
        if time.monotonic() - looked_at > LOOKS_AGAIN_S:
            edits = self._edits[tenant]
            own = own_of(await self.list(tenant))
            if edits == self._edits[tenant]:
                # What was read while an edit went on may be older than that.
                self._known[tenant] = (time.monotonic(), own)
        return own

    async def list(self, tenant: TenantId) -> list[TaughtUtterance]:
        """Every sentence, oldest first."""
        query = select(utterances).where(utterances.c.tenant == tenant)
        async with self._records.reading() as connection:
            rows = await connection.execute(query.order_by(utterances.c.created_at, utterances.c.id))
            return [
                TaughtUtterance(id=row.id, text=row.text, label=row.label, created_at=row.created_at)
                for row in rows
            ]

    async def add(self, tenant: TenantId, new: Sequence[Utterance]) -> None:
        """Keep sentences, all or none.

        Raises:
            Overtaken: another process noted one of them in the same moment.
        """
        moment = now()
        rows = [
            {
                "id": uuid.uuid4().hex[:12],
                "tenant": tenant,
                "text": storable(one.text),
                "says": _name(one.text),
                "label": one.intent,
                "created_at": moment,
            }
            for one in new
        ]
        try:
            async with self._records.transaction() as connection:
                await connection.execute(insert(utterances), rows)
        except IntegrityError as error:
            raise Overtaken("another process noted one of these sentences in the same moment") from error
        self._edited(tenant)

    async def remove(self, tenant: TenantId, utterance_id: str) -> None:
        """Forget a sentence.

        Raises:
            NotFound: the tenant has no such sentence.
        """
        is_it = (utterances.c.tenant == tenant, utterances.c.id == utterance_id)
        async with self._records.transaction() as connection:
            gone = await connection.execute(delete(utterances).where(*is_it))
            if not gone.rowcount:
                raise NotFound(f"there is no utterance {utterance_id!r}")
        self._edited(tenant)

    def _edited(self, tenant: TenantId) -> None:
        self._edits[tenant] += 1
        self._known.pop(tenant, None)


def own_of(taught: Sequence[TaughtUtterance], *new: Utterance) -> OwnUtterances:
    """The examples that these sentences, and new ones, come to."""
    return OwnUtterances(examples=(*(Utterance(text=one.text, intent=one.label) for one in taught), *new))


def _name(text: str) -> str:
    return blake2b(said(text).encode(errors="surrogatepass"), digest_size=16).hexdigest()
