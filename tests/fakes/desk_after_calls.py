"""What has to hold of a whole desk once its calls are over: nothing of them is left."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from typing import Any

from channels.voice.child import Child
from channels.voice.live_talk import LiveTalk
from channels.voice.open_call import OpenCall
from channels.voice.sentence_cache import SentenceCache
from core.call_states import ENDED
from core.tenants import DEFAULT_TENANT
from tests.fakes.call_invariants import parts_of_calls
from tests.fakes.called_desk import CalledDesk
from tests.fakes.doors import until

OF_A_CALL = ("channels/voice/", "channels/phone/", "channels/simulators/call_")
OF_A_CHILD = ("child.py", "child_process.py", "exchange.py", "speech.py")
"""Tasks of what serves all calls, and may be about to bring a child back."""


async def nothing_of_calls_is_left(desk: CalledDesk) -> None:
    """Fails where a task, an utterance, a voice that speaks, a buffer or an open call is left."""
    await calls_are_over(desk)
    kept = [type(each).__name__ for each in parts_of_calls()]
    kept += [type(each).__name__ for each in gc.get_objects() if type(each) in (LiveTalk, OpenCall)]
    assert not kept, f"parts of a call are still held: {kept}"


async def calls_are_over(desk: CalledDesk) -> None:
    """Fails where a task, an utterance, a request to a child process or an open call is left."""
    await until(lambda: not desk.board.running.gate.inside, 60)
    await until(lambda: not _tasks_of_calls(), 60)
    assert not desk.board.running._running
    ears: Any = desk.speech.recogniser
    await until(lambda: not ears.underway, 60)
    await until(lambda: not any(child._exchanges for child in _children(desk)), 60)
    states = {call.state for call in await desk.desk.stores.calls.latest(DEFAULT_TENANT, most=500)}
    assert states <= ENDED, f"calls are still open: {states - ENDED}"


def _children(desk: CalledDesk) -> list[Child]:
    ears: Any = desk.speech.recogniser
    voice: Any = desk.speech.speaker
    found = [ear.child for ear in getattr(ears, "_ears", ())]
    return [*found, voice.speaker.child] if isinstance(voice, SentenceCache) else found


def no_thread_is_left(before: Counter[str]) -> None:
    """Fails where threads run that did not before; one that was told to end has a moment for it."""
    ends_at = time.monotonic() + 30
    while not (left := threads()) <= before and time.monotonic() < ends_at:
        time.sleep(0.01)
    assert left <= before, f"threads are left behind: {left - before}"


def threads() -> Counter[str]:
    """The threads that run, by the beginning of their names; those of the caller's own voice left out."""
    names = Counter(thread.name.partition("_")[0] for thread in threading.enumerate())
    del names["speech-caller"]
    return names


def _tasks_of_calls() -> list[str]:
    places = [task.get_coro().cr_code.co_filename for task in asyncio.all_tasks() if not task.done()]  # type: ignore[union-attr]
    return [
        place
        for place in places
        if any(part in place for part in OF_A_CALL) and not place.endswith(OF_A_CHILD)
    ]
