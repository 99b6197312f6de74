"""Which conversation a line of talk goes on with: a thread, a telephone number, a direct message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update

from core.channel_tables import lines
from core.conversation import Conversation
from core.conversations import Conversations
from core.errors import NotFound
from core.inbox import line_of
from core.messages import Address, ConversationId
from core.records import Records, insert_for, now
from core.schema import tickets
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of talk as it stands. `state` is what its door keeps of it, such as pages not sent yet."""

    tenant: TenantId
    address: Address
    conversation_id: ConversationId
    state: dict[str, Any] = field(default_factory=dict)
    touched_at: datetime
    is_new: bool = False


class Lines:
    """Lines of talk as records. One line has one conversation at a time."""

    def __init__(self, records: Records, conversations: Conversations) -> None:
        self._records = records
        self._conversations = conversations

    async def find(self, tenant: TenantId, address: Address) -> Line | None:
        """The line of an address, if anything was ever said on it."""
        query = select(lines).where(lines.c.tenant == tenant, lines.c.line == line_of(address))
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return Line(
            tenant=tenant,
            address=address,
            conversation_id=ConversationId(row.conversation_id),
            state=row.state,
            touched_at=row.touched_at,
        )

    async def enter(self, tenant: TenantId, address: Address, *, fresh_after_h: float = 0) -> Line:
        """The line with the conversation that goes on; a new one after so many silent hours, 0: never.

        While a person has the conversation, or is called, it goes on however long it is silent.
        """
        line = await self.find(tenant, address)
        if line is not None and not await self._is_over(line, fresh_after_h):
            await self._touch(line)
            return line
        conversation = await self._conversations.start(tenant, address)
        return await self._lead_to(conversation)

    async def latest(
        self, tenant: TenantId, addresses: Sequence[Address], *, most: int
    ) -> list[ConversationId]:
        """The conversations of lines whose threads begin as those of `addresses`, the newest first."""
        begins = [lines.c.line.startswith(line_of(one), autoescape=True) for one in addresses]
        query = (
            select(lines.c.conversation_id)
            .where(lines.c.tenant == tenant, or_(*begins))
            .order_by(lines.c.touched_at.desc())
            .limit(most)
        )
        async with self._records.reading() as connection:
            found = [ConversationId(row.conversation_id) for row in await connection.execute(query)]
        return list(dict.fromkeys(found))

    async def keep(self, line: Line, state: dict[str, Any]) -> None:
        """Keep what the door has to know of the line next time, while its conversation is the same."""
        mine = and_(
            lines.c.tenant == line.tenant,
            lines.c.line == line_of(line.address),
            lines.c.conversation_id == line.conversation_id,
        )
        async with self._records.transaction() as connection:
            await connection.execute(update(lines).where(mine).values(state=state))

    async def amend(
        self, line: Line, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the door kept of the line, and what `change` makes of it and is kept now.

        Nothing else changes it in between; `change` may be asked more than once, and changes nothing itself.

        Raises:
            NotFound: the line has gone, or leads to another conversation by now.
        """
        mine = and_(
            lines.c.tenant == line.tenant,
            lines.c.line == line_of(line.address),
            lines.c.conversation_id == line.conversation_id,
        )
        async with self._records.transaction() as connection:
            # The lock comes first: in SQLite whoever reads before they write may have to begin anew.
            await connection.execute(update(lines).where(mine).values(touched_at=now()))
            row = (await connection.execute(select(lines.c.state).where(mine))).first()
            if row is None:
                raise NotFound("there is no such line of talk any more")
            after = change(dict(row.state))
            if after != row.state:
                await connection.execute(update(lines).where(mine).values(state=after))
        return row.state, after

    async def lead(self, tenant: TenantId, address: Address, conversation_id: ConversationId) -> None:
        """Let what is said on this line go on with a conversation that there is already."""
        moment = now()
        row = {"conversation_id": conversation_id, "touched_at": moment}
        async with self._records.transaction() as connection:
            await connection.execute(
                insert_for(connection, lines)
                .values(tenant=tenant, line=line_of(address), state={}, created_at=moment, **row)
                .on_conflict_do_update(index_elements=[lines.c.tenant, lines.c.line], set_=row)
            )

    async def end(self, tenant: TenantId, address: Address) -> None:
        """Let the next word on the line begin a new conversation."""
        mine = (lines.c.tenant == tenant, lines.c.line == line_of(address))
        async with self._records.transaction() as connection:
            await connection.execute(delete(lines).where(*mine))

    async def _is_over(self, line: Line, fresh_after_h: float) -> bool:
        if not fresh_after_h or line.touched_at > now() - timedelta(hours=fresh_after_h):
            return False
        is_open = exists().where(
            tickets.c.tenant == line.tenant,
            tickets.c.conversation_id == line.conversation_id,
            tickets.c.status.in_(("waiting", "taken")),
        )
        async with self._records.reading() as connection:
            return not await connection.scalar(select(is_open))

    async def _touch(self, line: Line) -> None:
        mine = (lines.c.tenant == line.tenant, lines.c.line == line_of(line.address))
        async with self._records.transaction() as connection:
            await connection.execute(update(lines).where(*mine).values(touched_at=now()))

    async def _lead_to(self, conversation: Conversation) -> Line:
        moment = now()
        row = {"conversation_id": conversation.id, "state": {}, "touched_at": moment}
        async with self._records.transaction() as connection:
            await connection.execute(
                insert_for(connection, lines)
                .values(
                    tenant=conversation.tenant,
                    line=line_of(conversation.address),
                    created_at=moment,
                    **row,
                )
                .on_conflict_do_update(index_elements=[lines.c.tenant, lines.c.line], set_=row)
            )
        return Line(
            tenant=conversation.tenant,
            address=conversation.address,
            conversation_id=conversation.id,
            touched_at=moment,
            is_new=True,
        )
