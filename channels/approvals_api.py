"""Approvals over HTTP, for staff: what waits for a yes, and the yes or no. Each of the own tenant."""

from __future__ import annotations

from fastapi import APIRouter

from channels.approval_shapes import ApprovalOut, DeclineIn
from channels.callers import Staff
from channels.door import DoorOf
from core.approval import ApprovalId, ApprovalState

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])


@router.get("")
async def listed(door: DoorOf, staff: Staff, state: ApprovalState | None = None) -> list[ApprovalOut]:
    """The approvals, those that have waited longest first, all or those in one state; 500 at most."""
    return [ApprovalOut.of(one) for one in await door.desk.approvals.book.list(staff.tenant, state)]


@router.get("/{approval_id}")
async def look(approval_id: str, door: DoorOf, staff: Staff) -> ApprovalOut:
    """One approval, and what became of it."""
    return ApprovalOut.of(await door.desk.approvals.book.get(staff.tenant, ApprovalId(approval_id)))


@router.post("/{approval_id}/approve")
async def approve(approval_id: str, door: DoorOf, staff: Staff) -> ApprovalOut:
    """Do what waits, once, and tell the customer how it went. 409 where somebody else was first."""
    return ApprovalOut.of(await door.desk.approvals.approve(ApprovalId(approval_id), staff))


@router.post("/{approval_id}/decline")
async def decline(approval_id: str, door: DoorOf, staff: Staff, body: DeclineIn | None = None) -> ApprovalOut:
    """Do not do it, and tell the customer so, with the reason where there is one."""
    reason = body.reason if body else ""
    return ApprovalOut.of(await door.desk.approvals.decline(ApprovalId(approval_id), staff, reason))
