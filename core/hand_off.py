"""Hand-off to a person as a state machine: bot, waiting, person, and back to the bot."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update

from core.access import Principal, Role
from core.conversation import Conversation, StaffMessage
from core.conversations import Conversations
from core.errors import MemoryUnavailable, NotNow, Refused, TooLarge, Unauthorized
from core.escalation import MOST_FAILURES, Trigger, is_news
from core.locks import Locks
from core.messages import ConversationId, Message, Outcome
from core.records import Records, insert_for, now
from core.schema import answers, staff_messages, tickets
from core.session_memory import SessionMemory
from core.support_hours import SupportHours
from core.tenants import TenantId
from core.tickets import OPEN, Happening, Ticket, TicketId, Tickets, TicketStatus, ticket_from

State = Literal["bot", "waiting", "person"]
LONGEST_REPLY = 4000
LONGEST_NOTE = 2000
UNHEARD = (
    "the customer has only a telephone, and agreed to no text messages, so nothing was sent: "
    "call them at the number in the ticket"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who has a conversation. `outcomes` are the desk's own since a person last left it, oldest first."""

    state: State
    ticket: Ticket | None = None
    outcomes: tuple[Outcome, ...] = ()


class HandOff:
    """Who speaks in a conversation. Every step is one conditional UPDATE, with its event.

    Staff's steps wait for a turn that is under way, by the lock that a turn holds; `ask` and
    `listen` are for within a turn.
    """

    def __init__(
        self,
        records: Records,
        tickets: Tickets,
        conversations: Conversations,
        locks: Locks,
        memory: SessionMemory | None = None,
    ) -> None:
        self._memory = memory
        self._records = records
        self._tickets = tickets
        self._conversations = conversations
        self._locks = locks

    @property
    def hours(self) -> SupportHours:
        """When somebody is there."""
        return self._tickets.terms.hours

    async def state(self, conversation: Conversation) -> State:
        """Who speaks: the desk, the desk while a person is called, or a person alone."""
        ticket = await self._tickets.find(conversation)
        return _state(ticket)

    async def standing(self, conversation: Conversation) -> Standing:
        """Who speaks, under which ticket, and how the desk has done since a person last left."""
        known = await self._tickets.of(conversation)
        ticket = next((one for one in known if one.status in OPEN), None)
        left = max((one.left_at for one in known if one.left_at), default=None)
        outcomes = await self._outcomes(conversation.tenant, conversation.id, left)
        return Standing(state=_state(ticket), ticket=ticket, outcomes=outcomes)

    async def listen(self, message: Message) -> Standing:
        """Who speaks as a turn begins, without the outcomes before; an open ticket is told what was said.

        Call it within the conversation's lock, once the message is kept. Where the state is
        `person`, the turn ends with `silence`.
        """
        conversation = _of(message)
        ticket = await self._tickets.find(conversation)
        if ticket is not None:
            async with self._records.transaction() as connection:
                body = {"message_id": message.id, "text": message.text}
                await self._tickets.tell(connection, ticket, "said", body, id=message.id)
        return Standing(state=_state(ticket), ticket=ticket)

    async def outcomes(self, message: Message) -> tuple[Outcome, ...]:
        """How the desk has done in the message's conversation since a person last left it, oldest first."""
        return (await self.standing(_of(message))).outcomes

    async def ask(
        self,
        conversation: Conversation,
        reason: str | None,
        trigger: Trigger,
        ended: Outcome | None = None,
    ) -> Ticket | None:
        """Call a person: the conversation's open ticket, made where there is none.

        None where a person gave the conversation back, and what calls one now is what did
        then: only the customer's own wish, two new failures in a row, an outage or an action
        that waits for a yes call again. `ended` is how this turn came out, where that is not
        recorded: what tells of the person takes its place.

        Raises:
            NotFound: there is no such conversation any more.
        """
        known = await self._tickets.of(conversation)
        if there := next((one for one in known if one.status in OPEN), None):
            return await self._tickets.also(there, reason, trigger)
        left = max((one.left_at for one in known if one.left_at), default=None)
        outcomes = await self._outcomes(conversation.tenant, conversation.id, left)
        if ended is not None:
            outcomes = (*outcomes, ended)
        if not is_news(trigger, {one.trigger for one in known}, outcomes):
            return None
        return await self._tickets.open(conversation, reason, trigger)

    async def take(self, ticket_id: TicketId, staff: Principal) -> Ticket:
        """The ticket, theirs from now on: the desk is silent. Of several who take it, one has it.

        Raises:
            NotFound: the tenant has no such ticket. Unauthorized: this is nobody of the staff.
            NotNow: somebody else has it, or it is over.
        """
        change = {
            "status": "taken",
            "taken_by": staff.person,
            "taken_name": staff.known_as or None,
            "taken_at": now(),
        }
        return await self._step(ticket_id, staff, "taken", change, before={"waiting"})

    async def reply(self, ticket_id: TicketId, staff: Principal, text: str, id: str = "") -> StaffMessage:
        """What the one who has the ticket says to the customer, kept in the conversation.

        The same `id` twice is said once.

        Raises:
            NotFound: the tenant has no such ticket. Unauthorized: this is nobody of the staff.
            NotNow: they do not have it. Refused: there are no words, or the customer has only a telephone
                and agreed to no text messages. TooLarge: over 4,000 characters.
        """
        said = _checked(text, LONGEST_REPLY, "reply")
        if not said:
            raise Refused("the reply is empty: write a few words")
        ticket = await self._visible(ticket_id, staff)
        message = StaffMessage(
            id=f"{ticket.id}:{id or uuid.uuid4().hex}",
            ticket_id=ticket.id,
            author=staff.person,
            name=staff.known_as,
            text=said,
            created_at=now(),
        )
        theirs = (tickets.c.status == "taken", tickets.c.taken_by == staff.person)
        row = {name: getattr(message, name) for name in StaffMessage.__slots__}
        row |= {"tenant": ticket.tenant, "conversation_id": ticket.conversation_id}
        async with self._records.transaction() as connection:
            touched = await connection.execute(
                update(tickets).where(tickets.c.id == ticket.id, *theirs).values(updated_at=now())
            )
            if not touched.rowcount:
                raise _not_now(await self._visible(ticket_id, staff), "answered", staff)
            if (listener := self._tickets.listener) and not await listener.can_hear(connection, ticket):
                raise Refused(UNHEARD)
            unless_said = insert_for(connection, staff_messages).on_conflict_do_nothing()
            if (await connection.execute(unless_said.values(**row))).rowcount:
                told = {"message_id": message.id, "name": message.name, "text": said}
                await self._tickets.tell(connection, ticket, "replied", told, id=message.id)
        return message

    async def give_back(self, ticket_id: TicketId, staff: Principal, note: str = "") -> Ticket:
        """The ticket, returned: the desk speaks again. `note` is for colleagues.

        Raises:
            NotFound: the tenant has no such ticket. Unauthorized: this is nobody of the staff.
            NotNow: nobody has it, or somebody else; an admin may return anybody's.
            TooLarge: the note has over 2,000 characters.
        """
        change = {
            "status": "returned",
            "returned_at": now(),
            "note": _checked(note, LONGEST_NOTE, "note"),
        }
        ticket = await self._step(ticket_id, staff, "returned", change, before={"taken"})
        if self._memory is not None:
            # The records have what the person said, and the short memory has not.
            with suppress(MemoryUnavailable):
                await self._memory.forget(ticket.tenant, ConversationId(ticket.conversation_id))
        return ticket

    async def close(self, ticket_id: TicketId, staff: Principal) -> Ticket:
        """The ticket, settled: also one that nobody had to take, or that was returned before.

        Raises:
            NotFound: the tenant has no such ticket. Unauthorized: this is nobody of the staff.
            NotNow: somebody else has it; an admin may close anybody's.
        """
        change = {"status": "closed", "closed_at": now()}
        return await self._step(ticket_id, staff, "closed", change, before={"waiting", "taken", "returned"})

    async def _step(
        self,
        ticket_id: TicketId,
        staff: Principal,
        to: Happening,
        change: dict[str, Any],
        *,
        before: Collection[TicketStatus],
    ) -> Ticket:
        """Move the ticket, if it is in one of the states before and in no other person's hands.

        Whoever repeats their own last step gets the ticket as it is, and nothing is told twice.
        """
        found = await self._visible(ticket_id, staff)
        where = [tickets.c.tenant == staff.tenant, tickets.c.id == ticket_id, tickets.c.status.in_(before)]
        if not staff.role.reaches(Role.ADMIN):
            where.append((tickets.c.status != "taken") | (tickets.c.taken_by == staff.person))
        async with self._turn_over(found), self._records.transaction() as connection:
            moved = await connection.execute(
                update(tickets).where(*where).values(**change, updated_at=now()).returning(tickets)
            )
            row = moved.first()
            if row is not None:
                ticket = ticket_from(row._mapping)
                told = {"by": staff.person, **({"note": ticket.note} if to == "returned" else {})}
                await self._tickets.tell(connection, ticket, to, told)
                return ticket
        there = await self._visible(ticket_id, staff)
        if there.status == to and (to == "closed" or there.taken_by == staff.person):
            return there
        raise _not_now(there, to, staff)

    def _turn_over(self, ticket: Ticket) -> AbstractAsyncContextManager[None]:
        return self._locks.hold("conversation", ticket.tenant, ticket.conversation_id)

    async def _visible(self, ticket_id: TicketId, staff: Principal) -> Ticket:
        if not staff.role.reaches(Role.STAFF):
            raise Unauthorized("tickets are for staff")
        return await self._tickets.get(staff.tenant, ticket_id)

    async def _outcomes(
        self, tenant: TenantId, conversation_id: str, since: datetime | None
    ) -> tuple[Outcome, ...]:
        """The newest outcomes of the desk's own, oldest first; as many as it takes to tell two failures."""
        outcome = answers.c.body["outcome"].as_string()
        query = (
            select(outcome)
            .where(answers.c.conversation_id == conversation_id, answers.c.tenant == tenant)
            .order_by(answers.c.created_at.desc())
            .limit(MOST_FAILURES)
        )
        if since is not None:
            query = query.where(answers.c.created_at > since)
        async with self._records.reading() as connection:
            return tuple(Outcome(row[0]) for row in reversed((await connection.execute(query)).all()))


def _of(message: Message) -> Conversation:
    """The conversation of a message that is kept, as far as a turn needs it."""
    return Conversation(
        id=message.conversation_id, tenant=message.tenant, address=message.address, created_at=now()
    )


def _state(ticket: Ticket | None) -> State:
    if ticket is None:
        return "bot"
    return "person" if ticket.status == "taken" else "waiting"


def _checked(text: str, most: int, what: str) -> str:
    bare = text.strip()
    if len(bare) > most:
        raise TooLarge(f"the {what} has {len(bare):,} characters; the limit is {most:,}")
    return bare


def _not_now(ticket: Ticket, wanted: str, staff: Principal) -> NotNow:
    """Why the step can't be done, in one sentence."""
    if ticket.status == "taken" and ticket.taken_by != staff.person:
        return NotNow(f"ticket {ticket.id!r} can't be {wanted}: {ticket.taken_by!r} has it")
    if ticket.status == "waiting":
        return NotNow(f"ticket {ticket.id!r} can't be {wanted}: nobody has taken it yet, take it first")
    return NotNow(f"ticket {ticket.id!r} can't be {wanted}: it is {ticket.status}")
