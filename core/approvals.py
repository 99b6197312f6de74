"""A colleague's yes carries out, once, what a customer wants and the desk may not do alone."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass

import anyio

from core.access import Principal, Role
from core.approval import Approval, ApprovalId, ApprovalState
from core.approval_book import ApprovalBook, Change
from core.callers import caller_of
from core.carrying_out import carry_out
from core.conversations import Conversations
from core.customers import Customers
from core.errors import FrontdeskError, MemoryUnavailable, NotNow, TooLarge, Unauthorized
from core.locks import Locks
from core.messages import ConversationId
from core.phrases import phrase
from core.process import this_process
from core.session_memory import SessionMemory
from core.staff_names import name_of
from core.tenants import TenantId
from core.tickets import Tickets
from core.tools.runner import Ran, Runner
from core.tools.tool import DEFAULT_TIMEOUT_S
from core.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

LONGEST_REASON = 1000
MARGIN_S = 30.0
"""How long over a tool's own time one has it to themselves who carries out what was approved."""
_PHRASES: Mapping[str, str] = {
    "done": "approved",
    "refused": "approved_refused",
    "failed": "approved_failed",
    "unknown": "approved_unknown",
}
_STATES: Mapping[str, ApprovalState] = {
    "done": "done", "refused": "refused", "failed": "failed", "unknown": "unknown", "begun": "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What colleagues do about wishes above a tool's limit.

    `desk_name` is who speaks where nobody has decided; after `hours` without an answer a wish
    expires, 0: never.
    """

    book: ApprovalBook
    tickets: Tickets
    conversations: Conversations
    customers: Customers
    toolbox: Toolbox
    runner: Runner
    locks: Locks
    memory: SessionMemory | None = None
    desk_name: str = "Frontdesk"
    hours: float = 72.0

    async def approve(self, approval_id: ApprovalId, staff: Principal) -> Approval:
        """The approval with what came of it: the tool is called, once, and the customer told.

        Whoever repeats their own yes gets what came of it. It is still `approved` where another
        process is at it.

        Raises:
            NotFound: the tenant has no such approval. Unauthorized: this is nobody of the staff.
            NotNow: somebody else was first, the customer has withdrawn it, or a colleague who
                is no admin finds another one in the conversation.
            RecordsUnavailable: the database did not answer; what was approved is taken up again.
        """
        found = await self._visible(approval_id, staff)
        change = Change(to="approved", by=staff.person, for_admin=staff.role.reaches(Role.ADMIN))
        # A browser that goes away must not end a call that is under way.
        with anyio.CancelScope(shield=True):
            approval = await self.book.move(found, change)
            if approval is not None:
                _log(approval)
            done = approval or await self._repeated(approval_id, staff, "approved")
            if done.state == "approved":
                done = await self._carry_out(done, staff.known_as)
        return done

    async def decline(self, approval_id: ApprovalId, staff: Principal, reason: str = "") -> Approval:
        """The approval, declined; the customer is told, with the reason where there is one.

        Raises:
            NotFound, Unauthorized, NotNow: as for `approve`.
            TooLarge: the reason has over 1,000 characters.
        """
        bare = reason.strip()
        if len(bare) > LONGEST_REASON:
            raise TooLarge(f"the reason has {len(bare):,} characters; the limit is {LONGEST_REASON:,}")
        found = await self._visible(approval_id, staff)
        change = Change(
            to="declined",
            by=staff.person,
            name=staff.known_as,
            told=phrase("approval_declined", found.language, text=bare).strip(),
            reason=bare or None,
            for_admin=staff.role.reaches(Role.ADMIN),
        )
        async with self._turn_over(found):
            approval = await self.book.move(found, change)
        if approval is None:
            return await self._repeated(approval_id, staff, "declined")
        _log(approval)
        await self._forget(approval)
        return approval

    async def withdraw(self, tenant: TenantId, key: str) -> bool:
        """Whether a wish that waits is given up, so that nothing of it is or was done.

        Call it within the conversation's turn, which keeps the dialogue without the wish.
        """
        approval = await self.book.of_wish(tenant, key)
        if approval is None:
            return True
        if await self.book.move(approval, Change(to="withdrawn")):
            logger.info("approval_withdrawn", extra={"tenant": tenant, "approval": approval.id})
            return True
        after = await self.book.get(tenant, approval.id)
        return after.state in ("withdrawn", "declined", "expired", "refused", "failed")

    async def is_over(self, tenant: TenantId, key: str) -> bool:
        """Whether nothing waits any more under a wish's key."""
        approval = await self.book.of_wish(tenant, key)
        return approval is None or approval.state not in ("pending", "approved")

    async def settle(self) -> int:
        """Take up what was approved and left behind, and let expire what got no answer; how many ended.

        Of every tenant. What can't be settled now is looked at again next time.

        Raises:
            RecordsUnavailable: the database did not answer.
        """
        ended = 0
        for approval in await self.book.left():
            try:
                ended += (await self._carry_out(approval)).state != "approved"
            except FrontdeskError as error:
                facts = {"approval": approval.id, "error": type(error).__name__}
                logger.warning("approval_postponed", extra=facts)
        for approval in await self.book.overdue(self.hours) if self.hours else ():
            ended += await self._expire(approval)
        return ended

    async def _carry_out(self, approval: Approval, name: str = "") -> Approval:
        """What came of it; as it is where somebody else is at it."""
        tool = (await self.toolbox.of(approval.tenant)).get(approval.tool)
        owner = f"{this_process()}/{uuid.uuid4().hex[:8]}"
        for_s = MARGIN_S + (tool.timeout_s if tool else DEFAULT_TIMEOUT_S)
        if not await self.book.hold(approval, owner, for_s=for_s):
            return await self.book.get(approval.tenant, approval.id)
        caller = await caller_of(self.customers, approval.tenant, approval.conversation_id, approval.language)
        ran = await carry_out(self.runner, tool, caller, approval)
        return await self._end(approval, ran, name or name_of(approval.decided_by or ""))

    async def _end(self, approval: Approval, ran: Ran, name: str) -> Approval:
        state = _STATES[ran.state]
        if state in ("failed", "unknown"):
            await self._call_a_person(approval, state)
        told = phrase(_PHRASES[state], approval.language, text=ran.text).strip()
        change = Change(to=state, name=name, told=told)
        async with self._turn_over(approval):
            after = await self.book.move(approval, change)
        if after is None:
            return await self.book.get(approval.tenant, approval.id)
        logger.info(
            "approval_ended", extra={"tenant": after.tenant, "approval": after.id, "state": after.state}
        )
        await self._forget(after)
        return after

    async def _expire(self, approval: Approval) -> bool:
        told = phrase("approval_expired", approval.language)
        async with self._turn_over(approval):
            after = await self.book.move(approval, Change(to="expired", name=self.desk_name, told=told))
        if after is not None:
            _log(after)
            await self._forget(after)
        return after is not None

    async def _call_a_person(self, approval: Approval, state: ApprovalState) -> None:
        """See that a ticket is open where a person has to look."""
        conversation = await self.conversations.get(approval.tenant, approval.conversation_id)
        reason = f"an approved action has ended as {state}: {approval.title}"
        await self.tickets.open(conversation, reason, "approval")

    async def _visible(self, approval_id: ApprovalId, staff: Principal) -> Approval:
        if not staff.role.reaches(Role.STAFF):
            raise Unauthorized("approvals are for staff")
        return await self.book.get(staff.tenant, approval_id)

    async def _repeated(self, approval_id: ApprovalId, staff: Principal, to: ApprovalState) -> Approval:
        """The approval where this person has decided just so before.

        Raises:
            NotNow: they have not; the message says what stands in the way.
        """
        there = await self.book.get(staff.tenant, approval_id)
        was = "declined" if there.state == "declined" else "approved"
        if there.decided_by == staff.person and was == to:
            return there
        raise NotNow(f"approval {approval_id!r} can't be {to}: {await self._obstacle(there)}")

    async def _obstacle(self, approval: Approval) -> str:
        if approval.state == "pending":
            ticket = await self.tickets.get(approval.tenant, approval.ticket_id)
            return f"{ticket.taken_by!r} has the conversation"
        if approval.state == "withdrawn":
            return "the customer has withdrawn it"
        if approval.state == "expired":
            return "nobody answered in time"
        return f"{approval.decided_by!r} has {'declined' if approval.state == 'declined' else 'approved'} it"

    def _turn_over(self, approval: Approval) -> AbstractAsyncContextManager[None]:
        return self.locks.hold("conversation", approval.tenant, approval.conversation_id)

    async def _forget(self, approval: Approval) -> None:
        """Let the next turn read the records, which have what was told."""
        if self.memory is not None:
            with suppress(MemoryUnavailable):
                await self.memory.forget(approval.tenant, ConversationId(approval.conversation_id))


def _log(approval: Approval) -> None:
    """The line of the audit that says who has decided."""
    logger.info(
        "approval_decided",
        extra={
            "tenant": approval.tenant,
            "approval": approval.id,
            "tool": approval.tool,
            "state": approval.state,
            "by": approval.decided_by or "",
        },
    )
