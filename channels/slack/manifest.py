"""The manifest of the Slack app: what it is called, may do, and is told of."""

from __future__ import annotations

from typing import Any

import yaml

COMMAND = "/ask"
BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:write",
    "users:read",
    "users:read.email",
)
BOT_EVENTS = (
    "app_context_changed",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
DESCRIPTION = "Answers from the company's own documents, with sources, and brings in a person."


def manifest(url: str = "", name: str = "Frontdesk") -> dict[str, Any]:
    """The manifest as Slack takes it. With `url`, where Slack reaches the desk, else by Socket Mode."""
    events = f"{url.rstrip('/')}/channels/slack/events"
    by_http = {"request_url": events} if url else {}
    command = {
        "command": COMMAND,
        "description": "Ask, for your own eyes",
        "usage_hint": "How long are returns free?",
        "should_escape": True,
        **({"url": events} if url else {}),
    }
    redirects = {"redirect_urls": [f"{url.rstrip('/')}/channels/slack/oauth_redirect"]} if url else {}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {"name": name, "description": DESCRIPTION},
        "features": {
            "agent_view": {"agent_description": DESCRIPTION},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {**redirects, "scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {**by_http, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **by_http},
            "socket_mode_enabled": not url,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(made: dict[str, Any]) -> str:
    """The manifest as a page to paste into Slack."""
    return str(yaml.safe_dump(made, sort_keys=False, allow_unicode=True))
