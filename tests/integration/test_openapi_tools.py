"""Tools from an OpenAPI file, called over a real socket, with the faults that services have."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from channels.http_server import listening, served
from core.conversations import Conversations
from core.errors import Misconfigured
from core.messages import Address, Outcome
from core.outbox import Outbox
from core.records import Records
from core.tenants import DEFAULT_TENANT
from core.tools.dialogue import Dialogue, Step
from core.tools.openapi import load_openapi, openapi_tools
from core.tools.runner import Runner
from core.tools.talk import DialogueManager
from core.tools.tool import Caller

pytestmark = pytest.mark.anyio

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders/{number}": {
            "parameters": [
                {
                    "name": "number",
                    "in": "path",
                    "required": True,
                    "schema": {"$ref": "#/components/schemas/Number"},
                    "description": "Which order is it?",
                }
            ],
            "get": {
                "operationId": "order_status",
                "summary": "Say where an order is.",
                "x-frontdesk": {"examples": ["where is my order"], "say": "Your order is {status}."},
            },
            "post": {
                "operationId": "delay_order",
                "summary": "Deliver an order later.",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["days", "reason"],
                                "properties": {
                                    "days": {"type": "integer", "minimum": 1, "maximum": 14},
                                    "reason": {"type": "string", "enum": ["holiday", "moving"]},
                                },
                            }
                        }
                    }
                },
            },
        },
        "/bulk": {
            "post": {
                "operationId": "bulk",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["orders"],
                                "properties": {"orders": {"type": "array", "items": {"type": "string"}}},
                            }
                        }
                    }
                },
            }
        },
    },
    "components": {"schemas": {"Number": {"type": "string", "pattern": "#L[0-9]{5}"}}},
}


@dataclass
class Service:
    """A company's own service: what it was asked, and how it answers."""

    asked: list[tuple[str, str, Any, str]] = field(default_factory=list)
    status: int = 200
    reply: Any = field(default_factory=lambda: {"status": "on its way"})
    fails: int = 0
    waits_s: float = 0.0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def answer(path: str, request: Request) -> JSONResponse:
            body = await request.body()
            key = request.headers.get("Idempotency-Key", "")
            self.asked.append((request.method, path, body.decode(), key))
            await asyncio.sleep(self.waits_s)
            if self.fails:
                self.fails -= 1
                return JSONResponse({"detail": "down"}, 503)
            return JSONResponse(self.reply, self.status)

        return app


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, str]]:
    async with serving(Service()) as served:
        yield served


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[tuple[Service, str]]:
    with listening() as listener:
        async with served(service.app(), listener):
            yield service, f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Talk:
    manager: DialogueManager
    caller: Caller
    dialogue: Dialogue = field(default_factory=Dialogue)

    async def say(self, text: str, wanted: str | None = None) -> Step:
        step = await self.manager.hear(self.dialogue, text, self.caller, wanted)
        assert step is not None
        self.dialogue = step.dialogue
        return step


@pytest.fixture
async def talk(service: tuple[Service, str], tmp_path: Path) -> AsyncIterator[Talk]:
    file = tmp_path / "shop.yaml"
    file.write_text(yaml.safe_dump(DESCRIPTION))
    records = await Records.open_file(tmp_path / "desk.sqlite")
    conversation = await Conversations(records, Outbox(records)).start(DEFAULT_TENANT, Address(channel="api"))
    async with httpx.AsyncClient(base_url=service[1]) as client:
        tools = {
            tool.name: replace(tool, timeout_s=0.5) for tool in openapi_tools(load_openapi(file), client)
        }
        caller = Caller(tenant=DEFAULT_TENANT, conversation_id=conversation.id)
        yield Talk(manager=DialogueManager(tools, Runner(records)), caller=caller)
    await records.close()


async def test_each_operation_that_people_can_ask_for_is_a_tool(talk: Talk) -> None:
    assert {name: tool.effect for name, tool in talk.manager.tools.items()} == {
        "order_status": "reads",
        "delay_order": "changes",
    }
    assert talk.manager.tools["order_status"].examples == ("where is my order",)


async def test_a_read_is_asked_for_and_told_in_the_files_own_sentence(
    talk: Talk, service: tuple[Service, str]
) -> None:
    assert (await talk.say("where is my order", "order_status")).text == "Which order is it?"
    step = await talk.say("L20418")
    assert (step.text, step.outcome) == ("Your order is on its way.", Outcome.ANSWERED)
    ((method, path, _, _),) = service[0].asked
    assert (method, path) == ("GET", "orders/#L20418")


async def test_a_change_is_checked_shown_and_sent_once_with_its_key(
    talk: Talk, service: tuple[Service, str]
) -> None:
    await talk.say("deliver order #L20418 later", "delay_order")
    step = await talk.say("20")
    assert step.text.startswith("That has to be 14 or less.")
    step = await talk.say("10")
    assert "1. holiday" in step.text
    step = await talk.say("I am moving")
    assert "Shall I go ahead?" in step.text
    assert not service[0].asked
    service[0].reply = {"new_day": "2026-12-01"}
    step = await talk.say("yes")
    assert (step.text, step.outcome) == ("new day: 2026-12-01", Outcome.ACTED)
    ((method, _, body, key),) = service[0].asked
    assert (method, body) == ("POST", '{"days":10,"reason":"moving"}')
    assert key


async def test_a_read_is_tried_again_and_a_change_is_not(talk: Talk, service: tuple[Service, str]) -> None:
    service[0].fails = 2
    step = await talk.say("where is #L20418", "order_status")
    assert step.text == "Your order is on its way."
    assert len(service[0].asked) == 3
    service[0].asked.clear()
    service[0].fails = 1
    await talk.say("delay #L20418, holiday", "delay_order")
    await talk.say("3")
    step = await talk.say("yes")
    assert "nothing was changed" in step.text
    assert len(service[0].asked) == 1


async def test_a_change_without_an_answer_is_not_repeated_and_a_person_looks(
    talk: Talk, service: tuple[Service, str]
) -> None:
    service[0].waits_s = 5
    await talk.say("delay #L20418, holiday", "delay_order")
    await talk.say("3")
    before = talk.dialogue
    step = await talk.say("yes")
    assert (step.needs, step.outcome) == ("person", Outcome.HANDED_OFF)
    talk.dialogue = before
    again = await talk.say("yes")
    assert again.needs == "person"
    assert len(service[0].asked) == 1


async def test_a_refusal_of_the_service_is_told_to_the_customer(
    talk: Talk, service: tuple[Service, str]
) -> None:
    service[0].status, service[0].reply = 404, {"detail": "There is no such order."}
    step = await talk.say("where is #L20418", "order_status")
    assert (step.text, step.outcome) == ("There is no such order.", Outcome.REFUSED)


async def test_a_service_that_is_away_is_told_in_plain_words(tmp_path: Path, talk: Talk) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{nobody.getsockname()[1]}") as client:
            talk.manager = replace(
                talk.manager, tools={tool.name: tool for tool in openapi_tools(DESCRIPTION, client)}
            )
            step = await talk.say("where is #L20418", "order_status")
    assert "I can't reach our system" in step.text


@pytest.mark.parametrize("text", ["", "openapi: 2.0", "[1, 2]", "a: [", "swagger: '2.0'"])
def test_a_file_that_describes_no_service_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=r"shop\.yaml"):
        load_openapi(file)
