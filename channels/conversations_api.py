"""Conversations over HTTP: begin one, ask in it, read it back, call a person, judge an answer."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from channels.callers import Caller, Visitor, of_conversation, readable, speakable
from channels.door import Door, DoorOf
from channels.events import EventStream, begun, to_the_end, turn
from channels.failures import FAILURES_BESIDE_A_STREAM, Responses
from channels.shapes import (
    ClientId,
    ConversationBegun,
    ConversationIn,
    ConversationOut,
    EscalationIn,
    FeedbackIn,
    MessageIn,
    TicketOut,
)
from core.access import Principal, Role
from core.conversation import Conversation
from core.customers import Customer
from core.documents import DocumentId
from core.errors import NotFound, Unauthorized, UnknownTenant
from core.feedback import Feedback
from core.hand_off_words import told
from core.messages import Address, AnswerId, Event, Message, MessageId
from core.records import now
from core.tenants import tenant_id

CHANNEL = "api"

router = APIRouter(prefix="/v1", tags=["conversations"])

_STREAM: Responses = FAILURES_BESIDE_A_STREAM | {
    200: {
        "description": (
            "Server-sent events: `status` {stage}, `token` {text}, and last one `answer` "
            "{the whole answer with its citations} or `error` {message, retryable}."
        ),
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.post("/conversations", status_code=201)
async def begin(
    door: DoorOf, starter: Visitor, request: Request, body: ConversationIn | None = None
) -> ConversationBegun:
    """A new conversation and its short-lived token. Anybody may begin one, but not many in a minute."""
    if starter is None:
        host = request.client.host if request.client else ""
        most = door.settings.limits.conversations_per_minute
        await door.desk.limits.take("conversations", host, most=most, per_s=60)
    wanted = body or ConversationIn()
    customer = await _customer(door, starter, wanted)
    tenant = customer.tenant if customer else starter.tenant if starter else door.desk.tenant.id
    if wanted.tenant not in {None, tenant}:
        raise UnknownTenant(f"this desk does not serve the group id {wanted.tenant!r}")
    person = f"customer:{customer.id}" if customer else starter.person if starter else ""
    conversation = await door.desk.answerer.conversations.start(
        tenant, Address(channel=CHANNEL, person=person), customer.id if customer else None
    )
    return begun_for(door, conversation, None if customer else starter)


def begun_for(door: Door, conversation: Conversation, starter: Principal | None) -> ConversationBegun:
    """The conversation with a token that speaks in it."""
    life = timedelta(hours=door.settings.web.token_hours)
    return ConversationBegun(
        conversation_id=conversation.id,
        token=door.desk.access.token_for(of_conversation(conversation, starter), life),
        expires_at=now() + life,
    )


async def _customer(door: Door, starter: Principal | None, wanted: ConversationIn) -> Customer | None:
    """The customer whom the company's site says that this is, if it says so.

    Raises:
        Unauthorized: the site's token is not good, or whoever shows it has shown another one too.
    """
    if wanted.customer_token is None:
        return None
    if starter is not None and starter.conversation_id is not None:
        raise Unauthorized("show the customer's token alone: the other one is for another conversation")
    tenant = tenant_id(wanted.tenant or (starter.tenant if starter else door.desk.tenant.id))
    if starter is not None and starter.tenant != tenant:
        raise UnknownTenant(f"this key does not serve the group id {tenant!r}")
    claims = await door.desk.customer_tokens.redeem(tenant, wanted.customer_token)
    return await door.desk.customers.sign_in(tenant, claims)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=200,
    response_class=EventStream,
    responses=_STREAM,
)
async def ask(
    conversation_id: str,
    body: MessageIn,
    door: DoorOf,
    principal: Caller,
    idempotency_key: Annotated[ClientId | None, Header()] = None,
) -> EventStream:
    """Ask, and follow the answer as it is made. The same message id twice gives the same answer."""
    conversation = await speakable(door, principal, conversation_id)
    if body.message_id is None:
        body = body.model_copy(update={"message_id": idempotency_key})
    events = await begun(turn(door, message_of(body, conversation, principal)))
    return EventStream(_encoded(events))


async def _encoded(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    async for event in to_the_end(events):
        yield event.as_sse()


def message_of(body: MessageIn, conversation: Conversation, principal: Principal) -> Message:
    """The question as the desk takes it, with all that its asker may see.

    The client's id counts within its conversation, so that nobody is answered with what
    somebody else was told.
    """
    seen = replace(principal, conversation_id=conversation.id).audiences
    documents = frozenset(map(DocumentId, body.documents)) if body.documents else None
    return Message(
        id=MessageId(f"{conversation.id}:{body.message_id or uuid.uuid4().hex}"),
        tenant=conversation.tenant,
        conversation_id=conversation.id,
        text=body.text,
        address=replace(conversation.address, channel=CHANNEL),
        audiences=seen,
        documents=documents,
    )


@router.get("/conversations/{conversation_id}")
async def history(conversation_id: str, door: DoorOf, principal: Caller) -> ConversationOut:
    """What was said, each answer with its own citations."""
    outline = await readable(door, principal, conversation_id)
    state = await door.desk.hand_off.state(outline)
    return ConversationOut.of(await door.desk.answerer.conversations.whole(outline), state)


@router.post(
    "/conversations/{conversation_id}/escalate",
    response_model=TicketOut,
    status_code=201,
    responses={200: {"model": TicketOut, "description": "The ticket was already open."}},
)
async def escalate(
    conversation_id: str, door: DoorOf, principal: Caller, body: EscalationIn | None = None
) -> Response:
    """A ticket that holds the whole conversation. A conversation has one open ticket at most."""
    outline = await readable(door, principal, conversation_id)
    conversation = await door.desk.answerer.conversations.whole(outline)
    before = await door.desk.tickets.find(conversation)
    ticket = await door.desk.tickets.open(conversation, body.reason if body else None)
    message = told(ticket, door.desk.tickets.terms.hours, now())
    return JSONResponse(TicketOut.of(ticket, message).model_dump(mode="json"), 200 if before else 201)


@router.post("/answers/{answer_id}/feedback", status_code=204)
async def judge(answer_id: str, body: FeedbackIn, door: DoorOf, principal: Caller) -> None:
    """Keep a thumb; one a person and answer, the latest counts."""
    await _check_may_judge(door, principal, AnswerId(answer_id))
    await door.desk.feedback.record(
        Feedback(
            tenant=principal.tenant,
            answer_id=AnswerId(answer_id),
            person=principal.person,
            verdict=body.verdict,
            comment=body.comment,
        )
    )


async def _check_may_judge(door: Door, principal: Principal, answer_id: AnswerId) -> None:
    answer = await door.desk.answerer.conversations.answer(principal.tenant, answer_id)
    if principal.role.reaches(Role.STAFF):
        return
    try:
        await readable(door, principal, answer.conversation_id)
    except NotFound as error:
        raise NotFound(f"there is no answer {answer_id!r}") from error
