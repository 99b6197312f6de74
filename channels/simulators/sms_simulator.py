"""A carrier on this machine: phones that text a desk, and the API by which the desk texts back."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from lxml import etree
from starlette.applications import Starlette

from channels.http_server import listening, served
from channels.simulators.sms_api import Call, api_routes
from channels.simulators.sms_carrier import Carrier, text_from_phone
from channels.simulators.sms_faults import Faults
from channels.simulators.sms_page import page_routes
from channels.simulators.sms_texts import (
    BY_REPLY,
    Media,
    Text,
    channel_of,
    inbound_fields,
    new_sid,
    status_fields,
)
from channels.simulators.sms_webhooks import Delivery, Post, Timing, Webhooks

Channel = Literal["sms", "whatsapp", "rcs"]
FIRST_NUMBER = "+15005550100"
_FAILURES = frozenset({"undelivered", "failed"})
_EMOJI = " 👩🏽‍🚒🇺🇳"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose carrier it is: what the desk signs in with, and the numbers it can be texted at."""

    sid: str
    auth_token: str
    numbers: tuple[str, ...] = (FIRST_NUMBER,)


class SmsSimulator:
    """Twilio's Messaging API and webhooks, for one account.

    `async with simulator.serving() as url` runs it, on the event loop of the block.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: Sequence[str] = (FIRST_NUMBER,),
        sms_url: str = "",
        clock: Callable[[], float] = time.time,
        timing: Timing | None = None,
    ) -> None:
        self.account = Account(sid=account_sid, auth_token=auth_token, numbers=tuple(numbers))
        self.sms_url = sms_url
        """Where texts from phones are posted to; it may end in connection overrides."""
        self.base_url = ""
        """Where this is reached, once it is served."""
        self.timing = timing or Timing()
        self.faults = Faults()
        self.carrier = Carrier(numbers, clock)
        self.webhooks = Webhooks(auth_token, self.timing, self.faults)
        self.calls: list[Call] = []
        """Every call of the REST API, in order."""
        self.api = Starlette(routes=api_routes(self))
        """The API alone."""
        self.app = Starlette(routes=[*api_routes(self), *page_routes(self)])
        """The API and the page."""
        self.is_closing = False
        """Whether it is about to stop, so that nobody waits for more."""
        self._held: list[Text] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def messages(self) -> list[Text]:
        """Every message in both directions, in the order in which they came."""
        return list(self.carrier.texts.values())

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to post to the desk, in order."""
        return self.webhooks.deliveries

    def inbox(self, phone: str) -> list[Text]:
        """The messages that reached the address `phone`, in the order in which they did."""
        return self.carrier.inbox(phone)

    async def text(
        self,
        from_: str,
        body: str,
        *,
        to: str | None = None,
        media: Sequence[Media] = (),
        message_sid: str | None = None,
        channel: Channel = "sms",
    ) -> str:
        """Text the desk from a phone and return the MessageSid when the desk has answered the webhook.

        A `message_sid` that was used before delivers that message once more, unchanged.
        """
        known = self.carrier.texts.get(message_sid or "")
        if known is not None:
            await self._post(known)
            return known.sid
        said = body.encode("utf-8", "replace").decode() + (_EMOJI if self.faults.take("emoji") else "")
        ends = (_address(from_, channel), _address(to or self.account.numbers[0], channel))
        text = text_from_phone(self.carrier, ends, said, media, message_sid)
        self.carrier.receive(text)
        if self.faults.take("shuffle"):
            self._held.append(text)
            if "shuffle" not in self.faults.armed:
                self.release()
            return text.sid
        await self._post(text)
        return text.sid

    def release(self) -> None:
        """Deliver, in another order, the texts that the fault `shuffle` held back."""
        held, self._held = self._held, []
        random.shuffle(held)
        for text in held:
            self.start(self._post(text))

    async def _post(self, text: Text) -> None:
        if not self.sms_url:
            self.carrier.note("webhook", "there is no address to post to", text, is_trouble=True)
            return
        fields = inbound_fields(text, self.account.sid, self.base_url)
        delivery = await self.webhooks.inbound(Post(url=self.sms_url, fields=fields, token=text.token))
        self._note(delivery, "text", text)
        if delivery.is_taken:
            self._answer(delivery, text)

    def _answer(self, delivery: Delivery, text: Text) -> None:
        """Send what the desk's own TwiML says, as Twilio does."""
        for body in _twiml_messages(delivery):
            reply = Text(
                sid=new_sid("SM"),
                from_=text.to,
                to=text.from_,
                body=body,
                direction=BY_REPLY,
                status="queued",
                created=self.carrier.clock(),
            )
            if text.opt_out != "STOP":
                self.carrier.texts[reply.sid] = reply
                self.start(self.send(reply))

    async def send(self, text: Text) -> None:
        """Bring a message that was accepted to its phone, and tell the desk of every step."""
        steps, error = self._way_of(text)
        news: asyncio.Queue[str] = asyncio.Queue()
        if text.status_callback and not self.faults.take("status_missing"):
            self.start(self._tell_all(text, news, len(steps) + 1))
        news.put_nowait("queued")
        for step in steps:
            await asyncio.sleep(self.timing.step_s)
            self.carrier.move(text, step, error if step in _FAILURES else None)
            news.put_nowait(step)

    def _way_of(self, text: Text) -> tuple[list[str], int | None]:
        """The states that lie before a message, and the error it ends with, if it does."""
        if not self.carrier.is_within_window(text):
            return ["failed"], 63016
        error = self.faults.undelivered()
        if error:
            return ["sending", "sent", "undelivered"], error
        is_seen = channel_of(text.to) == "whatsapp"
        return ["sending", "sent", "delivered", *(["read"] if is_seen else [])], None

    async def _tell_all(self, text: Text, news: asyncio.Queue[str], count: int) -> None:
        is_twice, is_shuffled = self.faults.take("status_duplicated"), self.faults.take("status_shuffled")
        told = [await news.get() for _ in range(count)] if is_shuffled else []
        for _ in range(count):
            status = told.pop() if is_shuffled else await news.get()
            for _ in range(2 if is_twice else 1):
                await self._tell(text, status)

    async def _tell(self, text: Text, status: str) -> None:
        fields = status_fields(text, status, self.account.sid)
        delivery = await self.webhooks.post(Post(url=text.status_callback, fields=fields))
        self._note(delivery, f"status {status}", text)

    def _note(self, delivery: Delivery, what: str, text: Text) -> None:
        if delivery.is_taken:
            self.carrier.note("webhook", f"the desk took the {what} ({delivery.status})", text)
            return
        self.carrier.note(
            "webhook", f"{delivery.url} did not take the {what}: {delivery.why}", text, is_trouble=True
        )

    async def wait_until(
        self,
        predicate: Callable[[], bool],
        timeout: float = 10.0,  # noqa: ASYNC109 - a test says in one word how long it waits
    ) -> None:
        """Return as soon as `predicate` holds; it is asked again whenever something has happened.

        Raises:
            TimeoutError: it did not hold within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not predicate():
                await self.carrier.change()

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Let `work` run beside everything else, until the simulator is closed."""
        if self.is_closing:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Stop what is under way and let go of the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.aclose()

    @asynccontextmanager
    async def serving(
        self, *, host: str = "127.0.0.1", port: int = 0, has_page: bool = True
    ) -> AsyncIterator[str]:
        """Serve the API and the page until the block ends; the address they are at. Port 0 is a free one.

        Raises:
            Misconfigured: the port is taken, or the address is none of this machine's.
        """
        with listening(host, port) as listener:
            shown = f"[{host}]" if ":" in host else host
            self.base_url = f"http://{shown}:{listener.getsockname()[1]}"
            async with served(self.app if has_page else self.api, listener):
                try:
                    yield self.base_url
                finally:
                    self.is_closing = True
                    self.carrier.note("call", "the simulator stops")
                    await self.aclose()


def _address(end: str, channel: Channel) -> str:
    return end if channel == "sms" or ":" in end else f"{channel}:{end}"


def _twiml_messages(delivery: Delivery) -> list[str]:
    """The texts of the `<Message>` elements in the desk's answer; none where it is no TwiML."""
    if "xml" not in delivery.content_type or not delivery.answer:
        return []
    try:
        root = etree.fromstring(delivery.answer.encode(), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return []
    return [text for each in root.iter("Message") if (text := "".join(each.itertext()).strip())]
