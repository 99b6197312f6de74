"""What an admin's click asks for, done by core. Only admins get as far as this."""

from __future__ import annotations

from pathlib import Path

from channels.documents_api import file_name
from channels.door import Door
from channels.knowledge_desk import FaqDesk, ReviewDesk
from channels.persona_desk import PersonaDesk
from channels.phone_desk import PhoneDesk
from channels.ticket_desk import TicketDesk
from channels.uploads import contents
from core.documents import Document, DocumentId
from core.errors import Refused
from core.feedback import Review
from core.search import Found, Scope
from core.tenants import PUBLIC, STAFF
from core.uploads import Upload
from ui.calls import Limits
from ui.knowledge_calls import FaqCalls, ReviewCalls
from ui.persona import PersonaCalls
from ui.phone_calls import PhoneCalls
from ui.ticket_calls import TicketCalls

SHOWN_PASSAGES = 10
REVIEWED = 12
"""How many unsolved questions are searched again to show what is found for them now."""


class AdminDesk:
    """What the admin page can ask for, in the desk's own tenant."""

    def __init__(self, door: Door, limits: Limits) -> None:
        self._door = door
        self._desk = door.desk
        self._tenant = door.desk.tenant.id
        self.name = door.desk.tenant.name
        self.persona: PersonaCalls = PersonaDesk(door.desk)
        self.limits = limits
        self.tickets: TicketCalls = TicketDesk(door)
        self.phone: PhoneCalls = PhoneDesk(door)
        self.faq: FaqCalls = FaqDesk(door, limits.file_bytes)
        self.review: ReviewCalls = ReviewDesk(door)

    async def documents(self) -> list[Document]:
        """Every document, newest first."""
        return await self._desk.ingester.catalogue.list(self._tenant)

    async def add(self, path: Path, audience: str, labels: frozenset[str]) -> Document | Refused:
        """A file taken in as a document, or why not."""
        name, reach = file_name(path.name), audience if audience in {PUBLIC, STAFF} else STAFF
        upload = Upload(
            data=await contents(path, self.limits.file_bytes),
            name=name,
            source=f"upload:{reach}/{name}",
            tenant=self._tenant,
            audience=reach,
            labels=labels,
        )
        return (await self._desk.ingester.accept([upload]))[0]

    async def replace(self, document_id: str, path: Path) -> Document | Refused:
        """A new version of a document, for the same people under the same labels."""
        document = await self._document(document_id)
        upload = Upload(
            data=await contents(path, self.limits.file_bytes),
            name=file_name(path.name),
            source=document.source,
            tenant=self._tenant,
            audience=document.audience,
            labels=document.labels,
        )
        return (await self._desk.ingester.accept([upload]))[0]

    async def retry(self, document_id: str) -> None:
        """Read a refused document once more."""
        document = await self._document(document_id)
        again = Upload(
            data=await self._desk.ingester.files.get(self._tenant, document.content_hash),
            name=document.name,
            source=document.source,
            tenant=self._tenant,
            audience=document.audience,
            labels=document.labels,
        )
        await self._desk.ingester.accept([again])

    async def delete(self, document_id: str) -> None:
        """Forget a document, everywhere."""
        await self._desk.ingester.delete(self._tenant, DocumentId(document_id))

    async def search(self, query: str, *, as_staff: bool) -> list[Found]:
        """The passages an answer would rest on, best first, with the score of each stage."""
        audiences = frozenset({PUBLIC, STAFF} if as_staff else {PUBLIC})
        found = await self._desk.searcher.search(query, Scope(tenant=self._tenant, audiences=audiences))
        return await self._desk.answerer.rerank(query, found[:SHOWN_PASSAGES])

    async def counts(self) -> dict[str, int]:
        """How many answers of each outcome and verdicts of each kind there are."""
        return await self._desk.feedback.counts(self._tenant)

    async def unsolved(self) -> list[tuple[Review, list[Found]]]:
        """Questions without a good answer, newest first, each with what is found for it now."""
        reviews = await self._desk.feedback.unsolved(self._tenant)
        scope = Scope(tenant=self._tenant)
        looked = [
            (review, (await self._desk.searcher.search(review.question, scope))[:1])
            for review in reviews[:REVIEWED]
        ]
        return looked + [(review, []) for review in reviews[REVIEWED:]]

    async def _document(self, document_id: str) -> Document:
        return await self._desk.ingester.catalogue.get(self._tenant, DocumentId(document_id))
