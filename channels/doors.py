"""The doors that push, and the telephone, as the settings say: opened with the server, closed with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from channels.channel import Channel
from channels.door import Door
from channels.phone.opening import open_phone
from channels.phone.people import phone_channel
from channels.slack.door import open_slack
from channels.sms.channel import open_sms
from config.settings import Settings


@asynccontextmanager
async def open_doors(app: FastAPI, settings: Settings) -> AsyncIterator[dict[str, Channel]]:
    """The channels by name. What their routes need is put into the app's state."""
    door: Door = app.state.door
    channels: dict[str, Channel] = {}
    async with AsyncExitStack() as stack:
        if "slack" in settings.pushing_doors:
            app.state.slack = await stack.enter_async_context(open_slack(door, settings))
            channels["slack"] = app.state.slack.channel
        if "sms" in settings.pushing_doors:
            channels["sms"] = await stack.enter_async_context(open_sms(door, settings))
        if settings.takes_calls:
            app.state.phone = await stack.enter_async_context(open_phone(door, settings))
            channels["phone"] = phone_channel(door, app.state.phone.recogniser)
        yield channels


async def close_phone(app: FastAPI) -> None:
    """Take no more calls, and let those that go on end, for as long as the settings say."""
    if (phone := getattr(app.state, "phone", None)) is not None:
        await phone.close()
