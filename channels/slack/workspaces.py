"""Which workspace something came from, and which ones are a tenant's: installed, or set by a token."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from channels.slack.calls import SlackCalls
from core.slack_workspaces import SlackWorkspaces, Workspace
from core.tenants import TenantId

BELIEVED_S = 30.0
"""How long what the records say of a workspace is believed without another look."""


@dataclass(slots=True)
class WorkspaceBook:
    """Workspaces from the records, and the one whose bot token an operator has set.

    `own_token` is that token, `tenant` whom its workspace belongs to. `staff_channel` overrules
    what is chosen in Slack; `first_staff_channel` holds until something is chosen there.
    """

    records: SlackWorkspaces
    calls: SlackCalls
    tenant: TenantId
    own_token: str = ""
    staff_channel: str = ""
    first_staff_channel: str = ""
    _own_team: str = ""
    _seen: dict[str, tuple[float, Workspace | None]] = field(default_factory=dict)

    async def find(self, team: str) -> Workspace | None:
        """The workspace of a team's ID, where the desk is in it.

        Raises:
            RateLimited, DeliveryUnavailable: whose the own token is could not be asked.
        """
        seen = self._seen.get(team)
        if seen and time.monotonic() - seen[0] < BELIEVED_S:
            return seen[1]
        own = await self._own()
        found = await self.records.find(team)
        if own is not None and own.team == team:
            found = self._as_set(found or own)
        self._seen[team] = (time.monotonic(), found)
        return found

    async def of_tenant(self, tenant: TenantId) -> Sequence[Workspace]:
        """The tenant's workspaces.

        Raises:
            RateLimited, DeliveryUnavailable: whose the own token is could not be asked.
        """
        own = await self._own()
        found = list(await self.records.of_tenant(tenant))
        return [self._as_set(one) if own is not None and one.team == own.team else one for one in found]

    def forget(self, team: str) -> None:
        """Look at the records again next time."""
        self._seen.pop(team, None)

    def _as_set(self, workspace: Workspace) -> Workspace:
        """The workspace with what the settings say of it."""
        place = self.staff_channel or workspace.staff_channel
        return replace(workspace, bot_token=self.own_token, staff_channel=place)

    async def _own(self) -> Workspace | None:
        """The workspace of the own token, kept in the records once it is known."""
        if not self.own_token:
            return None
        if self._own_team:
            return await self.records.find(self._own_team)
        said = await self.calls.call(self.own_token, "auth.test")
        workspace = Workspace(
            team=said["team_id"],
            tenant=self.tenant,
            name=said.get("team", ""),
            bot_token=self.own_token,
            bot_user=said["user_id"],
            staff_channel=self.first_staff_channel,
        )
        await self.records.save(workspace)
        self._own_team = workspace.team
        return workspace
