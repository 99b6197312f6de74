"""A desk and a simulated Slack beside each other, both on real sockets of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from fastapi import FastAPI
from sqlalchemy import func, select

from channels.app import create_app
from channels.channel_work import ChannelWork
from channels.doors import open_doors
from channels.http_server import listening, served
from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_workspace import Json
from config.settings import Settings
from core.assembly import Desk, assemble
from core.lease_queue import LeaseQueue
from core.tenants import PUBLIC, STAFF
from core.uploads import Upload

SECRET = "what signs the events"  # noqa: S105 - it opens nothing
TOKEN = "xoxb-valid"  # noqa: S105 - likewise
RETURNS = b"Returns are free for thirty days. You can send back anything that was not worn."
BONUS = b"The staff bonus is paid in March. It is nine percent of a year's wages."


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDesk:
    """Both, and what is needed to look at what came of it."""

    desk: Desk
    app: FastAPI
    slack: SlackSimulator
    settings: Settings
    url: str

    def answers(self, channel: str, thread: str, user: str = "ana") -> list[Json]:
        """What the desk said in a thread, the oldest first."""
        bot = self.slack.workspace.bot_id
        return [one for one in self.slack.messages(channel, thread, user=user) if one.get("bot_id") == bot]

    async def answer(self, channel: str, thread: str, user: str = "ana", count: int = 1) -> Json:
        """The last of so many messages of the desk in a thread, once they are whole."""

        def is_whole() -> bool:
            found = self.answers(channel, thread, user)
            return len(found) >= count and all("metadata" in one for one in found)

        await self.slack.wait_until(is_whole)
        await self.idle()
        found = self.answers(channel, thread, user)
        assert len(found) == count, [one["text"] for one in found]
        return found[-1]

    async def idle(self) -> None:
        """Wait until everything that came in was worked on and everything was sent."""
        await self.slack.settled()
        stores = self.desk.stores
        for queue in (stores.inbox.queue, stores.outbound.queue):
            while await _waiting(queue):  # noqa: ASYNC110 - other processes have no event for it
                await anyio.sleep(0.02)


async def _waiting(queue: LeaseQueue) -> int:
    table = queue._table
    async with queue._records.reading() as connection:
        return int(
            await connection.scalar(select(func.count()).select_from(table).where(table.c.state == "waiting"))
        )


@asynccontextmanager
async def slack_desk(data: Path, *, works: bool = True, **chosen: Any) -> AsyncIterator[SlackDesk]:
    """A desk with a public and a staff document, in a workspace of the simulator."""
    slack = SlackSimulator(signing_secret=SECRET, bot_token=TOKEN, retry_delays=(0.05, 0.1, 0.2))
    async with slack.serving():
        with listening() as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            settings = Settings(
                data=data,
                _env_file=None,
                **{
                    "slack": {"signing_secret": SECRET, "bot_token": TOKEN, "api_url": slack.api_url}
                    | chosen.pop("slack", {}),
                    "web": {"public_url": url},
                    **chosen,
                },
            )
            slack.deliveries.events_url = f"{url}/channels/slack/events"
            async with assemble(settings, keeps_running=True) as desk:
                await teach(desk, "returns.txt", RETURNS, PUBLIC)
                await teach(desk, "bonus.txt", BONUS, STAFF)
                app = create_app(desk, settings)
                async with open_doors(app, settings) as channels, anyio.create_task_group() as tasks:
                    work = ChannelWork(desk.stores.inbox, desk.stores.outbound, channels)
                    if works:
                        tasks.start_soon(work.run)
                    async with served(app, listener):
                        yield SlackDesk(desk=desk, app=app, slack=slack, settings=settings, url=url)
                        await slack.settled()
                    tasks.cancel_scope.cancel()


async def teach(desk: Desk, name: str, text: bytes, audience: str) -> None:
    """A document that is read when this returns."""
    await desk.ingester.accept([Upload(data=text, name=name, audience=audience)])
    async for _ in desk.ingester.run():
        pass
