"""`POST /channels/slack/events`, and Socket Mode: the two ways in, for one app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp

from channels.addresses import url_of
from channels.door import Door
from channels.simulators.credentials import slack_credentials
from channels.slack import asking, staff
from channels.slack.calls import SlackCalls
from channels.slack.channel import SlackChannel
from channels.slack.parts import SlackParts
from channels.slack.people import People
from channels.slack.receiving import bolt_app
from channels.slack.workspaces import WorkspaceBook
from config.settings import Settings
from core.errors import NotFound

SIMULATED_CHANNEL = "#support"
"""Where tickets go in the simulated workspace until another channel is chosen."""

router = APIRouter(prefix="/channels/slack", tags=["channels"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDoor:
    """What serves Slack in this process: the app that receives, and the channel that works."""

    app: AsyncApp
    channel: SlackChannel
    parts: SlackParts
    is_signed: bool


@asynccontextmanager
async def open_slack(door: Door, settings: Settings) -> AsyncIterator[SlackDoor]:
    """The Slack door, as the settings say; its connections are closed when the block ends."""
    chosen = settings.slack
    secret, token, api_url = (
        chosen.signing_secret.get_secret_value(),
        chosen.bot_token.get_secret_value(),
        chosen.api_url,
    )
    if not chosen.is_real:
        simulated = slack_credentials(settings.data)
        secret, token = simulated.signing_secret, simulated.bot_token
        api_url = f"http://127.0.0.1:{chosen.simulator_port}/api/"
    async with aiohttp.ClientSession() as session:
        calls = SlackCalls(session, api_url, is_simulated=not chosen.is_real)
        parts = SlackParts(
            door=door,
            calls=calls,
            people=People(calls),
            workspaces=WorkspaceBook(
                records=door.desk.stores.slack,
                calls=calls,
                tenant=door.desk.tenant.id,
                own_token=token,
                staff_channel=chosen.staff_channel,
                first_staff_channel="" if chosen.is_real else SIMULATED_CHANNEL,
            ),
            url=url_of(settings),
        )
        app = bolt_app(parts, secret, {**asking.VIEWS, **staff.VIEWS}, {**asking.CHECKS, **staff.CHECKS})
        yield SlackDoor(app=app, channel=SlackChannel(parts), parts=parts, is_signed=bool(secret))


@router.post("/events", include_in_schema=False)
async def events(request: Request) -> Response:
    """Events, clicks and commands, each signed by Slack."""
    door: SlackDoor | None = getattr(request.app.state, "slack", None)
    if door is None or not door.is_signed:
        raise NotFound("the desk takes nothing from Slack here: set FRONTDESK_SLACK__SIGNING_SECRET")
    return await AsyncSlackRequestHandler(door.app).handle(request)
