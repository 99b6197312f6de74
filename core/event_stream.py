"""What other programs are told: `DeskEvent` in its envelope, and the promise of every `EventStream`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from urllib.parse import quote, unquote

from core.errors import Refused
from core.tenants import TenantId

EventType = Literal[
    "question",
    "answer",
    "feedback",
    "ticket",
    "document",
    "faq",
    "approval.asked",
    "approval.decided",
    "approval.ended",
    "call.finished",
]

LARGEST_BODY_BYTES = 500_000
"""Half of what a Kafka broker takes as one message when nobody has told it otherwise."""

_SPECIFICATION = "1.0"
_PREFIX = "frontdesk."
_SOURCE = "/frontdesk/"
_CUTS: tuple[int | None, ...] = (None, 20_000, 2_000, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskEvent:
    """Something that happened at the desk. `id` stays the same however often the event is delivered.

    `occurred_at` knows its time zone. `is_shortened` tells that the body was too long to be sent
    and has lost the ends of its texts.
    """

    id: str
    type: EventType
    tenant: TenantId
    occurred_at: datetime
    conversation_id: str | None
    body: dict[str, Any]
    is_shortened: bool = False

    @property
    def line(self) -> str:
        """What the event keeps its place in: events of one line arrive in the order they happened."""
        return f"{self.tenant}/{self.conversation_id}" if self.conversation_id else self.tenant

    def as_json(self) -> dict[str, Any]:
        """The event in the envelope of CloudEvents 1.0, fit for any JSON reader.

        Half characters become `?`, numbers that are none become null, and a body over
        `LARGEST_BODY_BYTES` loses the ends of its longest texts, then everything.
        """
        data, is_shortened = _fitting(self.body)
        envelope: dict[str, Any] = {
            "specversion": _SPECIFICATION,
            "id": _whole(self.id),
            "type": _PREFIX + self.type,
            "source": _SOURCE + quote(self.tenant, safe=""),
            "time": self.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": data,
        }
        if self.conversation_id:
            envelope["subject"] = _whole(self.conversation_id)
        if is_shortened or self.is_shortened:
            envelope["shortened"] = True
        return envelope

    def encoded(self) -> bytes:
        """The envelope as it travels."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, envelope: Mapping[str, Any]) -> DeskEvent:
        """The event of an envelope that `as_json` made.

        Raises:
            Refused: it is no event of this desk.
        """
        try:
            return cls(
                id=envelope["id"],
                type=envelope["type"].removeprefix(_PREFIX),
                tenant=TenantId(unquote(envelope["source"].removeprefix(_SOURCE))),
                occurred_at=datetime.fromisoformat(envelope["time"]),
                conversation_id=envelope.get("subject"),
                body=envelope["data"],
                is_shortened=envelope.get("shortened", False),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(f"this is no event of the desk: {type(error).__name__}") from None

    @classmethod
    def decoded(cls, sent: bytes | str) -> DeskEvent:
        """The event of what `encoded` gave.

        Raises:
            Refused: it is no event of this desk.
        """
        try:
            envelope = json.loads(sent)
        except ValueError:
            raise Refused("this is no event of the desk: it is not JSON") from None
        return cls.from_json(envelope)


class EventStream(Protocol):
    """Takes events to where other programs read them.

    Each arrives at least once, and events of one line for the first time in the order they
    were published. A reader tells a repeat by the event's id.
    """

    async def publish(self, events: Sequence[DeskEvent]) -> None:
        """Returns once all of them are kept on the other side.

        Raises:
            EventsUnavailable: some may not be; publish all of them again.
        """
        ...

    async def check(self) -> None:
        """Returns if events could be published now.

        Raises:
            EventsUnavailable: they could not; the message says what to do.
        """
        ...

    async def close(self) -> None:
        """Lets go of connections, also while the other side is away."""
        ...


def _fitting(body: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    for longest in _CUTS:
        data = _plain_object(body, longest)
        if len(json.dumps(data, ensure_ascii=False).encode()) <= LARGEST_BODY_BYTES:
            return data, longest is not None
    return {}, True


def _plain_object(value: Mapping[str, Any], longest: int | None) -> dict[str, Any]:
    return {_whole(str(name), longest): _plain(one, longest) for name, one in value.items()}


def _plain(value: object, longest: int | None) -> object:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return _plain_object(value, longest)
        case list() | tuple() | set() | frozenset():
            return [_plain(one, longest) for one in value]
        case datetime():
            return value.isoformat()
        case _:
            return _whole(str(value), longest)


def _whole(text: str, longest: int | None = None) -> str:
    if longest is not None and len(text) > longest:
        text = f"{text[:longest]}…"
    return text.encode("utf-8", "replace").decode()
