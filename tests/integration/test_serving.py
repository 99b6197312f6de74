"""`up` and `web` as processes: what they print, what they serve, and how they stop."""

import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
import pytest

from tests.fakes.chat_server import ChatServer, Done, Finish, Say, Wait
from tests.fakes.commands import frontdesk, ran, serving
from tests.fakes.running_desk import events_in

pytestmark = pytest.mark.anyio


async def until(claim: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    with anyio.fail_after(seconds):
        while not await claim():  # noqa: ASYNC110 - what is waited for happens in another process
            await anyio.sleep(0.05)


async def test_up_serves_samples_a_sign_in_link_and_stops_cleanly(tmp_path: Path) -> None:
    with serving("up", tmp_path) as (process, said):
        assert set(said) == {"url", "sign_in", "samples"}
        async with httpx.AsyncClient(base_url=said["url"]) as client:
            assert (await client.get("/ready")).status_code == 200
            token = said["sign_in"].partition("token=")[2]
            assert (await client.post("/sign-in", data={"token": token})).status_code == 303

            async def are_read() -> bool:
                listed = (await client.get("/v1/documents")).json()
                return len(listed) == said["samples"] and {each["status"] for each in listed} <= {"ready"}

            await until(are_read)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with serving("up", tmp_path) as (_, again):
        assert again["samples"] == 0


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with frontdesk("web", "--port", port, "--data", str(tmp_path)) as process:
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"port {port}" in errors
    assert "--port" in errors
    assert "Traceback" not in errors
    assert len(errors.strip().splitlines()) == 1


async def test_web_takes_uploads_that_a_worker_reads(tmp_path: Path) -> None:
    made = ran("key", "shop", "--role", "admin", "--data", str(tmp_path))
    assert set(made) == {"name", "role", "tenant", "key"}
    with serving("web", tmp_path) as (_, said), frontdesk("worker", "--data", str(tmp_path)):
        headers = {"Authorization": f"Bearer {made['key']}"}
        async with httpx.AsyncClient(base_url=said["url"], headers=headers) as client:
            sent = await client.post("/v1/documents", files={"files": ("lamp.txt", b"A lamp is brass.")})
            document_id = sent.json()[0]["document_id"]

            async def is_ready() -> bool:
                return bool((await client.get(f"/v1/documents/{document_id}")).json()["status"] == "ready")

            await until(is_ready)
    listed = ran("documents", "--data", str(tmp_path))
    assert [(each["document_id"], each["status"]) for each in listed] == [(document_id, "ready")]
    assert ran("delete", document_id, "--data", str(tmp_path)) == {
        "document_id": document_id,
        "deleted": True,
    }
    assert ran("documents", "--data", str(tmp_path)) == []
    assert ran("sign-in", "--data", str(tmp_path))["url"].startswith("http://127.0.0.1:7860/sign-in?token=")


async def test_a_turn_that_runs_when_the_desk_is_told_to_stop_still_ends(tmp_path: Path) -> None:
    text = "The refund takes five working days."
    with ChatServer() as model, serving("up", tmp_path, GENERATOR__URL=model.url) as (process, said):
        model.enqueue(Wait(2), Say(f"{text} [1]"), Finish(), Done())
        admin = {
            "Authorization": f"Bearer {ran('key', 'k', '--role', 'admin', '--data', str(tmp_path))['key']}"
        }
        async with httpx.AsyncClient(base_url=said["url"], timeout=20, headers=admin) as client:
            sent = await client.post("/v1/documents", files={"files": ("refund.txt", text.encode())})
            document_id = sent.json()[0]["document_id"]

            async def is_ready() -> bool:
                return bool((await client.get(f"/v1/documents/{document_id}")).json()["status"] == "ready")

            await until(is_ready)
            conversation_id = (await client.post("/v1/conversations")).json()["conversation_id"]
            body = {"text": "How long does the refund take?", "documents": [document_id]}
            path = f"/v1/conversations/{conversation_id}/messages"
            async with client.stream("POST", path, json=body) as response:
                chunks = response.aiter_text()
                heard = await anext(chunks)
                while "generate" not in heard:
                    heard += await anext(chunks)
                process.send_signal(signal.SIGTERM)
                async for chunk in chunks:
                    heard += chunk
        assert events_in(heard)[-1][0] == "answer"
        assert events_in(heard)[-1][1]["text"] == text
        assert process.wait(20) == 0
