"""Slack workspaces that the desk was added to, and when it answers in their channels."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Row, delete, select, update

from core.channel_tables import slack_channels, slack_workspaces, ticket_threads
from core.encryption import Keyring
from core.errors import Refused
from core.records import Records, insert_for, now
from core.tenants import PUBLIC, STAFF, TenantId
from core.tickets import TicketId

Answering = Literal["mention", "always", "questions"]
"""When the desk answers in a channel: when it is named, each message, or each that asks something."""
ANSWERINGS: tuple[Answering, ...] = ("mention", "always", "questions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace, whom it belongs to, and how the desk shows itself there.

    `staff_channel` is where tickets go, by its ID; empty: nowhere yet.
    """

    team: str
    tenant: TenantId
    name: str = ""
    bot_token: str = ""
    bot_user: str = ""
    installed_by: str = ""
    scopes: str = ""
    staff_channel: str = ""

    def __repr__(self) -> str:
        """Without the token."""
        return f"Workspace(team={self.team!r}, tenant={self.tenant!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRules:
    """How the desk behaves in one channel. `audience` says whose documents its open answers rest on."""

    answers: Answering
    audience: str = PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketThread:
    """Where in Slack a ticket is seen to."""

    ticket_id: TicketId
    tenant: TenantId
    team: str
    channel: str
    thread: str


class SlackWorkspaces:
    """Workspaces as records; their tokens are sealed with the desk's keys."""

    def __init__(self, records: Records, keys: Keyring) -> None:
        self._records = records
        self._keys = keys

    async def save(self, workspace: Workspace) -> None:
        """Keep a workspace; installing it again takes the place of before, but for the staff channel."""
        moment = now()
        sealed = self._keys.seal(workspace.bot_token.encode(), f"slack:{workspace.team}")
        values = {
            "tenant": workspace.tenant,
            "name": workspace.name,
            "bot_token": base64.b64encode(sealed).decode(),
            "bot_user": workspace.bot_user,
            "installed_by": workspace.installed_by,
            "scopes": workspace.scopes,
            "updated_at": moment,
        }
        fresh = {"team": workspace.team, "staff_channel": workspace.staff_channel, "created_at": moment}
        async with self._records.transaction() as connection:
            await connection.execute(
                insert_for(connection, slack_workspaces)
                .values(**fresh, **values)
                .on_conflict_do_update(index_elements=[slack_workspaces.c.team], set_=values)
            )

    async def find(self, team: str) -> Workspace | None:
        """The workspace of a team's ID, where the desk is in it."""
        found = await self._where(slack_workspaces.c.team == team)
        return found[0] if found else None

    async def of_tenant(self, tenant: TenantId) -> Sequence[Workspace]:
        """The tenant's workspaces, the first that was added first."""
        return await self._where(slack_workspaces.c.tenant == tenant)

    async def lead_to(self, team: str, staff_channel: str) -> None:
        """Let tickets go to this channel of the workspace from now on."""
        async with self._records.transaction() as connection:
            await connection.execute(
                update(slack_workspaces)
                .where(slack_workspaces.c.team == team)
                .values(staff_channel=staff_channel, updated_at=now())
            )

    async def forget(self, team: str) -> None:
        """Forget a workspace that removed the desk, and its token."""
        async with self._records.transaction() as connection:
            for table in (slack_channels, slack_workspaces):
                await connection.execute(delete(table).where(table.c.team == team))

    async def rules(self, workspace: Workspace, channel: str) -> ChannelRules | None:
        """What was laid down for a channel; none where nobody has."""
        mine = slack_channels.c
        query = select(slack_channels).where(
            mine.tenant == workspace.tenant, mine.team == workspace.team, mine.channel == channel
        )
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        return ChannelRules(answers=row.answers, audience=row.audience) if row else None

    async def every_rule(self, workspace: Workspace) -> dict[str, ChannelRules]:
        """What was laid down in the workspace, by the channel's ID."""
        mine = slack_channels.c
        query = (
            select(slack_channels)
            .where(mine.tenant == workspace.tenant, mine.team == workspace.team)
            .order_by(mine.channel)
        )
        async with self._records.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.channel: ChannelRules(answers=row.answers, audience=row.audience) for row in rows}

    async def lay_down(self, workspace: Workspace, channel: str, rules: ChannelRules, by: str) -> None:
        """Keep how the desk behaves in a channel.

        Raises:
            Refused: there is no such way to answer, or no such audience.
        """
        if rules.answers not in ANSWERINGS or rules.audience not in (PUBLIC, STAFF):
            raise Refused(f"a channel answers {', '.join(ANSWERINGS)}, from public or staff documents")
        values = {
            "answers": rules.answers,
            "audience": rules.audience,
            "saved_by": by,
            "updated_at": now(),
        }
        key = {"tenant": workspace.tenant, "team": workspace.team, "channel": channel}
        async with self._records.transaction() as connection:
            await connection.execute(
                insert_for(connection, slack_channels)
                .values(**key, **values)
                .on_conflict_do_update(index_elements=list(key), set_=values)
            )

    async def keep_thread(self, thread: TicketThread) -> TicketThread:
        """The thread in which a ticket is seen to: the one that was kept first."""
        async with self._records.transaction() as connection:
            row = {name: getattr(thread, name) for name in TicketThread.__slots__}
            await connection.execute(
                insert_for(connection, ticket_threads)
                .on_conflict_do_nothing()
                .values(**row, created_at=now())
            )
        return await self.thread_of(thread.ticket_id) or thread

    async def thread_of(self, ticket_id: TicketId) -> TicketThread | None:
        """Where a ticket is seen to, if it has a thread."""
        return await self._thread(ticket_threads.c.ticket_id == ticket_id)

    async def ticket_in(self, team: str, channel: str, thread: str) -> TicketThread | None:
        """The ticket that is seen to in a thread, if it is one's."""
        seen = ticket_threads.c
        return await self._thread(seen.team == team, seen.channel == channel, seen.thread == thread)

    async def _thread(self, *where: Any) -> TicketThread | None:  # noqa: ANN401 - conditions
        query = select(ticket_threads).where(*where)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        return TicketThread(
            ticket_id=row.ticket_id, tenant=row.tenant, team=row.team, channel=row.channel, thread=row.thread
        )

    async def _where(self, *where: Any) -> list[Workspace]:  # noqa: ANN401 - conditions
        query = select(slack_workspaces).where(*where).order_by(slack_workspaces.c.created_at)
        async with self._records.reading() as connection:
            return [self._opened(row) for row in await connection.execute(query)]

    def _opened(self, row: Row[Any]) -> Workspace:
        sealed = base64.b64decode(row.bot_token)
        workspace = Workspace(
            team=row.team,
            tenant=TenantId(row.tenant),
            name=row.name,
            bot_user=row.bot_user,
            installed_by=row.installed_by,
            scopes=row.scopes,
            staff_channel=row.staff_channel,
        )
        return replace(workspace, bot_token=self._keys.unseal(sealed, f"slack:{row.team}").decode())
