"""A whole call in virtual time: a script does what the caller does, and nothing may be left afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from channels.simulators.call_clock import run_virtually
from channels.voice.admission import Places
from channels.voice.call_report import CallReport
from channels.voice.manners import Manners
from channels.voice.talk import Talk
from channels.voice.talk_parts import TalkParts
from tests.fakes.scripted_desk import KeptCalls, ScriptedDesk, ScriptedHandOff, ScriptedLinks, answer
from tests.fakes.scripted_telephone import ScriptedTelephone, tasks_left

Script = Callable[[ScriptedTelephone], Awaitable[None]]
LONGEST_CALL_S = 4000.0


def talked(
    script: Script,
    *,
    desk: ScriptedDesk | None = None,
    links: ScriptedLinks | None = None,
    hand_off: ScriptedHandOff | None = None,
    manners: Manners | None = None,
    phone: ScriptedTelephone | None = None,
    admission: Places | None = None,
) -> tuple[CallReport, ScriptedTelephone]:
    """The report of a call that the caller ends where the script ends, and its telephone."""
    keeper = KeptCalls()
    parts = TalkParts(
        desk=desk or ScriptedDesk([answer("Here is your answer.")]),
        keeper=keeper,
        links=links,
        hand_off=hand_off,
        admission=admission,
    )
    talk = _held(Talk(parts, manners), script, phone)
    report, used = run_virtually(talk, longest_s=LONGEST_CALL_S + 60)
    assert keeper.reports == [report]
    return report, used


async def _held(
    talk: Talk, script: Script, phone: ScriptedTelephone | None
) -> tuple[CallReport, ScriptedTelephone]:
    phone = phone or ScriptedTelephone()
    async with asyncio.timeout(LONGEST_CALL_S):
        holding = asyncio.create_task(talk.hold(phone))
        playing = asyncio.create_task(_played(script, phone))
        await asyncio.wait([holding, playing], return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            if not phone.is_gone:
                phone.hangs_up()
        report = await holding
        playing.cancel()
        await asyncio.wait([playing])
    assert tasks_left() == []
    return report, phone


async def _played(script: Script, phone: ScriptedTelephone) -> None:
    await script(phone)
