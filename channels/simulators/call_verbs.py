"""The carrier carries out TwiML: one verb after the other, until one of them brings a new document."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urljoin

from channels.simulators.call_live import Dialled, LiveCall, Order
from channels.simulators.call_relay import ConversationRelay, seconds_to_say
from channels.simulators.call_stream import MediaStream, StreamOrder
from channels.simulators.call_twiml import Verb, parse_twiml
from channels.simulators.sms_texts import new_sid
from channels.simulators.sms_webhooks import Delivery, Post
from channels.voice.sound import RATE, SILENT, is_loud, to_mulaw
from core.errors import Refused

_FRAME_BYTES, _MOST_DOCUMENTS = 160, 100  # a desk that sends a call round in circles would never be done
_APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."


class Verbs:
    """What one call does by the desk's documents."""

    def __init__(
        self, call: LiveCall, auth_token: str, dialled: Dialled, troubles: frozenset[str] = frozenset()
    ) -> None:
        self._call = call
        self._line = call.line
        self._auth_token = auth_token
        self._dialled = dialled
        self._troubles = troubles
        self._carry: dict[str, Callable[[Verb], Awaitable[Order | None]]] = {
            "Say": self._say,
            "Play": self._play,
            "Pause": self._pause,
            "Connect": self._connect,
            "Start": self._start,
            "Dial": self._dial,
            "Record": self._record,
            "Gather": self._gather,
            "Redirect": self._redirect,
            "Hangup": self._hang_up,
            "Reject": self._hang_up,
        }

    async def run(self, first: Order) -> None:
        """Carry out the document, and those that follow from it, until nothing is left to do."""
        order: Order | None = first
        for _ in range(_MOST_DOCUMENTS):
            if order is None or self._line.ended.is_set():
                return
            document = order.document or _document_of(await self._call.ask(order.url))
            try:
                verbs = parse_twiml(document)
            except Refused as error:
                self._line.note("carrier", str(error))
                self._call.said.append(_APPLICATION_ERROR)
                return
            order = await self._all(verbs)
        self._line.note("carrier", f"gives up after {_MOST_DOCUMENTS} documents")
        self._call.said.append(_APPLICATION_ERROR)

    async def _all(self, verbs: list[Verb]) -> Order | None:
        for verb in verbs:
            if self._line.ended.is_set():
                return None
            order = await self._carry[verb.name](verb)
            if order is not None:
                return order
        return None

    async def _say(self, verb: Verb) -> Order | None:
        self._line.note("carrier", f"says: {verb.text}", verb.text)
        self._call.said.append(verb.text)
        if self._line.voice is None:
            await self._wait(seconds_to_say(verb.text))
            return None
        samples = await self._line.voice(verb.text, verb.get("language", "en")[:2])
        self._line.playout.add_sound(to_mulaw(samples))
        await self._line.until(lambda: self._line.playout.is_empty)
        return None

    async def _play(self, verb: Verb) -> Order | None:
        self._line.note("carrier", f"plays {verb.text or verb.get('digits')}")
        await self._wait(1.0)
        return None

    async def _pause(self, verb: Verb) -> Order | None:
        await self._wait(_seconds(verb.get("length"), 1.0))
        return None

    async def _start(self, verb: Verb) -> Order | None:
        self._line.note("carrier", f"starts {', '.join(each.name for each in verb.inside)}; not simulated")
        return None

    async def _redirect(self, verb: Verb) -> Order | None:
        return Order(url=verb.text)

    async def _hang_up(self, verb: Verb) -> Order | None:
        self._line.note("carrier", f"{verb.name.lower()} by the desk")
        self._line.end()
        return None

    async def _connect(self, verb: Verb) -> Order | None:
        more: dict[str, str] = {}
        for noun in verb.inside:
            if noun.name == "Stream":
                await self._stream(noun)
            elif noun.name == "ConversationRelay":
                more = await self._relay(noun)
            else:
                self._line.note("carrier", f"<Connect> to <{noun.name}> is not simulated")
        return await self._act(verb, more)

    async def _stream(self, noun: Verb) -> None:
        stream = MediaStream(self._order(noun), self._line, self._auth_token, self._troubles)
        self._call.caller.stream = stream
        self._tell_of(stream, "stream-started")
        trouble = await stream.run()
        self._call.caller.stream = None
        self._tell_of(stream, "stream-error" if trouble else "stream-stopped", trouble)

    def _tell_of(self, stream: MediaStream, event: str, trouble: str = "") -> None:
        if not stream.order.status_callback:
            return
        more = {
            "StreamEvent": event,
            "StreamSid": stream.sid,
            "StreamName": stream.order.name,
            "Timestamp": datetime.now(UTC).isoformat(),
        }
        self._call.tell(stream.order.status_callback, more | ({"StreamError": trouble} if trouble else {}))

    async def _relay(self, noun: Verb) -> dict[str, str]:
        relay = ConversationRelay(self._order(noun), self._line, self._auth_token, self._call.fields())
        began_s = self._line.now_s
        if noun.get("welcomeGreeting"):
            self._call.said.append(noun.get("welcomeGreeting"))
        self._call.caller.relay = relay
        trouble = await relay.run()
        self._call.caller.relay = None
        self._call.said += relay.spoken
        more = {
            "SessionId": relay.sid,
            "SessionStatus": "failed"
            if trouble or relay.is_broken
            else ("ended" if relay.hand_off_data else "completed"),
            "SessionDuration": str(round(self._line.now_s - began_s)),
        }
        return more | ({"HandoffData": relay.hand_off_data} if relay.hand_off_data else {})

    def _order(self, noun: Verb) -> StreamOrder:
        callback = noun.get("statusCallback")
        return StreamOrder(
            url=noun.get("url"),
            account_sid=self._call.ends.account_sid,
            call_sid=self._call.sid,
            parameters=noun.parameters(),
            name=noun.get("name"),
            status_callback=urljoin(self._call.document_url, callback) if callback else "",
        )

    async def _dial(self, verb: Verb) -> Order | None:
        nouns = [each.text for each in verb.inside] or [verb.text]
        status = self._dialled.outcomes.get(nouns[0], self._dialled.status)
        self._line.note("carrier", f"dials {', '.join(nouns)}: {status}")
        self._call.dialled += nouns
        await self._wait(self._dialled.ring_s)
        is_bridged = status == "completed" and await self._takes_call(verb)
        talk_s = self._dialled.talk_s if is_bridged else 0.0
        await self._wait(talk_s)
        more = {
            "DialCallSid": new_sid("CA"),
            "DialCallStatus": status,
            "DialBridged": str(is_bridged).lower(),
        }
        return await self._act(verb, more | {"DialCallDuration": str(round(talk_s))})

    async def _takes_call(self, verb: Verb) -> bool:
        """Whether who picked up is connected, once they were told what it is about."""
        url = next((each.get("url") for each in verb.inside if each.get("url")), "")
        if not url:
            return True
        told = await self._ask_beside(url, {})
        self._dialled.whispered.extend(each.text for each in told if each.name in {"Gather", "Say"})
        if "Gather" not in {each.name for each in told}:
            return not told or told[-1].name != "Hangup"
        if not self._dialled.presses:
            return False
        after = await self._ask_beside(url, {"Digits": self._dialled.presses})
        return "Hangup" not in {each.name for each in after}

    async def _ask_beside(self, url: str, more: dict[str, str]) -> list[Verb]:
        """The verbs of a document for somebody else's end of the call."""
        place = urljoin(self._call.document_url, url)
        delivery = await self._call.webhooks.post(Post(url=place, fields=self._call.fields() | more))
        self._line.note("carrier", f"asks {place}: {delivery.status or delivery.trouble}")
        return parse_twiml(delivery.answer) if delivery.is_taken else [Verb(name="Hangup")]

    async def _record(self, verb: Verb) -> Order | None:
        silence_s, longest_s = _seconds(verb.get("timeout"), 5.0), _seconds(verb.get("maxLength"), 3600.0)
        began = len(self._line.recording.caller)
        finish = verb.get("finishOnKey", "1234567890*#")
        pressed: list[str] = []
        self._line.connected.digit = pressed.append

        def is_done() -> bool:
            if any(digit in finish for digit in pressed):
                return True
            said = self._line.recording.caller
            tail = bytes(said[max(began, len(said) - round(silence_s * RATE)) :])
            return len(tail) >= round(silence_s * RATE) and not _has_speech(tail)

        await self._line.until(is_done, longest_s)
        self._line.connected.digit = None
        sound = bytes(self._line.recording.caller[began:])
        sid = new_sid("RE")
        self._call.recordings[sid] = sound
        length_s = round(len(sound) / RATE)
        self._line.note("carrier", f"recorded {length_s} s")
        told = {"RecordingSid": sid, "RecordingUrl": self._call.recording_url(sid)}
        told["RecordingDuration"] = str(length_s)
        if callback := verb.get("recordingStatusCallback"):
            status = {"RecordingStatus": "completed" if length_s else "absent"}
            self._call.tell(urljoin(self._call.document_url, callback), told | status)
        more = told | {"Digits": "".join(pressed) or "hangup"}
        return await self._act(verb, more)

    async def _gather(self, verb: Verb) -> Order | None:
        digits: list[str] = []
        most, had = int(verb.get("numDigits") or 32), 0
        finish, patience_s = verb.get("finishOnKey", "#"), _seconds(verb.get("timeout"), 5.0)
        self._line.connected.digit = digits.append

        def is_done() -> bool:
            return len(digits) >= most or bool(digits and digits[-1] in finish)

        def has_come() -> bool:
            return len(digits) > had

        for noun in verb.inside:
            if not digits and noun.name in {"Say", "Play", "Pause"}:
                await self._carry[noun.name](noun)
        while not is_done():
            had = len(digits)
            if not await self._line.until(has_come, patience_s):
                break
        self._line.connected.digit = None
        pressed = "".join(digit for digit in digits if digit not in finish)[:most]
        if not pressed and verb.get("actionOnEmptyResult") != "true":
            return None
        return await self._act(verb, {"Digits": pressed}, usual=self._call.document_url)

    async def _act(self, verb: Verb, more: dict[str, str], usual: str = "") -> Order | None:
        """The document of a verb's action, where it has one."""
        url = verb.get("action") or usual
        if not url:
            return None
        delivery = await self._call.ask(url, more)
        return Order(document=_document_of(delivery))

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._line.ended_or(seconds)


async def carry_out(verbs: Verbs, call: LiveCall, first: Order) -> None:
    """Carry out documents until the call is at its end; what the desk orders meanwhile takes over at once."""
    current = asyncio.create_task(verbs.run(first))
    asked = asyncio.create_task(call.orders.get())
    try:
        while True:
            await asyncio.wait({current, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                await current
                return
            current.cancel()
            await asyncio.gather(current, return_exceptions=True)
            current = asyncio.create_task(verbs.run(asked.result()))
            asked = asyncio.create_task(call.orders.get())
    finally:
        asked.cancel()
        current.cancel()
        await asyncio.gather(asked, current, return_exceptions=True)


def _document_of(delivery: Delivery) -> str:
    return delivery.answer if delivery.is_taken else ""


def _seconds(said: str, usual: float) -> float:
    return float(said) if said.replace(".", "", 1).isdigit() else usual


def _has_speech(sound: bytes) -> bool:
    if not sound.strip(SILENT):
        return False
    return any(is_loud(sound[at : at + _FRAME_BYTES]) for at in range(0, len(sound), _FRAME_BYTES))
