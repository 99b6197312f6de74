"""The JSON of approvals as staff see and decide them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field

from channels.shapes import Moment
from core.approval import Approval, ApprovalState
from core.approvals import LONGEST_REASON


class ApprovalOut(BaseModel):
    """What waits for a yes, or what became of it. `shown` is what will be done, as the customer was told."""

    approval_id: str
    conversation_id: str
    ticket_id: str
    tool: str
    title: str
    shown: str
    state: ApprovalState
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    ended_at: Moment | None
    reason: str | None
    result: str | None

    @classmethod
    def of(cls, approval: Approval) -> Self:
        """The approval as its book holds it."""
        names = set(cls.model_fields) - {"approval_id"}
        return cls(approval_id=approval.id, **{name: getattr(approval, name) for name in names})


class DeclineIn(BaseModel):
    """Why it is declined; the customer is told."""

    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
