"""What goes wrong in calls by the desk's real door, with real child processes: they survive, or end politely.

After each call nothing of it is left: no task, utterance, voice, buffer or open row.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from channels.simulators.call_caller import Caller
from channels.simulators.call_faults import FAULTS, ON_CONNECTING
from channels.simulators.call_live import LiveCall
from channels.voice.child import Child
from channels.voice.recogniser_process import RecogniserProcess
from channels.voice.sound import Samples
from core.tenants import DEFAULT_TENANT
from tests.fakes.called_desk import CalledDesk, open_called_desk
from tests.fakes.desk_after_calls import (
    calls_are_over,
    no_thread_is_left,
    nothing_of_calls_is_left,
    threads,
)
from tests.fakes.desk_time import in_virtual_time
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker
from tests.fakes.told_ears import length_s

Voice = Callable[[str], Samples]
Script = Callable[[Caller], Awaitable[None]]
ASKED, YES, BYE = "How long do I have to return something?", "Yes, please.", "Good-bye, and thank you."
ENDS = frozenset({"half_dead", "stop"})
"""After these nobody hears the desk any more; after an abrupt close the carrier connects the call again."""
SHORT = {"greeting": "Hello."}


def told_ears(spoken: Voice, *, dies: bool = False) -> RecogniserProcess:
    """A real recogniser's process that knows these sentences."""
    words = [[length_s(spoken(text)), text] for text in (ASKED, YES, BYE)]
    settings = {"words": words, "dies": dies}
    return RecogniserProcess("told", "tests.fakes.told_ears", settings, languages=frozenset({"en"}))


def with_a_desk(use: Callable[[CalledDesk], Awaitable[None]], folder: Path, **given: Any) -> None:
    """Use a desk in virtual time; no thread of it is left."""
    before = threads()

    async def main() -> None:
        async with open_called_desk(folder, **given) as desk:
            await use(desk)
            await nothing_of_calls_is_left(desk)

    in_virtual_time(main())
    no_thread_is_left(before)


async def hears(caller: Caller) -> None:
    assert await caller.wait_for_speech()
    assert await caller.wait_for_quiet(1.2)


async def lines_of(desk: CalledDesk, call: LiveCall) -> list[str]:
    return [line.text for line in await desk.desk.stores.calls.lines(DEFAULT_TENANT, call.sid)]


def test_every_fault_of_a_stream_is_survived_or_ends_the_call(folder: Path, spoken: Voice) -> None:
    async def use(desk: CalledDesk) -> None:
        for fault in FAULTS:
            call = await desk.calls.call(suffers(fault), troubles=frozenset({fault}) & ON_CONNECTING)
            if fault not in ENDS:
                assert BYE in await lines_of(desk, call), fault
                assert call.recording.at("hangup by the desk"), fault
            await calls_are_over(desk)

    def suffers(fault: str) -> Script:
        async def script(caller: Caller) -> None:
            assert await caller.wait_for_speech()
            await caller.silence(0.3)
            if fault not in ON_CONNECTING:
                await caller.suffer(fault)
            if fault in ENDS:
                await caller.line.ended_or(30)
                return
            if fault == "abrupt_close":
                await caller.line.until(lambda: len(caller.line.recording.at("stream connected")) == 2)
                assert await caller.wait_for_speech()
            await caller.wait_for_quiet(1.2)
            await caller.say(spoken(BYE), BYE)
            await caller.line.ended_or(30)

        return script

    with_a_desk(use, folder, recogniser=told_ears(spoken), phone=SHORT)


def test_keys_while_the_desk_speaks_and_marks_after_a_clear_do_no_harm(folder: Path, spoken: Voice) -> None:
    async def script(caller: Caller) -> None:
        await hears(caller)
        await caller.say(spoken(ASKED), ASKED)
        assert await caller.wait_for_speech()
        await caller.silence(1)
        await caller.press("*")
        await caller.line.until(lambda: bool(caller.line.recording.at("clear")))
        assert caller.stream is not None
        caller.stream.echo("a mark of what was cleared")
        await caller.suffer("stray_mark")
        await hears(caller)
        await caller.press("2")
        await hears(caller)
        await caller.say(spoken(BYE), BYE)
        await caller.line.ended.wait()

    async def use(desk: CalledDesk) -> None:
        call = await desk.calls.call(script)
        told = await lines_of(desk, call)
        assert ASKED in told
        assert BYE in told
        assert call.recording.at("hangup by the desk")

    with_a_desk(use, folder, recogniser=told_ears(spoken), phone=SHORT)


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def kill_when_awaited(child: Child, pid: int) -> None:
    """In a thread, since the call's time stands still as long as somebody waits for a child: kill it then."""
    ends_at = time.monotonic() + 60
    while not child._watch._waiting and time.monotonic() < ends_at:
        time.sleep(0.01)
    kill(pid)


def test_a_recogniser_s_process_killed_in_the_middle_of_a_sentence_costs_no_words(
    folder: Path, spoken: Voice
) -> None:
    ears = told_ears(spoken)

    async def script(caller: Caller) -> None:
        await hears(caller)
        for moment_s in (0.8, 1.6):
            saying = asyncio.create_task(caller.say(spoken(ASKED), ASKED))
            await caller.silence(moment_s)
            kill(ears.pids[0])
            await saying
            assert await caller.wait_for_speech()
            await caller.silence(2)
        await caller.say(spoken(BYE), BYE)
        await caller.line.ended.wait()

    async def use(desk: CalledDesk) -> None:
        call = await desk.calls.call(script)
        told = await lines_of(desk, call)
        assert told.count(ASKED) == 2
        assert BYE in told

    with_a_desk(use, folder, recogniser=ears, phone=SHORT)


