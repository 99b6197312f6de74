"""Callers of every sort: whatever they do, a talk never breaks, leaves a task or says what is stale."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.voice.manners import Manners
from channels.voice.talk_parts import Awaited, Question
from core.errors import GenerationUnavailable
from core.messages import Outcome
from tests.fakes.scripted_desk import CITED, Scripted, ScriptedDesk, ScriptedHandOff, ScriptedLinks, answer
from tests.fakes.scripted_telephone import ScriptedTelephone
from tests.fakes.talks import talked

WORDS = st.sampled_from(
    "How do returns work|uh-huh|okay|yes|no|stop|wait a second|spell that|en español por favor"
    "|L two zero four one eight|what about delivery|mhm|Wo ist mein Paket|send me the link"
    "|my order is W 1 2 3 4 5 6 7".split("|")
)
PAUSES = st.sampled_from([0.0, 0.01, 0.1, 0.35, 0.5, 1.0, 1.9, 2.0, 2.1, 4.0, 7.5])


@dataclass(frozen=True)
class Does:
    what: str
    words: str = ""
    seconds: float = 0.3
    confidence: float | None = None
    pause_s: float = 0.0


DOINGS = st.lists(
    st.builds(
        Does,
        what=st.sampled_from(["speaks", "speaks", "speaks", "coughs", "begins", "stops", "presses"]),
        words=WORDS,
        seconds=st.sampled_from([0.05, 0.3, 0.9, 2.5]),
        confidence=st.sampled_from([None, 0.3, 0.9]),
        pause_s=PAUSES,
    ),
    min_size=1,
    max_size=8,
)
KEYS = st.sampled_from(["1", "2", "5", "#", "12#", "4711"])


def written(question: Question, number: int, slow: bool) -> Scripted:
    """An answer whose sentences tell which question they belong to."""
    sentences = tuple(f"Answer {number} part {part} has some words." for part in range(3))
    kinds = [
        {},
        {"citations": (CITED,)},
        {"outcome": Outcome.CLARIFYING, "awaited": Awaited(kind="reference")},
        {"outcome": Outcome.CLARIFYING, "awaited": Awaited(kind="yes_no")},
        {"error": GenerationUnavailable("down")},
        {"error": ValueError("broken")},
        {"route": "small_talk"},
    ]
    return answer(*sentences, after_s=3.0 if slow else 0.02, between_s=0.8, **kinds[number % len(kinds)])


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    logging.getLogger("channels.voice").setLevel(logging.CRITICAL)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings=DOINGS, keys=KEYS, is_slow=st.booleans(), words=st.integers(1, 3), hangs_up=st.booleans())
def test_whatever_a_caller_does_nothing_breaks_or_is_stale(
    doings: list[Does], keys: str, is_slow: bool, words: int, hangs_up: bool
) -> None:
    desk = ScriptedDesk(write=lambda question: written(question, len(desk.asked), is_slow))

    async def caller(phone: ScriptedTelephone) -> None:
        for one in doings:
            await asyncio.sleep(one.pause_s)
            match one.what:
                case "speaks":
                    await phone.speaks(one.words, seconds=one.seconds, confidence=one.confidence)
                case "coughs":
                    await phone.coughs(one.seconds)
                case "begins":
                    phone.begins()
                case "stops":
                    phone.stops()
                case "presses":
                    phone.presses(keys)
        if not hangs_up:
            await asyncio.sleep(120)

    report, phone = talked(
        caller,
        desk=desk,
        links=ScriptedLinks(),
        hand_off=ScriptedHandOff("none"),
        manners=Manners(words_to_interrupt=words),
    )
    assert report.reason in ("hung_up", "silence", "goodbye")
    assert hangs_up or report.reason != "hung_up"
    assert not stale(phone)


def stale(phone: ScriptedTelephone) -> list[str]:
    """Sentences of an answer that were queued after it had been cut off."""
    found: list[str] = []
    newest = cut = 0
    for one in phone.log:
        number = int(one.text.split()[1]) if one.text.startswith("Answer ") else 0
        if one.what == "hushed":
            cut = newest
        elif one.what == "queued" and number:
            found += [one.text] if number <= cut else []
            newest = max(newest, number)
    return found
