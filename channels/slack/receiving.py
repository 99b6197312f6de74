"""What Slack delivers, as inbound things: kept before Slack is told that it arrived.

Bolt verifies the signatures, answers the challenge, drops the bot's own messages and speaks both
transports. What it hands over is kept in the inbox; only what must answer within three seconds
with a view is done at once.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from channels.slack.parts import SlackParts
from channels.slack.places import address_of, private_address
from core.errors import Refused
from core.inbox import Inbound
from core.tenants import TenantId

Body = dict[str, Any]
View = Callable[[SlackParts, Body], Awaitable[Mapping[str, Any] | None]]
"""Makes the modal that a click opens, within Slack's three seconds; None opens none."""
Check = Callable[[SlackParts, Body], Awaitable[Mapping[str, str]]]
"""What is wrong with a modal that is handed in, by block; empty: nothing, it is taken."""

_ANYTHING = re.compile(".*", re.DOTALL)
_KEPT_EVENTS = frozenset(
    {
        "app_home_opened",
        "app_context_changed",
        "app_uninstalled",
        "assistant_thread_context_changed",
        "assistant_thread_started",
        "tokens_revoked",
    }
)
_SAID = frozenset({None, "file_share", "thread_broadcast"})
"""The subtypes of messages that somebody has written just now."""


def bolt_app(
    parts: SlackParts, signing_secret: str, views: Mapping[str, View], checks: Mapping[str, Check]
) -> AsyncApp:
    """Bolt's app for this desk. `views` are by the action that opens them, `checks` by callback id."""
    app = AsyncApp(
        name="frontdesk",
        logger=logging.getLogger("frontdesk.slack"),
        signing_secret=signing_secret,
        request_verification_enabled=bool(signing_secret),
        client=parts.calls.client(None),
        authorize=_authorizing(parts),  # type: ignore[arg-type]
        # Slack is told that a thing arrived only once it is kept.
        process_before_response=True,
    )

    async def event(body: Body) -> None:
        await _accept(parts, _event(body, await _tenant(parts, body)))

    async def action(ack: Callable[..., Awaitable[Any]], body: Body) -> None:
        opened = views.get(body["actions"][0]["action_id"])
        if opened is None:
            await _accept(parts, _action(body, await _tenant(parts, body)))
            await ack()
            return
        await ack()
        if (view := await opened(parts, body)) is not None:
            workspace = await parts.workspace(_team(body))
            await parts.calls.call(
                workspace.bot_token, "views.open", trigger_id=body["trigger_id"], view=dict(view)
            )

    async def submission(ack: Callable[..., Awaitable[Any]], body: Body) -> None:
        check = checks.get(body["view"]["callback_id"])
        if check is not None and (errors := await check(parts, body)):
            await ack(response_action="errors", errors=dict(errors))
            return
        await _accept(parts, _submission(body, await _tenant(parts, body)))
        await ack()

    async def command(ack: Callable[..., Awaitable[Any]], body: Body) -> None:
        await _accept(parts, _command(body, await _tenant(parts, body)))
        await ack()

    app.event(_ANYTHING)(event)
    app.action(_ANYTHING)(action)
    app.view(_ANYTHING)(submission)
    app.command(_ANYTHING)(command)
    return app


def _authorizing(parts: SlackParts) -> Callable[..., Awaitable[AuthorizeResult | None]]:
    async def authorize(team_id: str | None, enterprise_id: str | None = None) -> AuthorizeResult | None:
        workspace = await parts.workspaces.find(team_id or "")
        if workspace is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=workspace.team,
            bot_user_id=workspace.bot_user,
            bot_token=workspace.bot_token,
        )

    return authorize


async def _accept(parts: SlackParts, thing: Inbound | None) -> None:
    if thing is not None:
        await parts.door.desk.stores.inbox.accept([thing])


async def _tenant(parts: SlackParts, body: Body) -> TenantId:
    return (await parts.workspace(_team(body))).tenant


def _team(body: Body) -> str:
    team = body.get("team")
    of_team = team.get("id") if isinstance(team, dict) else None
    found = body.get("team_id") or of_team or (body.get("user") or {}).get("team_id")
    if not found:
        raise Refused("what Slack delivered names no workspace")
    return str(found)


