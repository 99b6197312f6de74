"""Tools that an MCP server lends: there while it is, absent while it is not."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from core.errors import Misconfigured, Unavailable
from core.tools.mcp_schema import Listed, tools_from
from core.tools.mcp_server import McpServer, Offered
from core.tools.tool import Effect, Tool

if TYPE_CHECKING:
    from core.tools.mcp_connection import Connection, Protocol, Seen

logger = logging.getLogger(__name__)
_CLOSES_S = 10.0
_LOADS_S = 4.0
"""What importing the package may take besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long is waited for a server, in seconds.

    `first_s`: a message, while the first connection is made. `connect_s`: one attempt.
    `retry_s`: between attempts at first, twice as long each time up to `longest_retry_s`.
    `again_s`: between two lists of its tools; `least_s`, though it says that they have changed.
    `grace_s`: so long tools stay known when the server goes, so that a talk about one is not
    dropped; a call waits `call_s` for it to be back.
    """

    first_s: float = 5.0
    connect_s: float = 10.0
    retry_s: float = 0.5
    longest_retry_s: float = 60.0
    again_s: float = 60.0
    least_s: float = 2.0
    grace_s: float = 30.0
    call_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a server stands: the number of its tools and those left out, or why it is not reached."""

    name: str
    is_reached: bool
    tools: int
    skipped: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


class McpSource:
    """The tools of one MCP server. It is connected to when they are first asked for.

    One task enters the connection, keeps it and leaves it; another try follows whenever it is
    lost. Calls come from the tasks of their turns.

    Raises:
        Misconfigured: the server can't be meant so, or the package `mcp` is not installed.
    """

    def __init__(self, server: McpServer, pace: Pace | None = None, protocol: Protocol = "auto") -> None:
        server.check()
        if find_spec("mcp") is None:
            raise Misconfigured(
                f"the MCP server {server.name!r} needs a package that is missing: "
                "pip install 'frontdesk[mcp]'"
            )
        self.server = server
        self._pace = pace or Pace()
        self._protocol: Protocol = protocol
        self._listed = Listed()
        self._offered: list[Offered] | None = None
        self._connection: Connection | None = None
        self._left_at = float("-inf")
        self._reason = "it was not asked yet"
        self._task: asyncio.Task[None] | None = None
        self._scope = anyio.CancelScope()
        self._tried, self._open, self._look = anyio.Event(), anyio.Event(), anyio.Event()
        self._is_urgent = False

    async def tools(self) -> Sequence[Tool]:
        """The tools there are now; while the first connection is made, it is waited for a little."""
        await self._first_try(self._pace.first_s)
        is_known = self._connection is not None or time.monotonic() - self._left_at < self._pace.grace_s
        return self._listed.tools if is_known else ()

    async def standing(self) -> Standing:
        """How it stands, once it was tried."""
        await self._first_try(self._pace.connect_s + _LOADS_S)
        is_reached = self._connection is not None
        return Standing(
            name=self.server.name,
            is_reached=is_reached,
            tools=len(self._listed.tools) if is_reached else 0,
            skipped=self._listed.skipped if is_reached else {},
            reason="" if is_reached else self._reason,
        )

    async def close(self) -> None:
        """Leave the server; a program that was started for it has ended, or is ended."""
        self._scope.cancel()
        if self._task is not None:
            with anyio.move_on_after(_CLOSES_S, shield=True):
                await asyncio.wait([self._task])

    async def _first_try(self, longest_s: float) -> None:
        if self._task is None:
            # In a context of its own: it outlives the turn that happens to be the first.
            self._task = asyncio.create_task(self._keep(), context=Context())
        with anyio.move_on_after(longest_s):
            await self._tried.wait()

    async def _keep(self) -> None:
        with self._scope:
            library = await anyio.to_thread.run_sync(import_module, "core.tools.mcp_connection")
            pause = self._pace.retry_s
            while True:
                was_open = await self._attempt(library)
                pause = self._pace.retry_s if was_open else min(2 * pause, self._pace.longest_retry_s)
                await anyio.sleep(pause)

    async def _attempt(self, library: Any) -> bool:  # noqa: ANN401 - a module
        """Connect and stay connected as long as that lasts; whether it ever was."""
        seen: Seen = library.Seen()
        was_open = False
        try:
            opening = library.connected(
                self.server, seen, self._changed, within_s=self._pace.connect_s, protocol=self._protocol
            )
            async with opening as (connection, offered):
                was_open = True
                self._arrived(connection, offered)
                await self._stay(connection)
        except Exception as error:  # whatever another program does, the desk goes on
            self._reason = library.why(error, self.server, seen)
            logger.debug("mcp_connection_ended", exc_info=True)
        finally:
            self._gone(was_open)
        return was_open

    async def _stay(self, connection: Connection) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.listen)
            while True:
                with anyio.move_on_after(self._pace.again_s):
                    await self._look.wait()
                if not self._is_urgent:
                    await anyio.sleep(self._pace.least_s)
                self._look, self._is_urgent = anyio.Event(), False
                self._take(await connection.offered())

    def _arrived(self, connection: Connection, offered: list[Offered]) -> None:
        self._take(offered)
        self._connection, self._reason = connection, ""
        self._open.set()
        self._tried.set()
        logger.info(
            "mcp_server_reached", extra={"server": self.server.name, "tools": len(self._listed.tools)}
        )

    def _gone(self, was_open: bool) -> None:
        if was_open:
            self._left_at = time.monotonic()
            self._reason = self._reason or "it went away"
        if (was_open or not self._tried.is_set()) and not self._scope.cancel_called:
            logger.warning("mcp_server_away", extra={"server": self.server.name, "reason": self._reason})
        self._connection = None
        if was_open:
            self._open = anyio.Event()
        self._tried.set()

    def _take(self, offered: list[Offered]) -> None:
        if offered == self._offered:
            return
        before = self._listed.skipped
        self._offered, self._listed = offered, tools_from(offered, self.server, self._call)
        for name, reason in self._listed.skipped.items():
            if before.get(name) != reason:
                said = {"server": self.server.name, "tool": name, "reason": reason}
                logger.warning("mcp_tool_left_out", extra=said)

    def _changed(self) -> None:
        self._look.set()

    async def _call(self, name: str, effect: Effect, arguments: Mapping[str, Any], key: str) -> str:
        if self._connection is None:
            with anyio.move_on_after(self._pace.call_s):
                await self._open.wait()
        connection = self._connection
        if connection is None:
            raise Unavailable(f"the MCP server {self.server.name!r} is away")
        library: Any = import_module("core.tools.mcp_connection")
        try:
            return await connection.call(name, arguments, key)
        except library.Gone as gone:
            self._is_urgent = True
            self._look.set()
            if gone.is_sent and effect == "changes":
                raise TimeoutError from gone  # it may have been done
            raise Unavailable(f"the MCP server {self.server.name!r} went away") from gone
