"""Installing the app: the page where a team allows it, and `oauth.v2.access`."""

from __future__ import annotations

import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from channels.simulators.slack_workspace import APP_ID, Json, Workspace
from channels.simulators.slack_world import SlackWorld
from core.errors import Refused

CODE_S = 600


@dataclass(slots=True, kw_only=True)
class Grant:
    """A code that was handed out, and what it stands for."""

    workspace: Workspace
    scope: str
    redirect_uri: str
    user: str
    until: float
    is_used: bool = False


class Installer:
    """Hands out codes, and a bot token for each of them."""

    def __init__(self, world: SlackWorld) -> None:
        self._world = world
        self._grants: dict[str, Grant] = {}

    def page(self, asked: Mapping[str, str]) -> tuple[int, str]:
        """The HTTP status and the page that asks which team is to have the app."""
        if asked.get("client_id") != self._world.credentials.client_id:
            return 400, _PAGE.format(body="<h1>Invalid client_id parameter</h1>")
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked.get(name, ""))}">'
            for name in ("state", "scope", "redirect_uri")
        )
        teams = "".join(
            f'<option value="{one.id}">{html.escape(one.name)} ({one.id})</option>'
            for one in self._world.workspaces.values()
        )
        scopes = "".join(
            f"<li><code>{html.escape(one)}</code></li>" for one in asked.get("scope", "").split(",") if one
        )
        return 200, _PAGE.format(
            body="<h1>Frontdesk wants to work in your team</h1><p>It asks for:</p>"
            f"<ul>{scopes or '<li>nothing</li>'}</ul>"
            f'<form action="/oauth/v2/allow">{hidden}<label>Team <select name="team">{teams}</select></label>'
            '<p><button name="decision" value="allow">Allow</button> '
            '<button name="decision" value="cancel">Cancel</button></p></form>'
        )

    def decide(self, said: Mapping[str, str]) -> str:
        """Where the browser goes after Allow or Cancel: the app's own address with a code, or an error."""
        redirect_uri, state = said.get("redirect_uri", ""), said.get("state", "")
        joint = "&" if "?" in redirect_uri else "?"
        if said.get("decision") != "allow":
            return redirect_uri + joint + urlencode({"error": "access_denied", "state": state})
        workspaces = self._world.workspaces
        workspace = workspaces.get(said.get("team", "")) or next(iter(workspaces.values()))
        code = f"{len(self._grants) + 1}.{secrets.token_hex(16)}"
        self._grants[code] = Grant(
            workspace=workspace,
            scope=said.get("scope", ""),
            redirect_uri=redirect_uri,
            user=workspace.user("ana").id,
            until=self._world.clock() + CODE_S,
        )
        return redirect_uri + joint + urlencode({"code": code, "state": state})

    def access(self, arguments: Json) -> Json:
        """`oauth.v2.access`: a bot token for a code.

        Raises:
            Refused: `invalid_client_id`, `bad_client_secret`, `invalid_code`, `code_already_used`
                or `bad_redirect_uri`.
        """
        known = self._world.credentials
        if arguments.get("client_id") != known.client_id:
            raise Refused("invalid_client_id")
        if not secrets.compare_digest(
            str(arguments.get("client_secret", "")).encode(), known.client_secret.encode()
        ):
            raise Refused("bad_client_secret")
        grant = self._grants.get(str(arguments.get("code")))
        if grant is None or self._world.clock() > grant.until:
            raise Refused("invalid_code")
        if grant.is_used:
            raise Refused("code_already_used")
        if grant.redirect_uri and arguments.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            raise Refused("bad_redirect_uri")
        grant.is_used = True
        return self._installed(grant)

    def _installed(self, grant: Grant) -> Json:
        workspace = grant.workspace
        if not workspace.bot_token or workspace.bot_token in self._world.faults.revoked:
            workspace.bot_token = f"xoxb-{workspace.id}-{secrets.token_hex(12)}"
        self._world.changed("installed", {"team": workspace.id})
        return {
            "access_token": workspace.bot_token,
            "token_type": "bot",
            "scope": grant.scope,
            "bot_user_id": workspace.bot,
            "app_id": APP_ID,
            "team": {"id": workspace.id, "name": workspace.name},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": grant.user, "scope": "", "token_type": "user"},
        }


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Install Frontdesk</title>
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;
margin:10vh auto;padding:0 1.2rem}}button,select{{font:inherit;padding:.5rem 1rem}}</style>
<body>{body}</body></html>"""
