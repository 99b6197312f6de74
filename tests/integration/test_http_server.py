"""The server under the desk and the simulators, on real sockets."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from channels.http_server import QuietServer, listening, served
from core.errors import Misconfigured

pytestmark = pytest.mark.anyio


async def here(request: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


APP = Starlette(routes=[Route("/", here)])


class Late(QuietServer):
    """A server that somebody reaches in the moment it ends, so many turns of the event loop before."""

    def __init__(self, address: tuple[str, int], ticks: int) -> None:
        super().__init__(uvicorn.Config(APP, log_config=None, timeout_graceful_shutdown=1))
        self.address, self.ticks = address, ticks
        self.clients: list[socket.socket] = []

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.clients.append(socket.create_connection(self.address))
        for _ in range(self.ticks):
            await asyncio.sleep(0)
        await super().shutdown(sockets)


@pytest.mark.parametrize("ticks", range(6))
async def test_whoever_is_accepted_in_the_moment_the_server_ends_is_let_go(ticks: int) -> None:
    with listening() as listener, warnings.catch_warnings(record=True) as forgotten:
        warnings.simplefilter("always")
        server = Late(listener.getsockname(), ticks)
        server.should_exit = True
        await server.serve([listener])
        gc.collect()
    for client in server.clients:
        client.close()
    assert [str(each.message) for each in forgotten] == []


async def test_it_answers_while_the_block_lasts_and_not_after() -> None:
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with served(APP, listener), httpx.AsyncClient() as client:
            assert (await client.get(url)).text == "here"
            with (
                pytest.raises(Misconfigured, match="choose another"),
                listening(port=listener.getsockname()[1]),
            ):
                pytest.fail("two listen there")
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)
