"""What everything of the Slack door is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from channels.door import Door
from channels.slack.calls import SlackCalls
from channels.slack.people import People, SlackPerson, principal_of
from channels.slack.workspaces import WorkspaceBook
from core.access import Principal
from core.errors import NotFound
from core.inbox import Inbound
from core.outbound import OutboundMessage
from core.slack_workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackParts:
    """One per process. `url` is where people reach the desk, without a slash at the end."""

    door: Door
    calls: SlackCalls
    people: People
    workspaces: WorkspaceBook
    url: str

    async def workspace(self, team: str) -> Workspace:
        """The workspace something came from.

        Raises:
            NotFound: the desk is not in it, or no longer.
        """
        found = await self.workspaces.find(team)
        if found is None:
            raise NotFound(f"the desk is in no Slack workspace {team!r}")
        return found

    async def asker(self, inbound: Inbound) -> tuple[Workspace, SlackPerson, Principal]:
        """Whom an inbound thing is from, whose body names them as `user`."""
        workspace = await self.workspace(inbound.address.account)
        person = await self.people.of(workspace, inbound.body["user"])
        return workspace, person, principal_of(workspace, person)


Handler = Callable[[SlackParts, Inbound], Awaitable[None]]
"""Does what a thing that came in asks for."""
Sender = Callable[[SlackParts, OutboundMessage], Awaitable[str]]
"""Posts a message; gives its channel and timestamp."""
