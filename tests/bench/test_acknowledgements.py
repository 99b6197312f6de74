"""How soon a provider is told that a delivery arrived, while each answer takes two seconds."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections import deque
from pathlib import Path

import httpx
import pytest

from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.sms_simulator import SmsSimulator
from channels.simulators.sms_webhooks import Timing
from tests.fakes.chat_server import ChatServer, Wait, words
from tests.fakes.commands import ROOT, ran, serving
from tests.fakes.deliveries import Delivery, slack_event, text_message

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ACCOUNT, TOKEN, SECRET, BOT_TOKEN = f"AC{'0' * 32}", "a token", "a signing secret", "xoxb-valid"
PER_SECOND, SECONDS = 50, 6
ANSWER_S = 2.0
SETTLED_S = 6.0
QUESTION = "How long do I have to return something?"


@pytest.mark.parametrize("door", ["sms", "slack"])
async def test_a_delivery_is_acknowledged_in_a_twentieth_of_the_time_that_its_answer_takes(
    door: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carrier = SmsSimulator(account_sid=ACCOUNT, auth_token=TOKEN, timing=Timing.quick())
    slack = SlackSimulator(signing_secret=SECRET, bot_token=BOT_TOKEN)
    data = tmp_path / "desk"
    samples = str(ROOT / "config" / "samples" / "public")
    with ChatServer() as model:
        for _ in range(PER_SECOND * SECONDS):
            model.enqueue(Wait(ANSWER_S), *words("You may return it within 30 days [1]."))
        async with carrier.serving(has_page=False) as sms_api, slack.serving():
            settings = {
                "GENERATOR__URL": model.url,
                "SMS__ACCOUNT_SID": ACCOUNT,
                "SMS__AUTH_TOKEN": TOKEN,
                "SMS__API_URL": sms_api,
                "SLACK__SIGNING_SECRET": SECRET,
                "SLACK__BOT_TOKEN": BOT_TOKEN,
                "SLACK__API_URL": slack.api_url,
                "TOOLS__MODEL_CALLS": "none",
                "TOOLS__SAMPLES": "none",
                "LIMITS__CACHE_HOURS": "0",
            }
            await asyncio.to_thread(ran, "ingest", samples, "--data", str(data), **settings)
            with serving("web", data, **settings) as (process, said):
                threading.Thread(target=deque, args=(process.stderr, 0), daemon=True).start()
                took = await _post_evenly(
                    said["url"], lambda number: _delivery(door, said["url"], slack, number)
                )
    p50, p95 = statistics.median(took), sorted(took)[int(len(took) * 0.95)]
    with capsys.disabled():
        print(f"\n{door}: {len(took)} acknowledged, p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    assert p95 < ANSWER_S / 20


def _delivery(door: str, base: str, slack: SlackSimulator, number: int) -> Delivery:
    if door == "sms":
        return text_message(base, TOKEN, sender=f"+1202555{number:04}", body=QUESTION)
    workspace = slack.workspace
    _, ana, dm = slack.place("ana", "dm")
    event = {
        "type": "message",
        "channel": dm.id,
        "channel_type": "im",
        "user": ana.id,
        "text": QUESTION,
        "ts": f"{int(time.time())}.{number:06}",
        "team": workspace.id,
    }
    return slack_event(SECRET, event, team=workspace.id)


async def _post_evenly(base: str, make: object) -> list[float]:
    """How long each post took, in seconds."""
    assert callable(make)
    took: list[float] = []

    async def one(client: httpx.AsyncClient, number: int) -> None:
        delivery: Delivery = make(number)
        begun = time.perf_counter()
        answer = await delivery.post(client, base)
        took.append(time.perf_counter() - begun)
        assert answer.status_code == httpx.codes.OK, answer.text

    limits = httpx.Limits(max_connections=100)
    # A desk that has just begun learns its tenant's examples beside everything else.
    await asyncio.sleep(SETTLED_S)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client, asyncio.TaskGroup() as tasks:
        begin = time.monotonic()
        for number in range(PER_SECOND * SECONDS):
            await asyncio.sleep(max(0, begin + number / PER_SECOND - time.monotonic()))
            tasks.create_task(one(client, number))
    return took
