"""What a click on the FAQ and Review tabs asks for, done by core, in the desk's own tenant alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from channels.door import Door
from channels.uploads import contents
from core.faq import FIELDS, Faq, FaqDraft, FaqId, checked
from core.faq_import import Imported, import_sheet
from core.faq_near import NearPair
from core.faq_uses import uses
from core.messages import Answer, AnswerId, ConversationId, Outcome
from core.records import now
from core.review_queue import Reviewable
from core.sanitise import clean
from core.search import Scope
from core.tenants import PUBLIC, STAFF
from ui.knowledge_calls import Tried

USES_DAYS = 30
SHOWN_PASSAGES = 3


class FaqDesk:
    """What the FAQ tab can ask for."""

    def __init__(self, door: Door, most_bytes: int) -> None:
        self._desk = door.desk
        self._tenant = door.desk.tenant.id
        self._most_bytes = most_bytes

    async def entries(self) -> list[Faq]:
        """Every entry, oldest first."""
        return await self._desk.faq.list(self._tenant)

    async def uses(self) -> Mapping[FaqId, int]:
        """How often each entry was given in the last 30 days, by its id."""
        return await uses(self._desk.stores.records, self._tenant, now() - timedelta(days=USES_DAYS))

    async def near(self) -> list[NearPair]:
        """Entries that take sureness from each other, the nearest first."""
        return await self._desk.faq_matcher.near_pairs(self._tenant)

    async def entry(self, faq_id: str) -> Faq:
        """One entry."""
        return await self._desk.faq.get(self._tenant, FaqId(faq_id))

    async def save(self, draft: FaqDraft, faq_id: str, version: int) -> Faq:
        """A new entry where `faq_id` is empty; else the new wording of the one in that version."""
        if not faq_id:
            return await self._desk.faq.add(self._tenant, draft)
        return await self._desk.faq.replace(self._tenant, FaqId(faq_id), draft, version=version)

    async def remove(self, faq_id: str) -> Faq:
        """What was forgotten, so that it can be restored."""
        known = await self.entry(faq_id)
        await self._desk.faq.remove(self._tenant, known.id)
        return known

    async def restore(self, faq: Faq) -> Faq:
        """An entry that was removed."""
        return await self._desk.faq.restore(self._tenant, faq)

    def preview(self, draft: FaqDraft) -> Answer:
        """The answer that a customer gets."""
        fit = checked(draft)
        said = {name: getattr(fit, name) for name in FIELDS}
        faq = Faq(
            **said, id=FaqId("preview"), tenant=self._tenant, version=1, created_at=now(), updated_at=now()
        )
        return Answer(
            id=AnswerId("preview"),
            conversation_id=ConversationId("preview"),
            text=faq.answer,
            outcome=Outcome.ANSWERED,
            citations=(faq.cited(),),
            confidence=1.0,
            route="faq",
            model="none",
        )

    async def near_to(self, draft: FaqDraft, faq_id: str) -> list[NearPair]:
        """The entries that the draft takes sureness from; `faq_id` is the one that it replaces."""
        return await self._desk.faq_matcher.near_draft(self._tenant, draft, FaqId(faq_id) if faq_id else None)

    async def read(self, path: Path) -> bytes:
        """What is in a file that the page received."""
        return await contents(path, self._most_bytes)

    async def take(self, data: bytes, *, dry_run: bool) -> Imported:
        """What becomes of each row of a CSV file; a `dry_run` keeps nothing."""
        return await import_sheet(self._desk.faq, self._tenant, data, dry_run=dry_run)

    async def tried(self, question: str, *, as_staff: bool) -> Tried:
        """How a question would be taken."""
        audiences = frozenset({PUBLIC, STAFF} if as_staff else {PUBLIC})
        words = clean(question)
        vector = await self._desk.searcher.embedder.embed_query(words)
        understanding = self._desk.answerer.understanding
        tools = await understanding.toolbox.of(self._tenant)
        route = await understanding.router.route(words, vector, tools)
        found = await self._desk.searcher.search(words, Scope(tenant=self._tenant, audiences=audiences))
        return Tried(
            judged=await self._desk.faq_matcher.judge(self._tenant, audiences, words, vector),
            found=tuple(found[:SHOWN_PASSAGES]),
            first=route.kind if route.kind in ("small_talk", "tool") else "",
        )


class ReviewDesk:
    """What the Review tab can ask for."""

    def __init__(self, door: Door) -> None:
        self._reviews = door.desk.reviews
        self._tenant = door.desk.tenant.id
        self.share = door.desk.reviews.share

    async def queue(self) -> list[Reviewable]:
        """The answers to look at, reviewed or not."""
        return await self._reviews.entries(self._tenant)

    async def judge(self, answer_id: str, finding: str, note: str, person: str) -> None:
        """Keep what the person found of an answer."""
        await self._reviews.judgements.record(
            self._tenant, AnswerId(answer_id), finding, person=person, note=note
        )
