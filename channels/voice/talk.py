"""The path of a call: admit · greet · listen · answer · leave; reported once, however it ends."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

from channels.voice.call_report import CallReport
from channels.voice.happenings import Happening, Left, Quiet
from channels.voice.interruption import Floor
from channels.voice.live_talk import LiveTalk
from channels.voice.manners import Manners
from channels.voice.mouth import Mouth
from channels.voice.open_call import OpenCall
from channels.voice.silence_ladder import SilenceLadder
from channels.voice.talk_parts import TalkParts
from channels.voice.telephone import Telephone
from channels.voice.transcript import Transcript
from channels.voice.undisturbed import undisturbed
from core.errors import FrontdeskError

logger = logging.getLogger(__name__)

KEEPING_S = 10.0
"""Longest wait for a report to be kept."""


class Talk:
    """Holds calls over any telephone. One serves many calls at once; each is on its own."""

    def __init__(self, parts: TalkParts, manners: Manners | None = None) -> None:
        self._parts = parts
        self._manners = manners or Manners()

    async def hold(self, telephone: Telephone) -> CallReport:
        """Talk with one caller until the call is over; what it came to, once the keeper has it too.

        Nothing of the call is left when this returns or raises, however the caller went.
        """
        began_at = datetime.now(UTC)
        happenings: asyncio.Queue[Happening] = asyncio.Queue()
        open_call = self._opened(telephone, happenings)
        is_welcome = self._parts.admission is None or self._parts.admission.enter()
        try:
            await LiveTalk(open_call, happenings).run(is_welcome=is_welcome)
        finally:
            if is_welcome and self._parts.admission is not None:
                self._parts.admission.leave()
            if open_call.end is None:
                open_call.reason = "stopped"
            report = _report(open_call, began_at)
            await undisturbed(self._keep(report))
        return report

    def _opened(self, telephone: Telephone, happenings: asyncio.Queue[Happening]) -> OpenCall:
        transcript, floor = Transcript(), Floor()
        mouth = Mouth(telephone, transcript, floor, lambda: happenings.put_nowait(Quiet()))
        languages = self._manners.languages
        wanted = telephone.call.language[:2].lower()
        open_call = OpenCall(
            telephone=telephone,
            parts=self._parts,
            manners=self._manners,
            transcript=transcript,
            floor=floor,
            mouth=mouth,
            ladder=SilenceLadder(self._manners, transcript.began_at),
            on_left=lambda: happenings.put_nowait(Left()),
        )
        open_call.speak_language(wanted if wanted in languages else languages[0])
        return open_call

    async def _keep(self, report: CallReport) -> None:
        if self._parts.keeper is None:
            return
        try:
            async with asyncio.timeout(KEEPING_S):
                await self._parts.keeper.keep(report)
        except (FrontdeskError, TimeoutError):
            logger.warning("call_not_kept", extra={"call": report.call.id})


def _report(open_call: OpenCall, began_at: datetime) -> CallReport:
    return CallReport(
        call=open_call.call,
        began_at=began_at,
        lasted_s=asyncio.get_running_loop().time() - open_call.transcript.began_at,
        language=open_call.language,
        reason=open_call.reason,
        detail=open_call.end or "",
        lines=open_call.transcript.lines,
        turns=tuple(open_call.turns),
        answers=tuple(open_call.answers),
    )
