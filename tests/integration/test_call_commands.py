"""`frontdesk calls` as a process, over calls that were kept."""

from __future__ import annotations

import pytest

from channels.call_commands import timeline
from config.settings import Settings
from core.assembly import assemble
from core.kept_calls import CallLine, CallNews, CallTurn, KeptTalk
from core.messages import Address
from core.tenants import DEFAULT_TENANT
from tests.fakes.commands import ran

pytestmark = pytest.mark.anyio


async def test_calls_are_listed_shown_and_measured(settings: Settings) -> None:
    async with assemble(settings) as desk:
        calls = desk.stores.calls
        address = Address(channel="phone", person="+15005550177")
        conversation = await desk.answerer.conversations.start(DEFAULT_TENANT, address)
        await calls.begin(
            DEFAULT_TENANT, "CA1", conversation.id, caller=address.person, called="+15005550100"
        )
        lines = [CallLine(at_s=1, who="desk", text="Thirty days from now.", heard="Thirty", kind="answer")]
        turns = [CallTurn(question_id="q", at_s=1, latencies={"send": 4.0})]
        await calls.keep(DEFAULT_TENANT, "CA1", KeptTalk(id="1", lines=lines, turns=turns, reason="hung_up"))
        await calls.progress(DEFAULT_TENANT, "CA1", CallNews(state="completed", duration_s=9))
    where = ("--data", str(settings.data))
    listed = ran("calls", *where)
    assert [(call["id"], call["state"], call["duration_s"]) for call in listed] == [("CA1", "completed", 9)]
    shown = ran("calls", "show", "CA1", *where)
    assert shown["lines"][0]["heard"] == "Thirty"
    assert ran("calls", "latency", *where)["send"]["p95_ms"] == 4.0


def test_a_timeline_tells_what_was_not_heard() -> None:
    whole = CallLine(at_s=0, who="desk", text="Hello.", heard="Hello.", kind="phrase")
    unheard = CallLine(at_s=1, who="desk", text="Bye.", heard="", kind="phrase")
    keys = CallLine(at_s=2, who="caller", text="0", kind="keys")
    assert [timeline(line).split(maxsplit=2)[2] for line in (whole, unheard, keys)] == [
        "Hello.",
        "(not heard) Bye.",
        "presses 0",
    ]
