"""What a customer of the company may see of their own: the conversations that they had."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from channels.conversations_api import begun_for
from channels.door import DoorOf
from channels.shapes import OwnConversation
from core.errors import Unauthorized
from core.tenants import tenant_id

router = APIRouter(prefix="/v1/customers", tags=["customers"])

_bearer = HTTPBearer(
    auto_error=False, scheme_name="CustomerToken", description="What the company's own site signed."
)


@router.get("/me/conversations")
async def own_conversations(
    request: Request,
    door: DoorOf,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    tenant: str = "",
) -> list[OwnConversation]:
    """The customer's conversations, newest first, each with a token that goes on with it.

    The bearer token is the site's own, not a conversation's: that one is for one conversation.
    """
    if shown is None:
        raise Unauthorized("this needs the token that the company's site signed for its customer")
    host = request.client.host if request.client else ""
    most = door.settings.limits.conversations_per_minute
    await door.desk.limits.take("customers", host, most=most, per_s=60)
    group = tenant_id(tenant or door.desk.tenant.id)
    customer = await door.desk.customers.sign_in(
        group, await door.desk.customer_tokens.read(group, shown.credentials)
    )
    mine = await door.desk.answerer.conversations.of_customer(group, customer.id)
    return [
        OwnConversation(**begun_for(door, each, None).model_dump(), created_at=each.created_at)
        for each in mine
    ]
