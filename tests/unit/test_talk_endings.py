"""How talks end when more than one thing ends them, and that none goes on for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from channels.phone.gate import CallGate
from channels.phone.running import CLOSES_WITHIN_S, RunningTalks
from channels.simulators.call_clock import run_virtually
from channels.voice.call_report import CallReport
from channels.voice.talk import Talk
from channels.voice.talk_parts import TalkParts
from tests.fakes.scripted_desk import ScriptedDesk, answer
from tests.fakes.scripted_telephone import ScriptedTelephone, tasks_left


@dataclass
class SlowKeeper:
    """Keeps a call, and takes its time."""

    takes_s: float
    reports: list[CallReport] = field(default_factory=list)

    async def keep(self, report: CallReport) -> None:
        await asyncio.sleep(self.takes_s)
        self.reports.append(report)


def test_a_call_that_is_over_is_kept_though_the_carrier_says_so_while_it_is_being_kept() -> None:
    keeper = SlowKeeper(takes_s=CLOSES_WITHIN_S + 2)

    async def main() -> None:
        talk = Talk(TalkParts(desk=ScriptedDesk([answer("Yes.")]), keeper=keeper))
        talks, phone = RunningTalks(CallGate(1)), ScriptedTelephone()
        running = asyncio.create_task(talks.run(phone, talk.hold))
        await phone.hears("How can I help")
        phone.hangs_up()
        talks.over(phone.call.id)
        talks.over(phone.call.id)
        await asyncio.wait({running})
        assert tasks_left() == []

    run_virtually(main())
    assert [report.reason for report in keeper.reports] == ["hung_up"]
