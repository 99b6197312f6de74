"""The Web API at `/api/<method>`: reading a call, its token, the faults that lie ready, and the answer."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from channels.simulators import (
    slack_chat,
    slack_directory,
    slack_files,
    slack_streams,
    slack_views,
)
from channels.simulators.slack_chat import Caller
from channels.simulators.slack_oauth import Installer
from channels.simulators.slack_socket import SocketHub
from channels.simulators.slack_workspace import Json
from channels.simulators.slack_world import Call, SlackWorld
from core.errors import Refused

Method = Callable[[Caller, Json], Json]
MOST_BODY = 2_000_000
SCOPES = (
    "app_mentions:read,assistant:write,chat:write,commands,files:read,im:history,users:read,users:read.email"
)

METHODS: dict[str, Method] = {
    "auth.test": slack_directory.auth_test,
    "auth.revoke": slack_directory.auth_revoke,
    "chat.postMessage": slack_chat.post_message,
    "chat.postEphemeral": slack_chat.post_ephemeral,
    "chat.update": slack_chat.update,
    "chat.delete": slack_chat.delete,
    "chat.getPermalink": slack_chat.permalink,
    "chat.startStream": slack_streams.start,
    "chat.appendStream": slack_streams.append,
    "chat.stopStream": slack_streams.stop,
    "conversations.open": slack_directory.open_conversation,
    "conversations.info": slack_directory.conversation,
    "conversations.list": slack_directory.conversations,
    "conversations.members": slack_directory.members,
    "conversations.history": slack_directory.history,
    "conversations.replies": slack_directory.replies,
    "conversations.join": slack_directory.join,
    "users.info": slack_directory.user,
    "users.list": slack_directory.users,
    "users.lookupByEmail": slack_directory.user_by_email,
    "views.publish": slack_views.publish,
    "views.open": slack_views.open_view,
    "views.push": slack_views.push_view,
    "views.update": slack_views.update_view,
    "assistant.threads.setStatus": slack_views.set_status,
    "assistant.threads.setTitle": slack_views.set_title,
    "assistant.threads.setSuggestedPrompts": slack_views.set_prompts,
    "reactions.add": slack_directory.react,
    "reactions.remove": slack_directory.unreact,
    "files.info": slack_files.file_info,
    "files.getUploadURLExternal": slack_files.upload_url,
    "files.completeUploadExternal": slack_files.complete_upload,
}


class BrokenConnection(Response):
    """An answer that promises bytes and sends none: the server then closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers only."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"64")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})


class SlackApi:
    """Answers the calls of the Web API out of the world."""

    def __init__(self, world: SlackWorld, installer: Installer, hub: SocketHub) -> None:
        self._world = world
        self._installer = installer
        self._hub = hub

    async def answer(self, request: Request) -> Response:
        """The answer to a request for `/api/<method>`; a broken connection where a fault asks for it."""
        method = request.path_params["method"]
        arguments = await read_arguments(request)
        token = _token(request, arguments)
        faults = self._world.faults
        fault = faults.take(method) or faults.over_rate(method, self._now())
        if fault is not None and fault.kind == "stall":
            await asyncio.sleep(fault.number)
        if fault is not None and fault.kind in ("rate_limit", "status", "drop", "error"):
            self._world.record(
                Call(method=method, arguments=arguments, error=fault.error or fault.kind, at=self._now())
            )
            return _spoiled(fault.kind, fault.error, int(fault.number))
        answer = self.carried_out(method, arguments, token)
        if fault is not None and fault.kind == "lose_answer":
            return BrokenConnection()
        return JSONResponse(
            answer, headers={"x-oauth-scopes": SCOPES, "x-slack-req-id": f"r{len(self._world.calls)}"}
        )

    def _now(self) -> float:
        return self._world.clock()

    def carried_out(self, method: str, arguments: Json, token: str) -> Json:
        """The answer to one call, with `ok` and, where it is false, Slack's word for why."""
        team_id = ""
        try:
            if method in METHODS:
                workspace = self._world.workspace_of(token)
                team_id = workspace.id
                answer = METHODS[method](Caller(world=self._world, workspace=workspace), arguments)
            else:
                answer = self._without_workspace(method, arguments, token)
        except Refused as refusal:
            error, _, detail = str(refusal).partition(": ")
            answer = {"ok": False, "error": error}
            if detail:
                answer |= {"errors": [detail], "response_metadata": {"messages": [f"[ERROR] {detail}"]}}
        else:
            answer = {"ok": True, **answer}
        error = str(answer.get("error", ""))
        self._world.record(
            Call(method=method, arguments=arguments, team_id=team_id, error=error, at=self._now())
        )
        return answer

    def _without_workspace(self, method: str, arguments: Json, token: str) -> Json:
        if method == "api.test":
            if arguments.get("error"):
                raise Refused(str(arguments["error"]))
            return {"args": arguments} if arguments else {}
        if method == "oauth.v2.access":
            return self._installer.access(arguments)
        if method == "apps.connections.open":
            if not token:
                raise Refused("not_authed")
            if token in self._world.faults.revoked:
                raise Refused("token_revoked")
            if token != self._world.credentials.app_token:
                raise Refused("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
            return {"url": self._hub.new_url()}
        raise Refused("unknown_method")


async def read_arguments(request: Request) -> Json:
    """What a call says, in its query, and as JSON or a form in its body."""
    arguments: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "multipart/form-data":
        form = await request.form()
        arguments |= {name: value for name, value in form.items() if isinstance(value, str)}
        return arguments
    body = await request.body()
    if kind == "application/json" and body:
        try:
            read: Any = json.loads(body)
        except ValueError:
            read = None
        if isinstance(read, dict):
            # A null in JSON is the same as nothing said.
            arguments |= {name: value for name, value in read.items() if value is not None}
    elif body:
        arguments |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return arguments


def _token(request: Request, arguments: Json) -> str:
    kind, _, proof = request.headers.get("authorization", "").partition(" ")
    said = str(arguments.pop("token", "") or "")
    if kind.lower() == "basic":
        name, _, secret = base64.b64decode(proof + "==").decode("utf-8", "replace").partition(":")
        arguments.setdefault("client_id", name)
        arguments.setdefault("client_secret", secret)
        return said
    return proof if kind.lower() == "bearer" and proof else said


def _spoiled(kind: str, error: str, number: int) -> Response:
    if kind == "rate_limit":
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(number)})
    if kind == "status":
        return PlainTextResponse("upstream error", number)
    if kind == "drop":
        return BrokenConnection()
    return JSONResponse({"ok": False, "error": error})
