"""`/channels/slack/install`: an admin adds the desk to a workspace; and what happens when one removes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request

from channels.callers import principal_of
from channels.door import Door, DoorOf
from channels.pages import note, page
from channels.slack.calls import SlackRefused
from channels.slack.manifest import BOT_SCOPES
from channels.slack.parts import Handler, SlackParts
from core.access import Principal, Role
from core.errors import DeliveryUnavailable, NotFound, RateLimited, Refused, Unauthorized
from core.inbox import Inbound
from core.slack_workspaces import Workspace

PURPOSE = "Slack installation"
TIME_TO_ALLOW = timedelta(minutes=10)
_TITLE = "Frontdesk was not added to Slack"

router = APIRouter(prefix="/channels/slack", tags=["channels"], include_in_schema=False)


@router.get("/install")
async def install(request: Request, door: DoorOf) -> Response:
    """Send an admin to Slack, where they choose the workspace and allow what the app asks for."""
    parts = _parts(request, door)
    principal = await _admin(request, door)
    if principal is None:
        return RedirectResponse("/sign-in", 303)
    state = door.desk.access.seal(
        PURPOSE, {"tenant": principal.tenant, "person": principal.person}, TIME_TO_ALLOW
    )
    asked = {
        "client_id": door.settings.slack.client_id,
        "scope": ",".join(BOT_SCOPES),
        "redirect_uri": _back(parts),
        "state": state,
    }
    site = parts.calls.api_url.rstrip("/").removesuffix("/api")
    return RedirectResponse(f"{site}/oauth/v2/authorize?{urlencode(asked)}", 303)


@router.get("/oauth_redirect")
async def allowed(
    request: Request, door: DoorOf, state: str = "", code: str = "", error: str = ""
) -> Response:
    """Keep the workspace whose people have allowed it, for the tenant of the admin who began."""
    parts = _parts(request, door)
    principal = await _admin(request, door)
    if principal is None:
        return RedirectResponse("/sign-in", 303)
    try:
        began = door.desk.access.unseal(PURPOSE, state)
    except Unauthorized as wrong:
        return page(_TITLE, note(f"{wrong}."), status=401)
    if (began["tenant"], began["person"]) != (principal.tenant, principal.person):
        return page(_TITLE, note("Somebody else began this: begin anew."), status=401)
    if error or not code:
        return page(_TITLE, note("It was not allowed in Slack."), status=400)
    try:
        workspace = await _exchange(parts, principal, code)
        await _keep(parts, workspace)
    except (SlackRefused, Refused, RateLimited, DeliveryUnavailable) as wrong:
        return page(_TITLE, note(f"{wrong}."), status=502)
    name = escape(workspace.name or workspace.team)
    words = "Write it a direct message, or open its home in Slack to choose where tickets go."
    return page("Frontdesk is in Slack", f"<p>It was added to {name}.</p>{note(words)}")


async def removed(parts: SlackParts, inbound: Inbound) -> None:
    """Forget a workspace whose people removed the app, or took its bot's token back."""
    event = inbound.body["event"]
    if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
        return
    await parts.workspaces.records.forget(inbound.address.account)
    parts.workspaces.forget(inbound.address.account)


async def _exchange(parts: SlackParts, principal: Principal, code: str) -> Workspace:
    chosen = parts.door.settings.slack
    said = await parts.calls.call(
        "",
        "oauth.v2.access",
        client_id=chosen.client_id,
        client_secret=chosen.client_secret.get_secret_value(),
        code=code,
        redirect_uri=_back(parts),
    )
    if not said.get("team"):
        raise Refused("the app was added to an organisation: add it to a workspace instead")
    return Workspace(
        team=said["team"]["id"],
        tenant=principal.tenant,
        name=said["team"].get("name", ""),
        bot_token=said["access_token"],
        bot_user=said["bot_user_id"],
        installed_by=(said.get("authed_user") or {}).get("id", ""),
        scopes=said.get("scope", ""),
    )


async def _keep(parts: SlackParts, workspace: Workspace) -> None:
    known = await parts.workspaces.records.find(workspace.team)
    if known is not None and known.tenant != workspace.tenant:
        raise Refused("this workspace belongs to another group of this desk")
    await parts.workspaces.records.save(workspace)
    parts.workspaces.forget(workspace.team)


async def _admin(request: Request, door: Door) -> Principal | None:
    principal = await principal_of(request, door)
    is_admin = principal is not None and principal.role.reaches(Role.ADMIN)
    return principal if is_admin and principal and principal.conversation_id is None else None


def _parts(request: Request, door: Door) -> SlackParts:
    slack = getattr(request.app.state, "slack", None)
    if slack is None or not door.settings.slack.client_id:
        raise NotFound("this desk is not for installing: set FRONTDESK_SLACK__CLIENT_ID")
    parts: SlackParts = slack.parts
    return parts


def _back(parts: SlackParts) -> str:
    return f"{parts.url}/channels/slack/oauth_redirect"


KINDS: Mapping[str, Handler] = {"app_uninstalled": removed, "tokens_revoked": removed}
