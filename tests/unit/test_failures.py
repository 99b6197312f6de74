"""What becomes of a request that fails."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from channels.failures import answer_failures

pytestmark = pytest.mark.anyio


async def test_whoever_leaves_before_their_request_is_read_is_no_error_of_the_desk() -> None:
    app = FastAPI()
    answer_failures(app)

    @app.post("/form")
    async def form(request: Request) -> str:
        return str(await request.form())

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def leaves() -> Message:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": "/form", "query_string": b"", "headers": headers}
    await app(scope, leaves, send)
    assert [message.get("status") for message in sent] == [400, None]
