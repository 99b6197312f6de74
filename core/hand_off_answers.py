"""The answers of turns in which a person has the conversation, or is called."""

from __future__ import annotations

import uuid

from core.messages import Answer, AnswerId, ConversationId, Message, Outcome

ROUTE = "person"
"""The route of answers that say that a person has the conversation, or say nothing because of it."""


def silence(message: Message) -> Answer:
    """The answer without words that ends a turn while a person talks: kept, so that it comes once."""
    return handed_off(message.conversation_id, "")


def handed_off(conversation_id: ConversationId, text: str) -> Answer:
    """The answer that tells the customer, in these words, who has their conversation."""
    return Answer(
        id=AnswerId(uuid.uuid4().hex),
        conversation_id=conversation_id,
        text=text,
        outcome=Outcome.HANDED_OFF,
        confidence=1.0,
        route=ROUTE,
        model="none",
    )