def _event(body: Body, tenant: TenantId) -> Inbound | None:
    event, team = body["event"], _team(body)
    kind = event["type"]
    if kind in ("message", "app_mention"):
        return _message(event, team, tenant)
    if kind not in _KEPT_EVENTS:
        return None
    user = event.get("user") or event.get("assistant_thread", {}).get("user_id", "")
    user = user if isinstance(user, str) else user.get("id", "")
    channel = event.get("channel") or event.get("assistant_thread", {}).get("channel_id", "")
    return Inbound(
        id=f"slack:{body['event_id']}",
        tenant=tenant,
        kind=kind,
        address=private_address(team, channel, user, kind),
        body={"user": user, "event": event},
    )


def _message(event: Body, team: str, tenant: TenantId) -> Inbound | None:
    """Something somebody said. A mention comes as two events, which have one timestamp."""
    if event.get("subtype") not in _SAID or event.get("bot_id") or not event.get("user"):
        return None
    channel, ts = event["channel"], event["ts"]
    return Inbound(
        id=f"slack:{team}:{channel}:{ts}",
        tenant=tenant,
        kind="message",
        address=address_of(team, channel, event["user"], event.get("thread_ts") or ts),
        body={
            "user": event["user"],
            "text": event.get("text", ""),
            "ts": ts,
            "channel": channel,
            "channel_type": event.get("channel_type", ""),
            "is_mention": event["type"] == "app_mention",
            "is_reply": bool(event.get("thread_ts")) and event.get("thread_ts") != ts,
            "files": [_file(one) for one in event.get("files", ())],
        },
    )


def _file(file: Body) -> Body:
    return {name: file.get(name) for name in ("id", "name", "mimetype", "size", "url_private_download")}


def _action(body: Body, tenant: TenantId) -> Inbound:
    """A click. Two clicks of one person on one control are two things, each with a moment of its own."""
    action, user, team = body["actions"][0], body["user"]["id"], _team(body)
    channel = (body.get("channel") or {}).get("id", "")
    message = body.get("message") or {}
    ts = (body.get("container") or {}).get("message_ts") or message.get("ts", "")
    thread = message.get("thread_ts") or (body.get("container") or {}).get("thread_ts") or ts
    return Inbound(
        id=f"slack:{team}:{user}:{action['action_id']}:{action.get('action_ts', '')}",
        tenant=tenant,
        kind="action",
        address=address_of(team, channel, user, thread),
        body={
            "user": user,
            "action_id": action["action_id"],
            "value": _value(action),
            "channel": channel,
            "ts": ts,
            "thread": thread,
            "is_ephemeral": bool((body.get("container") or {}).get("is_ephemeral")),
            "blocks": message.get("blocks", []),
            "text": message.get("text", ""),
            "response_url": body.get("response_url", ""),
            "view_id": (body.get("view") or {}).get("id", ""),
        },
    )


def _value(action: Body) -> str:
    """What a control stands for when it is used: its value, or the option that was chosen."""
    chosen = action.get("selected_option") or {}
    place = action.get("selected_channel") or action.get("selected_conversation")
    return str(action.get("value") or chosen.get("value") or place or "")


def _submission(body: Body, tenant: TenantId) -> Inbound:
    view, user, team = body["view"], body["user"]["id"], _team(body)
    return Inbound(
        # A view is handed in once; Slack makes a new one for the next time.
        id=f"slack:{team}:{view['id']}:{view.get('hash', '')}",
        tenant=tenant,
        kind="submission",
        address=private_address(team, "", user, "view"),
        body={
            "user": user,
            "callback_id": view["callback_id"],
            "metadata": view.get("private_metadata", ""),
            "values": view["state"]["values"],
        },
    )


def _command(body: Body, tenant: TenantId) -> Inbound:
    team, user, channel = _team(body), body["user_id"], body.get("channel_id", "")
    return Inbound(
        id=f"slack:{team}:{body['trigger_id']}",
        tenant=tenant,
        kind="command",
        address=private_address(team, channel, user, "command"),
        body={
            "user": user,
            "command": body["command"],
            "text": body.get("text", ""),
            "channel": channel,
            "response_url": body.get("response_url", ""),
        },
    )
