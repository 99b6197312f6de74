"""The HTTP server of the desk and of the simulators: a port held first, and an end that leaves nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext

import anyio
import uvicorn
from starlette.types import ASGIApp

from core.errors import Misconfigured


class QuietServer(uvicorn.Server):
    """Sets `ready` once it listens, leaves signals to whoever runs it, and every connection when it ends."""

    capture_signals = nullcontext  # type: ignore[assignment]

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, let what is under way end, and break what is held open after that."""
        await self._take_the_last()
        await super().shutdown(sockets)
        for held in list(self.server_state.connections):
            held.transport.abort()
        await asyncio.sleep(0)

    async def _take_the_last(self) -> None:
        """Stop listening, then wait until those just accepted are connections that can be ended.

        asyncio forgets, without closing it, a socket that it accepted in the very tick in which its
        server is closed.
        """
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener.fileno())
        for _ in range(2):
            await asyncio.sleep(0)


@contextmanager
def listening(host: str = "127.0.0.1", port: int = 0) -> Iterator[socket.socket]:
    """A socket that listens while the block lasts; port 0 is a free one.

    Raises:
        Misconfigured: the port is taken, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            raise Misconfigured(
                f"can't listen on {host} port {port} ({error.strerror}): "
                "stop what listens there, or choose another with --port or --host"
            ) from error
        yield listener


@asynccontextmanager
async def served(app: ASGIApp, listener: socket.socket, *, patience_s: int = 1) -> AsyncIterator[None]:
    """Serve an ASGI app while the block lasts; requests under way then have `patience_s` seconds to end."""
    server = QuietServer(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=patience_s)
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    serving.add_done_callback(lambda _: server.ready.set())
    try:
        await server.ready.wait()
        yield
    finally:
        server.should_exit = True
        with anyio.CancelScope(shield=True):
            await serving
