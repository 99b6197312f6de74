"""What goes in and comes out of a turn: `Message`, `Answer`, `Citation`, and the stream's events."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NewType

from core.documents import DocumentId, PassageId
from core.tenants import DEFAULT_TENANT, PUBLIC, TenantId

ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
AnswerId = NewType("AnswerId", str)
CustomerId = NewType("CustomerId", str)

Stage = Literal["remember", "understand", "retrieve", "rerank", "generate", "verify"]


class Outcome(StrEnum):
    """How a turn ended, seen from the customer."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    CLARIFYING = "clarifying"
    ACTED = "acted"
    HANDED_OFF = "handed_off"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a person can be reached again: plain data that survives storage.

    `channel` names the door (`web`, `api`, `cli`, …), `account` the company's side of it,
    `person` the other side, `thread` the line of talk where the door has several.
    """

    channel: str
    account: str = ""
    person: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing a person said, with what they may see.

    `id` is the door's own id of the delivery where it has one, so that the same delivery
    twice is one message. `documents`, when given, are the only ones to be asked. `language`
    (ISO 639-1) is what the door speaks with this person, for words that show none; empty: unknown.
    """

    id: MessageId
    tenant: TenantId = DEFAULT_TENANT
    conversation_id: ConversationId
    text: str
    address: Address
    audiences: frozenset[str] = frozenset({PUBLIC})
    documents: frozenset[DocumentId] | None = None
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The words that carry a part of an answer, and where they stand.

    `start` and `end` are characters of the answer's text, `source_start` and `source_end`
    characters of the document's extracted text; `quote` is that stretch of it. `url` opens
    the document at those words, in the version that was cited.
    """

    n: int
    document_id: DocumentId
    passage_id: PassageId
    title: str
    url: str
    page: int | None
    heading: str
    quote: str
    start: int
    end: int
    source_start: int
    source_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The one reply to a message. `confidence` is 0 to 1; `timings_ms` is by step.

    `choice` is how it was decided which language model writes, where there are several;
    `language` is the one the customer is spoken to in (ISO 639-1), which quoted words may not be in.
    `heard` is what somebody on the telephone heard of `text`, where that is not all of it.
    """

    id: AnswerId
    conversation_id: ConversationId
    text: str
    outcome: Outcome
    citations: tuple[Citation, ...] = ()
    confidence: float
    route: str
    model: str
    timings_ms: dict[str, float] = field(default_factory=dict)
    choice: dict[str, Any] | None = None
    language: str = "en"
    heard: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The desk has begun a step."""

    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """More words of the answer; all tokens of a turn joined are its text.

    `cited` are the numbers of the citations that carry just these words, where that is known already.
    """

    text: str
    cited: tuple[int, ...] = ()


Event = Status | Token | Answer
"""What a turn streams; exactly one `Answer` ends it, unless it ends in a `FrontdeskError`."""
