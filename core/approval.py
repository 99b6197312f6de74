"""`Approval`: something a customer wants done that a colleague has to agree to, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, NewType

from core.event_stream import DeskEvent, EventType
from core.messages import ConversationId
from core.tenants import TenantId
from core.tickets import TicketId

ApprovalId = NewType("ApprovalId", str)
ApprovalState = Literal[
    "pending", "approved", "done", "refused", "failed", "unknown", "declined", "withdrawn", "expired"
]
"""`pending` waits for a yes. `approved` has it and is being done; `done`, `refused` by the tool, `failed`
and `unknown` are how that ended. `declined` got a no, `withdrawn` was given up by the customer, and
`expired` got no answer in time."""

OPEN_STATES: tuple[ApprovalState, ...] = ("pending", "approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A wish that waits for a colleague.

    `shown` is what the customer was told will be done and said yes to; `arguments` are the
    values as JSON keeps them, and `key` names the wish: it is carried out once. `reason` is
    why it was declined, `result` what the customer was told in the end.
    """

    id: ApprovalId
    tenant: TenantId
    conversation_id: ConversationId
    ticket_id: TicketId
    tool: str
    title: str
    shown: str
    arguments: Mapping[str, Any]
    key: str
    language: str
    state: ApprovalState
    asked_at: datetime
    updated_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    result: str | None = None
    held_by: str | None = None
    held_until: datetime | None = None


def approval_from(row: Mapping[Any, Any]) -> Approval:
    """The approval of a row."""
    return Approval(**{one.name: row[one.name] for one in fields(Approval)})


def happened(approval: Approval, type: EventType) -> DeskEvent:
    """What other programs are told of it: once asked, once decided, and once ended where it was approved."""
    return DeskEvent(
        id=f"{type}:{approval.id}",
        type=type,
        tenant=approval.tenant,
        occurred_at=approval.updated_at,
        conversation_id=approval.conversation_id,
        body={
            "approval_id": approval.id,
            "ticket_id": approval.ticket_id,
            "state": approval.state,
            "tool": approval.tool,
            "title": approval.title,
            "shown": approval.shown,
            "decided_by": approval.decided_by,
            "reason": approval.reason,
            "result": approval.result,
        },
    )
