"""`DoorDesk`: the project's desk behind a call: a question is a message on the channel `voice`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from channels.door import Door
from channels.events import turn
from channels.voice.phone_phrases import phone_phrase
from channels.voice.talk_parts import Awaited, AwaitedKind, Question
from channels.voice.telephone import Call
from core.access import conversation_audience
from core.messages import Address, ConversationId, Event, Message, MessageId
from core.tenants import PUBLIC, TenantId

CHANNEL = "voice"
_KINDS: Mapping[str, AwaitedKind] = {
    "yes_no": "yes_no",
    **dict.fromkeys(("reference", "phone", "postal_code", "integer", "number", "people"), "reference"),
    **dict.fromkeys(("person_name", "first_name", "last_name"), "name"),
}


class DoorDesk:
    """Answers callers as every other door is answered, from what everybody may see."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def ask(self, call: Call, question: Question) -> AsyncGenerator[Event, None]:
        """The turn's events, ended by one `Answer`. Closing it early ends the turn.

        Raises:
            FrontdeskError: the turn ends without an answer.
        """
        async with aclosing(turn(self._door, message_of(call, question))) as events:
            async for event in events:
                yield event

    async def heard(self, call: Call, question: Question, text: str) -> None:
        """Of the answer to this question the caller heard only `text`.

        Raises:
            RecordsUnavailable: it can't be kept.
        """
        await self._door.desk.answerer.recollection.note_heard(message_of(call, question), text)

    async def awaited(self, call: Call) -> Awaited:
        """What a tool that is being talked about still has to know.

        Raises:
            RecordsUnavailable: it can't be looked up.
        """
        understanding = self._door.desk.answerer.understanding
        tenant = TenantId(call.tenant)
        frame = (await understanding.dialogues.load(tenant, ConversationId(call.conversation_id))).top
        if frame is None:
            return Awaited()
        if frame.phase == "confirming":
            return _yes_no(call.language)
        tool = (await understanding.toolbox.of(tenant)).get(frame.tool)
        if tool is None or frame.asked is None or frame.phase != "filling":
            return Awaited()
        kind = _KINDS.get(tool.parameter(frame.asked).kind, "")
        return _yes_no(call.language) if kind == "yes_no" else Awaited(kind=kind)


def message_of(call: Call, question: Question) -> Message:
    """A question on a call as the desk takes it: the same question is the same message."""
    conversation = ConversationId(call.conversation_id)
    return Message(
        id=MessageId(question.id),
        tenant=TenantId(call.tenant),
        conversation_id=conversation,
        text=question.text,
        address=address_of(call),
        audiences=frozenset({PUBLIC, conversation_audience(conversation)}),
        language=question.language,
    )


def address_of(call: Call) -> Address:
    """Where the caller can be reached again."""
    return Address(channel=CHANNEL, account=call.called, person=call.caller)


def _yes_no(language: str) -> Awaited:
    hints = tuple(phone_phrase(name, language[:2].lower()) for name in ("yes", "no"))
    return Awaited(kind="yes_no", hints=hints)
