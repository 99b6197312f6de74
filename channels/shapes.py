"""The JSON that goes in and out over HTTP, as pydantic models that mirror core's nouns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.conversation import Conversation, StaffMessage
from core.documents import Document
from core.errors import Refused
from core.feedback import Verdict
from core.hand_off import State
from core.messages import Answer, Outcome
from core.search import SearchStage
from core.tickets import Ticket


def _in_utc(moment: datetime) -> datetime:
    """SQLite forgets the time zone of what it stores; it was UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
ClientId = Annotated[str, Field(min_length=1, max_length=128)]
SomeDocuments = Annotated[list[str], Field(max_length=1000)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CitationOut(_Out):
    """The words that carry a part of an answer, and where they stand."""

    n: int
    document_id: str
    passage_id: str
    title: str
    url: str
    page: int | None
    heading: str
    quote: str
    start: int
    end: int
    source_start: int
    source_end: int


class AnswerOut(_Out):
    """The one reply to a message."""

    id: str
    conversation_id: str
    text: str
    outcome: Outcome
    citations: list[CitationOut]
    confidence: float
    route: str
    model: str
    timings_ms: dict[str, float]
    language: str


class ConversationIn(BaseModel):
    """What a conversation is begun with; nothing is needed.

    `customer_token` is what the company's own site signed to say who the customer is.
    """

    tenant: str | None = None
    customer_token: str | None = None


class ConversationBegun(BaseModel):
    """A new conversation, and the token that speaks in it until `expires_at`."""

    conversation_id: str
    token: str
    expires_at: Moment


class OwnConversation(ConversationBegun):
    """An earlier conversation of a customer, and a token that goes on with it."""

    created_at: Moment


class MessageIn(BaseModel):
    """A question. The same `message_id` twice in a conversation is one message.

    `documents`, when it names any, are the only ones to be asked.
    """

    text: str
    documents: SomeDocuments | None = None
    message_id: ClientId | None = None


class ExchangeOut(_Out):
    """A message and its answer; none yet when the turn is not over."""

    message_id: str
    text: str
    asked_at: Moment
    answer: AnswerOut | None


class StaffMessageOut(_Out):
    """What a person of the company wrote. `after` is how many exchanges had begun before it."""

    who: Literal["person"] = "person"
    name: str
    text: str
    created_at: Moment
    after: int | None = None


class ConversationOut(BaseModel):
    """A conversation's history, oldest first: what was asked and answered, and what people wrote.

    `state` is who speaks: the desk, the desk while a person is called, or a person alone.
    """

    conversation_id: str
    created_at: Moment
    state: State | None = None
    exchanges: list[ExchangeOut]
    staff_messages: list[StaffMessageOut] = []

    @classmethod
    def of(cls, conversation: Conversation, state: State | None = None) -> Self:
        """The history, each message under the id its client gave it."""
        own = f"{conversation.id}:"
        return cls(
            conversation_id=conversation.id,
            created_at=conversation.created_at,
            state=state,
            staff_messages=_in_their_places(conversation),
            exchanges=[
                ExchangeOut(
                    message_id=each.message_id.removeprefix(own),
                    text=each.text,
                    asked_at=each.asked_at,
                    answer=AnswerOut.model_validate(each.answer) if each.answer else None,
                )
                for each in conversation.exchanges
            ],
        )


def _in_their_places(conversation: Conversation) -> list[StaffMessageOut]:
    exchanges, said = 0, []
    for entry in conversation.entries:
        if isinstance(entry, StaffMessage):
            said.append(StaffMessageOut.model_validate(entry).model_copy(update={"after": exchanges}))
        else:
            exchanges += 1
    return said


class EscalationIn(BaseModel):
    """Why a person is wanted."""

    reason: Annotated[str, Field(max_length=2000)] | None = None


class TicketExchange(BaseModel):
    """A question and its answer as they stood when the ticket was opened."""

    question: str
    answer: dict[str, Any] | None


class TicketOut(BaseModel):
    """A conversation that waits for a person, with all that was said in it. `message` tells the customer."""

    ticket_id: str
    conversation_id: str
    reason: str | None
    created_at: Moment
    due_at: Moment | None
    message: str
    exchanges: list[TicketExchange]

    @classmethod
    def of(cls, ticket: Ticket, message: str) -> Self:
        """The ticket without the way to reach the person, which is staff's."""
        return cls(
            ticket_id=ticket.id,
            conversation_id=ticket.conversation_id,
            reason=ticket.reason,
            created_at=ticket.created_at,
            due_at=ticket.due_at,
            message=message,
            exchanges=ticket.body["exchanges"],
        )


class FeedbackIn(BaseModel):
    """A thumb, and perhaps why."""

    verdict: Verdict
    comment: str | None = None


class DocumentOut(BaseModel):
    """A document and how far it is; without an id when nothing of it was kept."""

    document_id: str | None
    name: str
    status: Literal["queued", "reading", "ready", "refused"]
    reason: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    version: int | None = None
    audience: str | None = None
    labels: list[str] = []
    passages: int = 0
    stage: str | None = None
    progress: float = 0.0
    created_at: Moment | None = None
    updated_at: Moment | None = None

    @classmethod
    def of(cls, document: Document) -> Self:
        """The document as its catalogue holds it."""
        return cls(
            document_id=document.id,
            name=document.name,
            status=document.status.value,
            reason=document.reason,
            media_type=document.media_type,
            size_bytes=document.size_bytes,
            version=document.version,
            audience=document.audience,
            labels=sorted(document.labels),
            passages=document.passages,
            stage=document.stage,
            progress=document.progress,
            created_at=document.created_at,
            updated_at=document.updated_at,
        )

    @classmethod
    def refused(cls, name: str, error: Refused) -> Self:
        """An upload that was not taken, and why."""
        return cls(document_id=None, name=name, status="refused", reason=str(error))


class SearchIn(BaseModel):
    """What to look for, and which rankings to run, best last."""

    query: Annotated[str, Field(min_length=1, max_length=2000)]
    k: Annotated[int, Field(ge=1, le=100)] = 10
    documents: SomeDocuments | None = None
    stages: Annotated[list[SearchStage], Field(min_length=1)] = ["hybrid", "rerank"]


class PassageOut(BaseModel):
    """A passage with the score that each stage gave it."""

    passage_id: str
    document_id: str
    title: str
    page: int | None
    heading: str
    text: str
    score: float
    stages: dict[SearchStage, float]


class SearchOut(BaseModel):
    """The passages found, best first."""

    query: str
    passages: list[PassageOut]


def event_data(answer: Answer) -> dict[str, Any]:
    """The whole answer as the stream's `answer` event carries it."""
    return AnswerOut.model_validate(answer).model_dump(mode="json")
