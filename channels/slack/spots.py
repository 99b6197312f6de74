"""Where an answer goes in Slack, what stands below it, and how the desk knows its own messages again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.slack.blocks import Block

EVENT_TYPE = "frontdesk_answer"
"""The type of the metadata of an answer's messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an answer goes, and to which message of whom (`after` is that message's timestamp)."""

    token: str
    team: str
    channel: str
    thread: str
    after: str
    user: str
    bot_user: str
    message_id: str

    def metadata(self, *, is_last: bool) -> dict[str, Any]:
        """What a message of this answer carries."""
        return {
            "event_type": EVENT_TYPE,
            "event_payload": {"message_id": self.message_id, "is_last": is_last},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """The blocks below an answer, and the ones to use where Slack does not take those."""

    blocks: Sequence[Block] = ()
    plain: Sequence[Block] = ()


def payload_of(message: dict[str, Any]) -> dict[str, Any]:
    """What a message of the desk's own carries unseen; nothing where it is none."""
    return dict((message.get("metadata") or {}).get("event_payload") or {})
