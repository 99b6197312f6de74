"""Made-up visitors who ask a running desk over HTTP, and check that each is told what they asked for."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from core.measures import percentile

LONGEST_ANSWER_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many visitors ask, how often in all, and for how long."""

    visitors: int
    per_second: float
    seconds: float
    questions: Sequence[str]

    @property
    def turns(self) -> int:
        """How many questions are asked in all."""
        return max(1, round(self.per_second * self.seconds))


@dataclass(slots=True, kw_only=True)
class _Visitor:
    """A conversation, its token, and what was asked and answered in it, by message id."""

    conversation_id: str
    token: str
    asked: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)
    is_busy: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of it: times in milliseconds, and every fault by its name."""

    first_words: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    overhead: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def figures(self, load: Load, spent_s: float) -> dict[str, Any]:
        """The tally as one flat table."""
        return {
            "visitors": load.visitors,
            "questions": load.turns,
            "per_second": round(len(self.whole) / spent_s, 2),
            "answered": len(self.whole),
            "outcomes": dict(self.outcomes),
            "faults": dict(self.faults),
            "first_words_p50_ms": percentile(self.first_words, 50),
            "first_words_p95_ms": percentile(self.first_words, 95),
            "whole_p50_ms": percentile(self.whole, 50),
            "whole_p95_ms": percentile(self.whole, 95),
            "overhead_p50_ms": percentile(self.overhead, 50),
            "overhead_p95_ms": percentile(self.overhead, 95),
        }


async def visit(url: str, load: Load, key: str = "") -> dict[str, Any]:
    """Ask `load.turns` questions at an even pace and give the figures.

    Questions are sent when their time has come, whether or not earlier ones are answered;
    only a visitor who still waits for an answer is passed over for the next. Overhead is the time
    of a turn as the visitor saw it, less what the desk says the language model took. At the
    end every conversation is read back: each question must stand there once, with the
    answer that was streamed for it.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=load.visitors + 10)
    tally = Tally()
    async with httpx.AsyncClient(base_url=url, timeout=LONGEST_ANSWER_S, limits=limits) as client:
        visitors = [await _begin(client, headers) for _ in range(load.visitors)]
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for turn in range(load.turns):
                await asyncio.sleep(max(0.0, began + turn / load.per_second - time.perf_counter()))
                visitor = _free(visitors, turn)
                question = load.questions[turn % len(load.questions)]
                tasks.create_task(_ask(client, visitor, (f"load-{turn}", question), tally))
        spent = time.perf_counter() - began
        for visitor in visitors:
            await _read_back(client, visitor, tally)
    return tally.figures(load, spent)


def _free(visitors: Sequence[_Visitor], turn: int) -> _Visitor:
    """The next visitor in turn who does not wait for an answer; the next one anyway where all wait."""
    count = len(visitors)
    ring = [visitors[(turn + step) % count] for step in range(count)]
    return next((visitor for visitor in ring if not visitor.is_busy.locked()), ring[0])


async def _begin(client: httpx.AsyncClient, headers: dict[str, str]) -> _Visitor:
    begun = await client.post("/v1/conversations", headers=headers)
    begun.raise_for_status()
    return _Visitor(conversation_id=begun.json()["conversation_id"], token=begun.json()["token"])


async def _ask(client: httpx.AsyncClient, visitor: _Visitor, asked: tuple[str, str], tally: Tally) -> None:
    message_id, question = asked
    visitor.asked[message_id] = question
    async with visitor.is_busy:
        try:
            await _turn(client, visitor, asked, tally)
        except httpx.HTTPError as error:
            tally.faults[type(error).__name__] += 1


async def _turn(client: httpx.AsyncClient, visitor: _Visitor, asked: tuple[str, str], tally: Tally) -> None:
    message_id, question = asked
    began = time.perf_counter()
    words, ends = "", 0
    async with client.stream(
        "POST",
        f"/v1/conversations/{visitor.conversation_id}/messages",
        json={"text": question, "message_id": message_id},
        headers={"Authorization": f"Bearer {visitor.token}"},
    ) as response:
        if response.status_code != httpx.codes.OK:
            tally.faults[f"status {response.status_code}"] += 1
            return
        async for name, data in _events(response):
            if name == "token":
                if not words:
                    tally.first_words.append(_since(began))
                words += data["text"]
            elif name == "answer":
                ends += 1
                _take(visitor, message_id, data, tally)
                spent = _since(began)
                tally.whole.append(spent)
                tally.overhead.append(spent - _model_ms(data["timings_ms"]))
                tally.faults["words differ from the answer"] += int(words != data["text"])
            elif name == "error":
                ends += 1
                tally.faults["error event"] += 1
    tally.faults["turn without one end"] += int(ends != 1)
    tally.faults += Counter()


def _take(visitor: _Visitor, message_id: str, answer: dict[str, Any], tally: Tally) -> None:
    tally.outcomes[answer["outcome"]] += 1
    tally.faults["answer of another conversation"] += int(
        answer["conversation_id"] != visitor.conversation_id
    )
    visitor.answered[message_id] = answer["id"]


def _model_ms(timings: dict[str, float]) -> float:
    return max(0.0, timings.get("generate", 0.0) - timings.get("verify", 0.0))


async def _read_back(client: httpx.AsyncClient, visitor: _Visitor, tally: Tally) -> None:
    """Compare what the desk has kept with what was asked and streamed."""
    headers = {"Authorization": f"Bearer {visitor.token}"}
    kept = await client.get(f"/v1/conversations/{visitor.conversation_id}", headers=headers)
    kept.raise_for_status()
    stands = {each["message_id"].rpartition(":")[2]: each for each in kept.json()["exchanges"]}
    for message_id, question in visitor.asked.items():
        exchange = stands.pop(message_id, None)
        if exchange is None:
            tally.faults["question lost"] += 1
        elif exchange["text"] != question:
            tally.faults["question crossed"] += 1
        elif (exchange["answer"] or {}).get("id") != visitor.answered.get(message_id):
            tally.faults["answer lost or crossed"] += 1
    tally.faults["question of somebody else"] += len(stands)
    tally.faults += Counter()


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name = ""
    async for line in response.aiter_lines():
        field_name, _, value = line.partition(": ")
        if field_name == "event":
            name = value
        elif field_name == "data":
            yield name, json.loads(value)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
