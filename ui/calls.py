"""What the pages ask of the desk: they are handed objects of these shapes and know nothing else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.conversation import Conversation
from core.documents import Document
from core.errors import Refused
from core.feedback import Review, Verdict
from core.messages import Citation, Event
from core.search import Found
from core.tickets import Ticket
from ui.knowledge_calls import FaqCalls, ReviewCalls
from ui.persona import PersonaCalls
from ui.phone_calls import PhoneCalls
from ui.ticket_calls import TicketCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many files a customer may add at once, and how large one may be."""

    files: int
    file_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A citation in its document: `text` is the document's, or none where that version is gone."""

    citation: Citation
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a customer asks, and of which documents (none: of all).

    `message_id`, when given, is a question of this conversation to be tried again. `language`
    is the one the page is in.
    """

    text: str = ""
    documents: tuple[str, ...] = ()
    message_id: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameplate:
    """Who speaks on the page, and how visitors are greeted; empty: as everywhere."""

    name: str
    greeting: str = ""


class CustomerCalls(Protocol):
    """What a customer can do. `token` proves which conversation is theirs; empty before there is one."""

    name: str
    key: str
    limits: Limits
    sites: tuple[str, ...]
    """The origins of pages that may say who their visitor is."""

    async def nameplate(self, language: str) -> Nameplate:
        """Who speaks, for a page in this language."""

    async def start(self, after: str = "") -> str:
        """The token of a new conversation, of the same customer as the one of the token `after`."""

    async def sign_in(self, proof: str, token: str) -> str:
        """The token of a conversation of the customer whom the company's site vouches for by `proof`.

        The one of `token` goes on where it is this customer's; else a new one begins.

        Raises:
            Refused: the proof is not good. Unavailable: nobody can tell now.
        """

    async def customer(self, token: str) -> str:
        """The name of the customer whose conversation it is; empty where that is not known."""

    async def conversation(self, token: str) -> Conversation:
        """All that was said in it.

        Raises:
            Unauthorized: the token is too old or not one of this desk's.
        """

    async def tickets(self, token: str) -> tuple[Ticket, ...]:
        """Every ticket of the conversation, newest first."""

    async def news(self, token: str) -> str:
        """A text that changes whenever one of these tickets does. One short look at the records.

        Raises:
            Unauthorized: the token is too old or not one of this desk's.
        """

    async def examples(self) -> list[str]:
        """A few questions that the documents answer; none when there is nothing to take them from."""

    async def documents(self, token: str) -> list[Document]:
        """The documents that may be asked."""

    async def own_files(self, token: str) -> list[Document]:
        """The files that the customer brought into the conversation, in whatever state."""

    def ask(self, token: str, question: Question) -> AsyncGenerator[Event, None]:
        """The events of one turn.

        Raises:
            FrontdeskError: the turn ended without an answer.
        """

    async def source(self, token: str, answer_id: str, n: int) -> SourceView:
        """The words behind citation `n` of an answer of this conversation.

        Raises:
            NotFound: the conversation has no such answer or citation.
        """

    async def rate(self, token: str, answer_id: str, verdict: Verdict) -> None:
        """Keep a verdict on an answer of this conversation."""

    async def person(self, token: str) -> None:
        """Hand the conversation to a person."""

    async def upload(self, token: str, paths: Sequence[Path]) -> list[Document | Refused]:
        """Files brought into the conversation, for it alone; one result each, in order."""


class AdminCalls(Protocol):
    """What an admin can do; `faq` and `review` are what can be done on the tabs of that name."""

    name: str
    persona: PersonaCalls
    tickets: TicketCalls
    phone: PhoneCalls
    limits: Limits
    faq: FaqCalls
    review: ReviewCalls

    async def documents(self) -> list[Document]:
        """Every document, newest first."""

    async def add(self, path: Path, audience: str, labels: frozenset[str]) -> Document | Refused:
        """A file taken in as a document, or why not."""

    async def replace(self, document_id: str, path: Path) -> Document | Refused:
        """A new version of a document, for the same people under the same labels."""

    async def retry(self, document_id: str) -> None:
        """Read a refused document once more."""

    async def delete(self, document_id: str) -> None:
        """Forget a document, everywhere."""

    async def search(self, query: str, *, as_staff: bool) -> list[Found]:
        """The passages an answer would rest on, best first, with the score of each stage."""

    async def counts(self) -> dict[str, int]:
        """How many answers of each outcome and verdicts of each kind there are."""

    async def unsolved(self) -> list[tuple[Review, list[Found]]]:
        """Questions without a good answer, newest first, each with what is found for it now."""
