"""A desk with a call on the line that is told to stop: once it waits for the caller, twice it does not."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from channels.simulators.call_caller import Caller
from channels.simulators.call_live import LiveCall
from channels.simulators.call_simulator import CallSimulator
from channels.simulators.credentials import twilio_credentials
from tests.fakes.commands import serving

pytestmark = pytest.mark.anyio
WITHIN_S = 90
LATE_S = "3600"
"""For how long the desk would wait for a caller: far longer than these tests do."""


async def called(url: str, data: Path, script: Callable[[Caller], Awaitable[None]]) -> LiveCall:
    """A call to the desk, after its end."""
    account = await asyncio.to_thread(twilio_credentials, data)
    carrier = CallSimulator(
        account_sid=account.account_sid,
        auth_token=account.auth_token,
        voice_url=f"{url}/channels/voice",
        ring_s=0.01,
    )
    try:
        with anyio.fail_after(WITHIN_S):
            return await carrier.call(script)
    finally:
        await carrier.aclose()


async def ended(process: subprocess.Popen[str]) -> int:
    return await asyncio.to_thread(process.wait, WITHIN_S)


async def test_a_call_goes_on_when_the_desk_is_told_to_stop_and_no_other_is_taken(tmp_path: Path) -> None:
    settings = {"PHONE__TRANSPORT": "relay", "PHONE__LAST_CALLS_SECONDS": LATE_S}
    with serving("up", tmp_path, **settings) as (process, said):

        async def is_too_late(caller: Caller) -> None:
            await caller.line.ended.wait()

        async def script(caller: Caller) -> None:
            assert await caller.wait_for_speech()
            process.send_signal(signal.SIGTERM)
            while not (other := await called(said["url"], tmp_path, is_too_late)).said:
                other.line.end()
            assert not other.recording.at("relay connected")
            assert process.poll() is None
            assert caller.relay is not None, "the call goes on"

        call = await called(said["url"], tmp_path, script)
        assert call.recording.at("relay connected")
        assert await ended(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_desk_though_a_call_goes_on(tmp_path: Path, number: int) -> None:
    settings = {"PHONE__TRANSPORT": "relay", "PHONE__LAST_CALLS_SECONDS": LATE_S}
    with serving("up", tmp_path, **settings) as (process, said):

        async def script(caller: Caller) -> None:
            assert await caller.wait_for_speech()
            process.send_signal(number)
            await caller.silence(0.5)
            assert process.poll() is None
            process.send_signal(number)
            assert await ended(process) == 0

        await called(said["url"], tmp_path, script)
