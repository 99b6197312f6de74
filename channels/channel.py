"""`Channel`: what a door that pushes must do, and the words it has for what goes wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from channels.door import Door
from channels.events import turn
from core.door_phrases import door_phrase
from core.errors import DeliveryUnavailable, FrontdeskError, RateLimited, Refused, TooLarge, Unavailable
from core.inbox import Inbound
from core.lines import Line
from core.message_language import detect_last
from core.messages import Event, Message, MessageId
from core.outbound import OutboundMessage
from core.phrases import LANGUAGES
from core.tenants import PUBLIC

MOST_ATTEMPTS = 4
"""How often a turn is begun that an outage ends; then the customer is told so, once."""


class SendRefused(Exception):
    """The provider will never take this message; trying again changes nothing.

    The text says why, without the words of the message.
    """


class NobodyListens(DeliveryUnavailable):
    """The simulator that a door talks to is not running, which is how most desks on a laptop are."""


class Channel(Protocol):
    """A door whose provider delivers what people say by a webhook, and takes what they are to hear."""

    name: str

    async def handle(self, inbound: Inbound) -> None:
        """Do what a thing that came in asks for. Done again after a crash, it must do no harm.

        Raises:
            Unavailable: not now; it is handed over again after a pause.
        """

    async def send(self, message: OutboundMessage) -> str:
        """The provider's id of the message, once the provider has it.

        Where `message.is_repeat`, a sending may have been cut off after the provider took it:
        the channel looks first whether it is there.

        Raises:
            DeliveryUnavailable: not now; it is sent again after a pause.
            SendRefused: never.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret:
    """The one polite sentence instead of an answer."""

    text: str
    language: str


def message_of(
    inbound: Inbound,
    line: Line,
    text: str,
    *,
    audiences: frozenset[str] = frozenset({PUBLIC}),
    language: str = "",
) -> Message:
    """What somebody said on a line, as the desk takes it: the same delivery is the same message."""
    return Message(
        id=MessageId(inbound.id),
        tenant=inbound.tenant,
        conversation_id=line.conversation_id,
        text=text,
        address=line.address,
        audiences=audiences,
        language=language,
    )


async def converse(door: Door, inbound: Inbound, message: Message) -> AsyncGenerator[Event | Regret]:
    """The events of a turn; where it can't end in an answer, one regret instead.

    Raises:
        Unavailable: it may work soon, and was not tried often enough yet.
    """
    try:
        async with aclosing(turn(door, message)) as events:
            async for event in events:
                yield event
    except FrontdeskError as error:
        is_last = inbound.attempts + 1 >= MOST_ATTEMPTS
        if isinstance(error, Unavailable) and not isinstance(error, RateLimited) and not is_last:
            raise
        yield _regret(error, message)


def again(inbound: Inbound, name: str) -> Inbound:
    """Another thing that follows from one that came in, with an id of its own."""
    return replace(inbound, id=f"{inbound.id}:{name}")


def _regret(error: FrontdeskError, message: Message) -> Regret:
    known = tuple(sorted(LANGUAGES, key=lambda each: each != message.language))
    language = detect_last([message.text[:500]], known)
    if isinstance(error, RateLimited):
        name = "slow_down"
    elif isinstance(error, TooLarge):
        name = "too_long"
    else:
        name = "no_words" if isinstance(error, Refused) else "sorry"
    return Regret(text=door_phrase(name, language), language=language)