def test_a_recogniser_that_dies_of_every_sentence_is_said_so_and_a_key_still_brings_a_person(
    folder: Path, spoken: Voice
) -> None:
    async def script(caller: Caller) -> None:
        await hears(caller)
        for _ in range(2):
            await caller.say(spoken(ASKED), ASKED)
            await hears(caller)
        await caller.press("0")
        await caller.line.ended_or(90)

    async def use(desk: CalledDesk) -> None:
        call = await desk.calls.call(script)
        told = await lines_of(desk, call)
        assert "Sorry, I did not catch that." in told
        assert "I still did not catch that." in told
        assert call.recordings, "pressing 0 led to a message for people"

    with_a_desk(use, folder, recogniser=told_ears(spoken, dies=True), phone=SHORT)


def test_a_voice_s_process_killed_in_the_middle_of_a_sentence_is_heard_to_its_end(
    folder: Path, spoken: Voice
) -> None:
    desks: list[CalledDesk] = []

    async def script(caller: Caller) -> None:
        voice: Any = desks[0].speech.speaker
        child: Child = voice.speaker.child
        await hears(caller)
        held = child.pid
        assert held is not None
        # Halted, it takes the answer's first sentence and does not come to its end.
        os.kill(held, signal.SIGSTOP)
        killing = threading.Thread(target=kill_when_awaited, args=(child, held))
        killing.start()
        await caller.say(spoken(ASKED), ASKED)
        await hears(caller)
        killing.join()
        assert child.pid not in {None, held}
        await caller.say(spoken(BYE), BYE)
        await caller.line.ended.wait()

    async def use(desk: CalledDesk) -> None:
        desks.append(desk)
        call = await desk.calls.call(script)
        kept = await desk.desk.stores.calls.lines(DEFAULT_TENANT, call.sid)
        assert all(line.heard == line.text for line in kept if line.who == "desk")
        assert any("within 30 days" in line.text for line in kept)

    with_a_desk(use, folder, recogniser=told_ears(spoken), phone=SHORT)


def test_without_any_voice_the_carrier_s_own_takes_over(folder: Path, spoken: Voice) -> None:
    speaker = ScriptedSpeaker()

    async def script(caller: Caller) -> None:
        await hears(caller)
        speaker.die()
        await caller.say(spoken(ASKED), ASKED)
        await caller.line.ended_or(90)

    async def use(desk: CalledDesk) -> None:
        call = await desk.calls.call(script)
        assert "leave a message" in call.said[0]
        assert call.recordings

    with_a_desk(use, folder, recogniser=ScriptedRecogniser([ASKED]), speaker=speaker, phone=SHORT)


async def _at_once(caller: Caller, spoken: Voice) -> None:
    """As the desk picks up."""


async def _in_the_greeting(caller: Caller, spoken: Voice) -> None:
    await caller.wait_for_speech()
    await caller.silence(0.2)


async def _before_they_speak(caller: Caller, spoken: Voice) -> None:
    await hears(caller)


async def _in_a_word(caller: Caller, spoken: Voice) -> None:
    await hears(caller)
    saying = asyncio.create_task(caller.say(spoken(ASKED)))
    await caller.silence(1.1)
    caller.hang_up()
    await saying


async def _as_they_fall_silent(caller: Caller, spoken: Voice) -> None:
    await hears(caller)
    await caller.say(spoken(ASKED))
    await caller.silence(0.1)


async def _as_the_turn_is_over(caller: Caller, spoken: Voice) -> None:
    await hears(caller)
    await caller.say(spoken(ASKED))
    await caller.silence(0.5)


async def _as_the_answer_begins(caller: Caller, spoken: Voice) -> None:
    await hears(caller)
    await caller.say(spoken(ASKED))
    await caller.wait_for_speech()


async def _in_the_answer(caller: Caller, spoken: Voice) -> None:
    await _as_the_answer_begins(caller, spoken)
    await caller.silence(3)


async def _as_they_cut_in(caller: Caller, spoken: Voice) -> None:
    await _in_the_answer(caller, spoken)
    saying = asyncio.create_task(caller.say(spoken(ASKED)))
    await caller.line.until(lambda: bool(caller.line.recording.at("clear")))
    caller.hang_up()
    await saying


async def _as_the_desk_takes_leave(caller: Caller, spoken: Voice) -> None:
    await hears(caller)
    await caller.say(spoken(BYE))
    await caller.wait_for_speech()
    await caller.silence(0.4)


MOMENTS = (
    _at_once, _in_the_greeting, _before_they_speak, _in_a_word, _as_they_fall_silent, _as_the_turn_is_over,
    _as_the_answer_begins, _in_the_answer, _as_they_cut_in, _as_the_desk_takes_leave,
)  # fmt: skip


def test_a_hang_up_at_any_moment_leaves_nothing(folder: Path, spoken: Voice) -> None:
    async def use(desk: CalledDesk) -> None:
        for moment in MOMENTS:

            async def script(caller: Caller, moment: Any = moment) -> None:
                await moment(caller, spoken)

            call = await desk.calls.call(script)
            assert call.status == "completed", moment
            await calls_are_over(desk)
            kept = await desk.desk.stores.calls.get(DEFAULT_TENANT, call.sid)
            assert kept.state == "completed", moment

    with_a_desk(use, folder, recogniser=told_ears(spoken), phone=SHORT)
