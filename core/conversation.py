"""`Conversation`: one line of talk, and what was said in it by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.messages import Address, Answer, ConversationId, CustomerId
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A message and the answer it got; no answer yet when the turn is not over."""

    message_id: str
    text: str
    asked_at: datetime
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessage:
    """What a person of the company wrote to the customer; `name` is how the customer knows them."""

    id: str
    ticket_id: str
    author: str
    name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One line of talk between a person and the desk, oldest exchange first.

    `customer_id` says which of the company's customers the person is, where that is known.
    """

    id: ConversationId
    tenant: TenantId
    address: Address
    created_at: datetime
    customer_id: CustomerId | None = None
    exchanges: tuple[Exchange, ...] = ()
    staff_messages: tuple[StaffMessage, ...] = ()

    @property
    def entries(self) -> list[Exchange | StaffMessage]:
        """All that was said, in the order of its beginning, by whomever."""
        return sorted([*self.exchanges, *self.staff_messages], key=_begun_at)


def _begun_at(entry: Exchange | StaffMessage) -> datetime:
    return entry.asked_at if isinstance(entry, Exchange) else entry.created_at
