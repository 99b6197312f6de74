"""What is said by text message: replies as outbound messages, and the words of what others put there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from core.door_phrases import door_phrase
from core.inbox import Inbound
from core.messages import ConversationId
from core.outbound import OutboundMessage
from core.sms_text import normalised, pages
from core.ticket_news import NEWS, REPLY

Kind = Literal["answer", "notice", "consent", "code"]
PART = "part"
"""The kind of a message that goes on where another had to end."""
MOST_PARTS = 10
"""Segments that fit into the longest message that Twilio takes, of 1,600 characters."""


def reply_to(
    inbound: Inbound,
    text: str,
    *,
    kind: Kind = "answer",
    conversation_id: ConversationId | None = None,
    id: str = "",
) -> OutboundMessage:
    """A text back to who wrote; without an `id` there is one such a delivery, however often it is handled."""
    return OutboundMessage(
        id=id or f"{inbound.id}:{kind}",
        tenant=inbound.tenant,
        address=inbound.address,
        kind=kind,
        body={"text": text},
        conversation_id=conversation_id,
    )


def said_in(message: OutboundMessage) -> tuple[str, ...]:
    """The words of an outbound message as they go out, in as many texts as they need."""
    body = message.body
    if message.kind == REPLY:
        text = f"{body['name']}: {body['text']}" if body.get("name") else body["text"]
    elif message.kind == NEWS:
        text = _news(body)
    else:
        text = body.get("text", "")
    return pages(normalised(text).strip(), most_parts=MOST_PARTS)


def rest_of(message: OutboundMessage, texts: Sequence[str]) -> list[OutboundMessage]:
    """The messages that bring what had no room in the first text."""
    return [
        replace(message, id=f"{message.id}:{place}", kind=PART, body={"text": text}, not_before=None)
        for place, text in enumerate(texts[1:], start=2)
    ]


def _news(body: dict[str, Any]) -> str:
    language = body.get("language", "en")
    if body.get("what") == "left":
        return door_phrase("desk_again", language)
    if body.get("name"):
        return door_phrase("person_here", language, name=body["name"])
    return door_phrase("somebody_here", language)
