"""Who somebody in Slack is to the desk: staff of the workspace, or a guest from outside."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from channels.slack.calls import SlackCalls, SlackRefused
from core.access import Principal, Role
from core.slack_workspaces import Workspace
from core.staff_names import fit_name

REMEMBERED_S = 300.0
"""How long somebody's standing is believed: a guest who was made a member waits that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """Somebody in Slack. Guests and people of other companies are no staff."""

    user: str
    name: str
    is_staff: bool
    is_admin: bool = False
    email: str = ""
    locale: str = ""


@dataclass(slots=True)
class People:
    """Looks people up, and remembers them for a few minutes."""

    calls: SlackCalls
    _known: dict[tuple[str, str], tuple[float, SlackPerson]] = field(default_factory=dict)

    async def of(self, workspace: Workspace, user: str) -> SlackPerson:
        """Who it is; somebody whom Slack does not know, or will not show, is no staff.

        Raises:
            RateLimited, DeliveryUnavailable: Slack did not say.
        """
        known = self._known.get((workspace.team, user))
        if known and time.monotonic() - known[0] < REMEMBERED_S:
            return known[1]
        try:
            answer = await self.calls.call(workspace.bot_token, "users.info", user=user, include_locale=True)
        except SlackRefused:
            return SlackPerson(user=user, name="", is_staff=False)
        person = _person(workspace, answer["user"])
        self._known[(workspace.team, user)] = (time.monotonic(), person)
        return person


def principal_of(workspace: Workspace, person: SlackPerson) -> Principal:
    """The person as the desk's own: what they may see, and how customers know them."""
    return Principal(
        tenant=workspace.tenant,
        role=Role.STAFF if person.is_staff else Role.CUSTOMER,
        person=f"slack:{workspace.team}:{person.user}",
        name=person.name,
    )


def _person(workspace: Workspace, said: dict[str, object]) -> SlackPerson:
    profile = said.get("profile")
    shown = profile if isinstance(profile, dict) else {}
    is_outside = any(said.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_bot", "deleted"))
    is_other = said.get("team_id", workspace.team) != workspace.team or bool(said.get("is_stranger"))
    names = (shown.get("display_name"), shown.get("real_name"), said.get("real_name"), said.get("name"))
    name = next((fit for one in names if isinstance(one, str) and (fit := fit_name(one))), "")
    return SlackPerson(
        user=str(said["id"]),
        name=name,
        is_staff=not (is_outside or is_other),
        is_admin=bool(said.get("is_admin")) and not (is_outside or is_other),
        email=str(shown.get("email", "")),
        locale=str(said.get("locale", ""))[:2],
    )
