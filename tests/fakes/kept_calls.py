"""Calls in a desk's records, put there by what keeps real ones."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import UTC, datetime, timedelta

from channels.phone.keeping import RecordedCalls
from channels.voice.call_report import CallReport, EndReason, SaidLine
from channels.voice.telephone import Call
from channels.voice.turn_latency import TurnLatency
from core.assembly import Desk
from core.call_sounds import SoundKind, TakenSound
from core.conversation import Conversation
from core.messages import Address, Answer, Message, MessageId
from core.tenants import TenantId

CALLER, CALLED = "+15005550177", "+15005550100"
GREETING = "Hello, this call is answered by a machine and may be recorded."
BEGAN = datetime(2026, 11, 22, 8, tzinfo=UTC)
RATE = 8000


def latency(at: float, question_id: str, *, was_interrupted: bool = False) -> TurnLatency:
    """A turn that took 1.05 s until its first sound."""
    return TurnLatency(
        question_id=question_id, at=at, eot_wait=0.7, asr_final=0.12, retrieval=0.03, first_token=0.05,
        first_sentence=0.08, send=0.002, tts_first_audio=0.1, heard=2.5, until_sound=1.05,
        was_interrupted=was_interrupted,
    )  # fmt: skip


def spoken(at: float, text: str, heard: str | None = None) -> SaidLine:
    """A sentence of an answer, heard whole or as far as is told."""
    told = text if heard is None else heard
    return SaidLine(at=at, who="desk", text=text, language="en", kind="answer", heard=told)


def asked(at: float, text: str, *, is_keys: bool = False) -> SaidLine:
    """What the caller said or pressed."""
    kind = "keys" if is_keys else "speech"
    return SaidLine(at=at, who="caller", text=text, language="en", kind=kind)  # type: ignore[arg-type]


def greeted(at: float = 0.1) -> SaidLine:
    """The desk's greeting, heard whole."""
    return SaidLine(at=at, who="desk", text=GREETING, language="en", kind="phrase", heard=GREETING)


class CallsKept:
    """What a telephone leaves in a desk's records."""

    def __init__(self, desk: Desk, tenant: TenantId) -> None:
        self._desk = desk
        self._tenant = tenant
        self._keeper = RecordedCalls(desk.stores.calls)

    async def conversation(self, id: str, caller: str = CALLER) -> Conversation:
        """A conversation by telephone."""
        address = Address(channel="phone", account=CALLED, person=caller, thread=id)
        return await self._desk.answerer.conversations.start(self._tenant, address)

    async def asked(self, conversation: Conversation, id: str, text: str) -> Answer:
        """A question that the desk answers from its documents."""
        message = Message(
            id=MessageId(id), tenant=self._tenant, conversation_id=conversation.id, text=text,
            address=conversation.address,
        )  # fmt: skip
        answers = [event async for event in self._desk.answerer.answer(message) if isinstance(event, Answer)]
        return answers[-1]

    async def talk(
        self,
        conversation: Conversation,
        lines: tuple[SaidLine, ...],
        turns: tuple[TurnLatency, ...] = (),
        *,
        reason: EndReason = "hung_up",
        began_at: datetime = BEGAN,
    ) -> str:
        """A talk that is over; the call's id. The carrier has said that the call is completed."""
        address = conversation.address
        call = Call(
            id=address.thread, tenant=self._tenant, conversation_id=conversation.id, caller=address.person,
            called=address.account,
        )  # fmt: skip
        lasted_s = max((line.at for line in lines), default=0) + 3
        report = CallReport(
            call=call, began_at=began_at, lasted_s=lasted_s, language="en", reason=reason, lines=lines,
            turns=turns,
        )  # fmt: skip
        await self._keeper.keep(report)
        told = {"CallSid": call.id, "CallStatus": "completed", "CallDuration": f"{lasted_s:.0f}"}
        await self._keeper.told(self._tenant, {**told, "From": call.caller, "To": call.called})
        return call.id

    async def sound(self, call_id: str, id: str, kind: SoundKind, text: str = "") -> None:
        """A recording or voicemail of a call, with the words that were made out."""
        taken = TakenSound(
            id=id, call_id=call_id, kind=kind, data=beep(), media_type="audio/wav", seconds=1.0
        )
        await self._desk.stores.sounds.add(self._tenant, taken)
        if text:
            await self._desk.stores.sounds.note(self._tenant, id, text=text)


def later(minutes: float) -> datetime:
    """So many minutes after the first talk began."""
    return BEGAN + timedelta(minutes=minutes)


def beep(seconds: float = 1.0) -> bytes:
    """A wav file that a browser can play."""
    tone = [int(9000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(int(RATE * seconds))]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(tone)}h", *tone))
    return file.getvalue()
