"""What has to hold when a call is over, however it ended: nothing of it is left."""

import asyncio
import gc
from types import AsyncGeneratorType, TracebackType

from channels.voice.ear import Ear
from channels.voice.listening import Listening
from channels.voice.sound_mouth import SoundMouth
from channels.voice.sound_telephone import SoundTelephone
from channels.voice.speech import Speech
from tests.fakes.scripted_speech import ScriptedRecogniser

OF_A_CALL = (SoundTelephone, Ear, SoundMouth, Listening, Speech)


class nothing_is_left:  # noqa: N801 - reads as a sentence: `async with nothing_is_left(...)`
    """Fails when its block leaves a task, a timer, an utterance, a voice that speaks, or a call's buffers.

    `recogniser` is the scripted one that was used, where one was.
    """

    def __init__(self, recogniser: ScriptedRecogniser | None = None) -> None:
        self.recogniser = recogniser
        self._tasks: set[asyncio.Task[object]] = set()
        self._kept: set[int] = set()

    async def __aenter__(self) -> None:
        self._tasks = asyncio.all_tasks()
        self._kept = {id(each) for each in parts_of_calls()}

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            return
        for _ in range(3):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - self._tasks
        assert not left, f"tasks are left behind: {left}"
        assert not (timers := _timers()), f"timers are left behind: {timers}"
        if self.recogniser is not None:
            assert self.recogniser.underway == 0, "utterances are still being recognised"
        kept = [type(each).__name__ for each in parts_of_calls() if id(each) not in self._kept]
        assert not kept, f"parts of a call are still held: {kept}"


def parts_of_calls() -> list[object]:
    """Everything of a call that is still held by anything, and each scripted voice that still speaks."""
    gc.collect()
    return [each for each in gc.get_objects() if issubclass(type(each), OF_A_CALL) or _is_speaking(each)]


def _is_speaking(thing: object) -> bool:
    """Asks for the type, since `isinstance` asks the thing, and some warn or load what they stand for."""
    if type(thing) is not AsyncGeneratorType:
        return False
    return thing.__qualname__ == "ScriptedSpeaker.speak" and thing.ag_frame is not None


def _timers() -> list[asyncio.TimerHandle]:
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", [])
    return [each for each in scheduled if not each.cancelled()]
