"""One connection to an MCP server, over streamable HTTP or a program's standard input and output.

Imported where a server is first connected to: it needs the package `mcp`.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TextIO, cast
from urllib.parse import urlsplit

import anyio
import httpx2
import mcp.types
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client import Transport
from mcp.client.session import IncomingMessage
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.types import (
    CONNECTION_CLOSED,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Implementation,
    TextContent,
    Tool,
    ToolListChangedNotification,
)

from core.errors import Refused, Unavailable
from core.tools.mcp_server import McpServer, Offered
from core.tools.mcp_words import reason, told

KEY = "frontdesk/idempotency-key"
"""Where `_meta` of a call holds the key of the wish it carries out."""
MOST_BYTES = 1024 * 1024
"""Of one message of a server."""
_MOST_PAGES = 10
_LISTENS_AGAIN_S = 5.0
_STREAM_S = 300.0

Protocol = Literal["auto", "legacy"]
"""`legacy` begins with the handshake of before 2026; `auto` asks first whether that is needed."""


class Gone(Exception):
    """The connection was lost, or is no good any more. `is_sent` is whether the server may have heard."""

    def __init__(self, *, is_sent: bool) -> None:
        super().__init__("the connection to an MCP server was lost")
        self.is_sent = is_sent


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was seen of a connection that says why it failed: the last status over HTTP."""

    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An open connection; it is used while `connected` lasts."""

    client: Client
    changed: Callable[[], None]

    async def offered(self) -> list[Offered]:
        """Every tool that the server lists.

        Raises:
            Exception: whatever says that it is gone.
        """
        found: list[Offered] = []
        cursor = None
        for _ in range(_MOST_PAGES):
            page = await self.client.list_tools(cursor=cursor)
            found += map(_offered, page.tools)
            cursor = page.next_cursor
            if cursor is None:
                break
        return found

    async def listen(self) -> None:
        """Call `changed` whenever the server says that its tools are others, or falls silent.

        Returns where the server says so without being asked, or never does.
        """
        while True:
            try:
                async with self.client.listen(tools_list_changed=True) as events:
                    async for _ in events:
                        self.changed()
            except (ListenNotSupportedError, MCPError):
                return
            except (SubscriptionLost, TimeoutError):
                pass
            self.changed()
            await anyio.sleep(_LISTENS_AGAIN_S)

    async def call(self, name: str, arguments: Mapping[str, Any], key: str) -> str:
        """What a customer is told of the call's result.

        Raises:
            Refused: the tool says why not.
            Unavailable: the server did not take the call.
            TimeoutError: it gave no answer in time, or none that says whether it has done it.
            Gone: the connection is lost.
        """
        try:
            result = await self.client.call_tool(
                name, dict(arguments), meta=cast("Any", {KEY: key}) if key else None
            )
        except MCPError as error:
            raise _meant(error) from error
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            raise Gone(is_sent=True) from error
        except (RuntimeError, ValueError) as error:  # no result as the protocol or the tool's schema has it
            raise TimeoutError from error
        texts = [block.text for block in result.content if isinstance(block, TextContent)]
        if result.is_error:
            if why_not := reason(texts):
                raise Refused(why_not)
            raise TimeoutError
        return told(texts, result.structured_content)


def _meant(error: MCPError) -> Exception:
    """What an error of the protocol comes to."""
    if error.code in (INVALID_PARAMS, METHOD_NOT_FOUND):
        return Unavailable(f"an MCP server did not take a call: error {error.code}")
    if error.message == "Session terminated":
        return Gone(is_sent=False)
    if error.code == CONNECTION_CLOSED:
        return Gone(is_sent=True)
    return TimeoutError()


@asynccontextmanager
async def connected(
    server: McpServer, seen: Seen, changed: Callable[[], None], *, within_s: float, protocol: Protocol
) -> AsyncIterator[tuple[Connection, list[Offered]]]:
    """A connection and what the server offers, entered and left by one task.

    Raises:
        TimeoutError: there was no answer `within_s` seconds.
        Exception: whatever else says that there is no connection, or no more.
    """

    async def hear(message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            changed()

    with anyio.CancelScope(deadline=anyio.current_time() + within_s) as scope:
        async with AsyncExitStack() as stack:
            client = Client(
                await _transport(server, seen, stack),
                mode=protocol,
                read_timeout_seconds=server.timeout_s,
                message_handler=hear,
                client_info=Implementation(name="frontdesk", version="1"),
                cache=None,
            )
            connection = Connection(client=await stack.enter_async_context(client), changed=changed)
            offered = await connection.offered()
            scope.deadline = math.inf
            yield connection, offered
    if scope.cancelled_caught:
        raise TimeoutError


async def _transport(server: McpServer, seen: Seen, stack: AsyncExitStack) -> Transport:
    if server.command:
        # What the program says beside the protocol may hold customers' words: it is nobody's log.
        nowhere = stack.enter_context(_nowhere())
        parameters = StdioServerParameters(
            command=server.command, args=list(server.args), env=dict(server.env)
        )
        return stdio_client(parameters, errlog=nowhere)

    async def look(response: httpx2.Response) -> None:
        seen.status = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unavailable("the server packs its answers, though it was asked not to")
        if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
            response.stream = _Bounded(cast("httpx2.AsyncByteStream", response.stream))

    bearer = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    client = httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity", **bearer, **server.headers},
        timeout=httpx2.Timeout(server.timeout_s, read=_STREAM_S),
        event_hooks={"response": [look]},
    )
    await stack.enter_async_context(client)
    return streamable_http_client(server.url, http_client=client, max_sse_event_size=MOST_BYTES)


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - closed by who asks for it


class _Bounded(httpx2.AsyncByteStream):
    """An answer that ends with an error where it grows too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > MOST_BYTES:
                raise httpx2.StreamError(f"an answer of more than {MOST_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _offered(tool: Tool) -> Offered:
    said = tool.annotations
    return Offered(
        name=tool.name,
        schema=tool.input_schema,
        title=tool.title or (said.title if said else None) or "",
        description=tool.description or "",
        is_read_only=bool(said and said.read_only_hint),
    )


def why(error: BaseException, server: McpServer, seen: Seen) -> str:
    """Why there is no connection, in words for whoever runs the desk: no secrets, nothing the server said."""
    if seen.status in (401, 403):
        return f"it refuses the token (HTTP {seen.status})"
    leaves = _leaves(error)
    if said := next(filter(None, (_said_of(one, server) for one in leaves)), ""):
        return said
    if seen.status >= 400:
        return f"{_place(server)} answers with HTTP {seen.status}"
    return f"it does not speak the protocol: {type(leaves[0]).__name__}"


def _said_of(error: BaseException, server: McpServer) -> str:
    place, said = _place(server), ""
    is_program = bool(server.command)
    match error:
        case httpx2.ConnectError():
            said = f"nobody answers at {place}"
        case TimeoutError() | httpx2.TimeoutException():
            said = "it gives no answer in time"
        case Unavailable():
            said = str(error)
        case OSError() if is_program:
            said = f"{place!r} can't be started: {error.strerror or type(error).__name__}"
        case MCPError(code=mcp.types.CONNECTION_CLOSED) if is_program:
            said = f"{place!r} has ended"
        case httpx2.HTTPError():
            said = f"{place} broke off: {type(error).__name__}"
    return said


def _place(server: McpServer) -> str:
    """Where the server is, without what its address may hold besides: a password, a key."""
    if server.command:
        return server.command
    url = urlsplit(server.url)
    return f"{url.scheme}://{url.netloc.rpartition('@')[2]}"


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]
