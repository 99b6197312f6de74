"""Who is calling: a bearer token, an API key or the admin's cookie; and what they may reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from channels.door import Door, DoorOf
from core.access import Principal, Role
from core.conversation import Conversation
from core.errors import NotFound, Unauthorized
from core.messages import ConversationId

COOKIE = "frontdesk_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_shown_in_docs = HTTPBearer(auto_error=False, description="An API key or a conversation token.")


async def principal_of(connection: HTTPConnection, door: Door) -> Principal | None:
    """Who the request proves to be; none when it shows nothing, or a session that has ended.

    Raises:
        Unauthorized: the bearer token is not good, or the cookie came along from another site.
    """
    scheme, _, proof = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and proof:
        return await door.desk.access.identify(proof.strip())
    session = connection.cookies.get(COOKIE)
    if not session:
        return None
    try:
        principal = await door.desk.access.identify(session)
    except Unauthorized:
        return None
    if connection.scope.get("method", "GET") not in _SAFE_METHODS and not _is_own_page(connection, door):
        raise Unauthorized("this came from another site's page: use the desk's own, or an API key")
    return principal


def _is_own_page(connection: HTTPConnection, door: Door) -> bool:
    """Whether a browser sent this from one of the desk's own pages."""
    if site := connection.headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    origin = urlsplit(connection.headers.get("origin", ""))
    own = {connection.headers.get("host", ""), urlsplit(door.settings.web.public_url).netloc} - {""}
    return origin.netloc in own


def works_here(principal: Principal, door: Door, needed: Role) -> bool:
    """Whether somebody of this role, in the very tenant that the pages are for, holds no link's token."""
    is_whole = principal.conversation_id is None
    return is_whole and principal.role.reaches(needed) and principal.tenant == door.desk.tenant.id


async def visitor(
    connection: HTTPConnection, door: DoorOf, _: Annotated[object, Depends(_shown_in_docs)]
) -> Principal | None:
    """The caller where they have shown who they are, for routes open to everybody."""
    principal = await principal_of(connection, door)
    connection.state.principal = principal
    return principal


async def caller(principal: Annotated[Principal | None, Depends(visitor)]) -> Principal:
    """The caller.

    Raises:
        Unauthorized: they have not shown who they are.
    """
    if principal is None:
        raise Unauthorized("this needs a token: send `Authorization: Bearer …` or sign in")
    return principal


async def admin(principal: Annotated[Principal, Depends(caller)]) -> Principal:
    """The caller, who is an admin.

    Raises:
        Unauthorized: they are none, or have not shown who they are.
    """
    if not principal.role.reaches(Role.ADMIN):
        raise Unauthorized("only an admin may do this: sign in as one, or use an admin's API key")
    return principal


async def of_staff(principal: Annotated[Principal, Depends(caller)]) -> Principal:
    """The caller, if they are staff or admin and no link's bearer.

    Raises:
        Unauthorized: they are a customer, or hold a token of one conversation.
    """
    if not principal.role.reaches(Role.STAFF) or principal.conversation_id is not None:
        raise Unauthorized("this is for staff: use an API key of the role staff or admin")
    return principal


Visitor = Annotated[Principal | None, Depends(visitor)]
Caller = Annotated[Principal, Depends(caller)]
Admin = Annotated[Principal, Depends(admin)]
Staff = Annotated[Principal, Depends(of_staff)]


def of_conversation(conversation: Conversation, starter: Principal | None) -> Principal:
    """Who a new conversation's token stands for: whoever began it, in this conversation alone.

    An admin's token is a staff member's: it travels in links.
    """
    if starter is None or not starter.role.reaches(Role.STAFF):
        return Principal(
            tenant=conversation.tenant,
            role=Role.CUSTOMER,
            person=_person(conversation),
            conversation_id=conversation.id,
        )
    return replace(starter, role=Role.STAFF, conversation_id=conversation.id)


def _person(conversation: Conversation) -> str:
    """Who speaks as a customer: the one that is known, else whoever it is in this conversation."""
    known = conversation.customer_id
    return f"customer:{known}" if known else f"visitor:{conversation.id}"


def is_theirs(principal: Principal, conversation: Conversation) -> bool:
    """Whether the caller is the person on the other side of the conversation."""
    if principal.conversation_id is not None:
        return principal.conversation_id == conversation.id
    return principal.person == conversation.address.person


async def readable(door: Door, principal: Principal, conversation_id: str) -> Conversation:
    """The conversation without what was said in it, for those in it and for staff.

    Raises:
        NotFound: there is none that this caller may see.
    """
    wanted = ConversationId(conversation_id)
    conversation = await door.desk.answerer.conversations.outline(principal.tenant, wanted)
    if not principal.role.reaches(Role.STAFF) and not is_theirs(principal, conversation):
        raise NotFound(f"there is no conversation {conversation_id!r}")
    return conversation


async def speakable(door: Door, principal: Principal, conversation_id: str) -> Conversation:
    """The conversation without what was said in it, for the person in it.

    What staff may see must not end up in a customer's history, so they ask in their own.

    Raises:
        NotFound: there is none that this caller may see.
        Unauthorized: it is somebody else's.
    """
    conversation = await readable(door, principal, conversation_id)
    if not is_theirs(principal, conversation):
        raise Unauthorized("only the person who began a conversation may ask in it: begin one of your own")
    return conversation
