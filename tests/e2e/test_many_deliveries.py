"""A thousand texts, many of them delivered twice and none in order, while a process is killed."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections import Counter, deque
from pathlib import Path

import httpx
import pytest

from channels.simulators.sms_simulator import SmsSimulator
from channels.simulators.sms_webhooks import Timing
from tests.fakes.commands import ROOT, ran, serving
from tests.fakes.deliveries import Delivery, text_message
from tests.services.postgres import OWNER, postgres_server
from tests.services.redis import redis_server

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ACCOUNT, TOKEN = f"AC{'0' * 32}", "a token of nobody's"
TEXTS, TWICE = 1000, 0.3
QUESTIONS = (
    "How long do I have to return something?",
    "When is delivery free?",
    "How long is the warranty on LED modules?",
    "Which credit cards do you accept?",
)
AT_ONCE = 10
PATIENCE_S = 300


async def test_each_of_a_thousand_texts_gets_one_answer_though_a_process_is_killed(tmp_path: Path) -> None:
    carrier = SmsSimulator(account_sid=ACCOUNT, auth_token=TOKEN, timing=Timing.quick())
    with postgres_server(durable=True) as postgres, redis_server(tmp_path / "redis") as redis:
        async with carrier.serving(has_page=False) as api_url:
            settings = {
                "RECORDS__URL": postgres.url(OWNER),
                "REDIS__URL": redis.url,
                "SECRET": "the same in every process",
                "SMS__ACCOUNT_SID": ACCOUNT,
                "SMS__AUTH_TOKEN": TOKEN,
                "SMS__API_URL": api_url,
                "SLACK__SIMULATOR": "never",
            }
            data = tmp_path / "desk"
            samples = str(ROOT / "config" / "samples" / "public")
            await asyncio.to_thread(ran, "ingest", samples, "--data", str(data), **settings)
            with (
                serving("web", data, **settings) as (first, one),
                serving("web", data, **settings) as (
                    second,
                    two,
                ),
            ):
                for process in (first, second):
                    threading.Thread(target=deque, args=(process.stderr, 0), daemon=True).start()
                posted = await _post_all([one["url"], two["url"]], first.pid and first.send_signal)
                phones = _phones()
                await carrier.wait_until(
                    lambda: all(carrier.inbox(phone) for phone in phones), timeout=PATIENCE_S
                )
                # What would come twice would come now.
                await asyncio.sleep(3)
                second.send_signal(signal.SIGTERM)
    counts = Counter(len(carrier.inbox(phone)) for phone in phones)
    assert posted > TEXTS * (1 + TWICE)
    assert counts == {1: TEXTS}


def _phones() -> list[str]:
    return [f"+1202555{number:04}" for number in range(TEXTS)]


async def _post_all(urls: list[str], kill: object) -> int:
    """Post everything in no order; in the middle the first process dies. How many posts there were."""
    phones = _phones()
    rng = random.Random(7)
    again = rng.sample(range(TEXTS), int(TEXTS * TWICE))
    order = [*range(TEXTS), *again]
    rng.shuffle(order)
    sids = [f"SM{number:032x}" for number in range(TEXTS)]
    alive, done = list(urls), 0
    room = asyncio.Semaphore(AT_ONCE)

    async def deliver(client: httpx.AsyncClient, number: int) -> None:
        nonlocal done
        async with room:
            for _ in range(5):
                base = rng.choice(alive)
                if await _is_taken(client, base, _text(base, phones[number], sids[number], number)):
                    break
            else:
                raise AssertionError(f"nobody took the text {number}")
            done += 1
            if done == TEXTS // 2:
                assert callable(kill)
                kill(signal.SIGKILL)
                alive.remove(urls[0])

    async with httpx.AsyncClient(timeout=60) as client, asyncio.TaskGroup() as tasks:
        for number in order:
            tasks.create_task(deliver(client, number))
    return done + 1


def _text(base: str, phone: str, sid: str, number: int) -> Delivery:
    body = QUESTIONS[number % len(QUESTIONS)]
    return text_message(base, TOKEN, sender=phone, body=body, sid=sid)


async def _is_taken(client: httpx.AsyncClient, base: str, delivery: Delivery) -> bool:
    """Whether a desk took it; Twilio delivers again what got no answer, or a 5xx."""
    try:
        answer = await delivery.post(client, base)
    except httpx.TransportError:
        return False
    return answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
