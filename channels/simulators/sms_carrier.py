"""What a carrier knows: its messages, who opted out, and who wrote on WhatsApp within the last day."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from channels.simulators.sms_errors import ApiError
from channels.simulators.sms_texts import (
    BY_API,
    BY_REPLY,
    INBOUND,
    Media,
    Text,
    bare,
    channel_of,
    new_sid,
)

STOP_WORDS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE".split())
START_WORDS = frozenset("START YES UNSTOP".split())
HELP_WORDS = frozenset("HELP INFO".split())
MOST_CHARACTERS = 1600
WHATSAPP_WINDOW_S = 24 * 3600.0

_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_NUMBER = re.compile(r"\+[1-9]\d{6,14}\Z")
_KEPT_EVENTS = 2000
_ENDS = frozenset({"delivered", "undelivered", "failed", "read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that a person who watches wants to see."""

    number: int
    kind: Literal["text", "webhook", "call", "fault"]
    words: str
    text: Text | None = None
    is_trouble: bool = False


def keyword(body: str) -> Literal["STOP", "START", "HELP", ""]:
    """What a text that is nothing but an opt-out keyword asks for.

    >>> keyword(" stop "), keyword("Stop please"), keyword("info")
    ('STOP', '', 'HELP')
    """
    word = body.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in HELP_WORDS else ""


class Carrier:
    """The state of one account: its numbers, and the messages to and from them."""

    def __init__(self, numbers: Sequence[str], clock: Callable[[], float]) -> None:
        self.numbers = tuple(numbers)
        self.clock = clock
        """Seconds since 1970."""
        self.texts: dict[str, Text] = {}
        """Every message by its sid, in the order in which they came."""
        self.happenings: deque[Happening] = deque(maxlen=_KEPT_EVENTS)
        self._received: list[Text] = []
        self._opted_out: set[tuple[str, str]] = set()
        self._last_written: dict[tuple[str, str], float] = {}
        self._changed = asyncio.Event()
        self.count = 0
        """How many things have happened."""

    def note(
        self,
        kind: Literal["text", "webhook", "call", "fault"],
        words: str,
        text: Text | None = None,
        *,
        is_trouble: bool = False,
    ) -> None:
        """Let everybody who waits see that something happened."""
        self.count += 1
        self.happenings.append(
            Happening(number=self.count, kind=kind, words=words, text=text, is_trouble=is_trouble)
        )
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self) -> None:
        """Return when something has happened."""
        await self._changed.wait()

    def inbox(self, phone: str) -> list[Text]:
        """The messages that reached the address `phone`, in the order in which they did."""
        return [text for text in self._received if text.to == phone]

    def is_opted_out(self, number: str, phone: str) -> bool:
        """Whether `phone` told `number` to stop."""
        return (bare(number), bare(phone)) in self._opted_out

    def receive(self, text: Text) -> Text | None:
        """Take a text from a phone; what the carrier itself replies to a keyword, if anything."""
        self.texts[text.sid] = text
        self._last_written[text.number, text.phone] = text.created
        if channel_of(text.from_) != "whatsapp":
            text.opt_out = keyword(text.body)
        self.note("text", "received", text)
        pair = (bare(text.number), bare(text.phone))
        was_out = pair in self._opted_out
        if text.opt_out == "STOP":
            self._opted_out.add(pair)
        elif text.opt_out == "START":
            self._opted_out.discard(pair)
        is_news = {"STOP": not was_out, "START": was_out, "HELP": True}.get(text.opt_out, False)
        return self._own_reply(text) if is_news else None

    def _own_reply(self, to: Text) -> Text:
        reply = Text(
            sid=new_sid("SM"),
            from_=to.number,
            to=to.phone,
            body=_REPLIES[to.opt_out],
            direction=BY_REPLY,
            status="sent",
            created=self.clock(),
        )
        self.texts[reply.sid] = reply
        self.move(reply, "delivered")
        return reply

    def accept(self, text: Text) -> None:
        """Take a message from the desk.

        Raises:
            ApiError: Twilio would refuse it.
        """
        self._check(text)
        self.texts[text.sid] = text
        self.note("text", text.status, text)

    def _check(self, text: Text) -> None:
        if not text.to:
            raise ApiError(21604)
        if not text.from_:
            raise ApiError(21603)
        if not text.body and not text.media:
            raise ApiError(21602)
        if not _NUMBER.match(bare(text.to)):
            raise ApiError(21211)
        self._check_sender(text)
        if text.status_callback and not text.status_callback.startswith(("http://", "https://")):
            raise ApiError(21609)
        if len(text.body) > MOST_CHARACTERS:
            raise ApiError(21617)
        if channel_of(text.to) != "whatsapp" and self.is_opted_out(text.from_, text.to):
            raise ApiError(21610)

    def _check_sender(self, text: Text) -> None:
        channel = channel_of(text.to)
        if channel_of(text.from_) != channel:
            raise ApiError(21910)
        if bare(text.from_) not in self.numbers:
            is_number = _NUMBER.match(bare(text.from_)) is not None
            raise ApiError(63007 if channel != "sms" else 21659 if is_number else 21212)
        if text.from_ == text.to:
            raise ApiError(21266)

    def is_within_window(self, text: Text) -> bool:
        """Whether WhatsApp lets a message in free words through: the phone wrote within the last day."""
        if channel_of(text.to) != "whatsapp":
            return True
        last = self._last_written.get((text.from_, text.to))
        return last is not None and self.clock() - last < WHATSAPP_WINDOW_S

    def move(self, text: Text, status: str, error_code: int | None = None) -> None:
        """Bring a message on its way to `status`."""
        text.status, text.updated = status, self.clock()
        text.error_code = error_code
        if text.sent is None and status in {"sent", "delivered"}:
            text.sent = text.updated
        if status == "delivered":
            self._received.append(text)
        self.note("text", status, text, is_trouble=error_code is not None)

    @property
    def unfinished(self) -> list[Text]:
        """The desk's messages that are still on their way."""
        return [text for text in self.texts.values() if not text.is_inbound and text.status not in _ENDS]


def text_from_phone(
    carrier: Carrier, addresses: tuple[str, str], body: str, media: Sequence[Media], sid: str | None
) -> Text:
    """A new text from a phone, made but not yet received; `addresses` are the phone's and the number's."""
    return Text(
        sid=sid or new_sid("MM" if media else "SM"),
        from_=addresses[0],
        to=addresses[1],
        body=body,
        direction=INBOUND,
        status="received",
        created=carrier.clock(),
        sent=carrier.clock(),
        media=list(media),
    )


def text_from_desk(carrier: Carrier, fields: dict[str, str], media_urls: Sequence[str]) -> Text:
    """A new message as the desk asks for it, made but not yet accepted."""
    service = fields.get("MessagingServiceSid") or None
    from_ = fields.get("From", "")
    to = fields.get("To", "")
    if service and not from_:
        from_ = ":".join(filter(None, (to.rpartition(":")[0], carrier.numbers[0])))
    return Text(
        sid=new_sid("MM" if media_urls else "SM"),
        from_=from_,
        to=to,
        body=fields.get("Body", ""),
        direction=BY_API,
        status="accepted" if service else "queued",
        created=carrier.clock(),
        media=[Media(content_type="application/octet-stream", url=url) for url in media_urls],
        service_sid=service,
        status_callback=fields.get("StatusCallback", ""),
    )
