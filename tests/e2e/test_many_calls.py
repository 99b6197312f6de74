"""Two hundred calls in a row by the desk's real door: neither memory nor a task stays behind."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from channels.simulators.call_caller import Caller
from channels.voice.energy_activity import EnergyActivity
from channels.voice.sound import tone
from tests.fakes.called_desk import CalledDesk, open_called_desk
from tests.fakes.desk_after_calls import no_thread_is_left, nothing_of_calls_is_left, threads
from tests.fakes.desk_time import in_virtual_time
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker

CALLS, WARM_UP = 200, 50
ASKED, BYE = "How long do I have to return something?", "Goodbye."
MOST_BYTES, MOST_OBJECTS = 60_000, 30
"""What a call may leave in memory on average: its sound alone would be 100,000 bytes and more."""


async def says_good_bye(caller: Caller) -> None:
    await caller.wait_for_speech()
    await caller.wait_for_quiet(0.3)
    await caller.say(tone(0.4))
    await caller.line.ended_or(30)


async def hangs_up_in_the_greeting(caller: Caller) -> None:
    await caller.wait_for_speech()


async def hangs_up_in_the_answer(caller: Caller) -> None:
    await caller.wait_for_speech()
    await caller.wait_for_quiet(0.3)
    await caller.say(tone(0.4))
    await caller.wait_for_speech()
    await caller.silence(0.5)


async def is_cut_off(caller: Caller) -> None:
    await caller.wait_for_speech()
    await caller.suffer("abrupt_close")


WAYS: dict[Callable[[Caller], Awaitable[None]], list[str]] = {
    says_good_bye: [BYE],
    hangs_up_in_the_greeting: [],
    hangs_up_in_the_answer: [ASKED],
    is_cut_off: [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the process holds."""

    tasks: Counter[str]
    objects: int
    bytes: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        tasks = Counter(task.get_coro().__qualname__ for task in asyncio.all_tasks())  # type: ignore[union-attr]
        return cls(tasks=tasks, objects=len(gc.get_objects()), bytes=psutil.Process().memory_info().rss)


async def one_call(desk: CalledDesk, number: int) -> None:
    ears, voice = desk.speech.recogniser, desk.speech.speaker
    assert isinstance(ears, ScriptedRecogniser)
    assert isinstance(voice, ScriptedSpeaker)
    script, words = list(WAYS.items())[number % len(WAYS)]
    ears.then(*words)
    call = await desk.calls.call(script)
    assert call.status == "completed"
    for kept in (desk.calls.calls, desk.calls.webhooks.deliveries, ears.begun, voice.spoken):
        kept.clear()


def test_two_hundred_calls_in_a_row_leave_neither_memory_nor_tasks(folder: Path) -> None:
    before = threads()

    async def main() -> tuple[Held, Held]:
        ears, voice = ScriptedRecogniser(), ScriptedSpeaker(seconds_per_word=0.1)
        phone = {"greeting": "Hello."}
        async with open_called_desk(folder, recogniser=ears, speaker=voice, phone=phone) as desk:
            desk.speech.activity = EnergyActivity
            for number in range(CALLS):
                await one_call(desk, number)
                if number == WARM_UP - 1:
                    await nothing_of_calls_is_left(desk)
                    warm = Held.now()
            await nothing_of_calls_is_left(desk)
            return warm, Held.now()

    warm, at_last = in_virtual_time(main())
    no_thread_is_left(before)
    a_call = (
        (at_last.bytes - warm.bytes) / (CALLS - WARM_UP),
        (at_last.objects - warm.objects) / (CALLS - WARM_UP),
    )
    print(f"a call leaves {a_call[0]:.0f} bytes and {a_call[1]:.1f} objects")
    assert at_last.tasks <= warm.tasks
    assert a_call[0] < MOST_BYTES
    assert a_call[1] < MOST_OBJECTS
