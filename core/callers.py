"""For whom a tool works, with what the account says of them now."""

from __future__ import annotations

from core.customers import Customers
from core.messages import ConversationId
from core.tenants import TenantId
from core.tools.tool import Caller


async def caller_of(
    customers: Customers, tenant: TenantId, conversation_id: ConversationId, language: str
) -> Caller:
    """The caller of a conversation's tools: its customer where the company knows them.

    Raises:
        RecordsUnavailable: the database did not answer.
    """
    customer = await customers.of_conversation(tenant, conversation_id)
    if customer is None:
        return Caller(tenant=tenant, conversation_id=conversation_id, language=language)
    known = {"name": customer.name, "email": customer.email, "phone": customer.phone}
    facts = {**customer.facts, **{name: value for name, value in known.items() if value is not None}}
    return Caller(
        tenant=tenant, conversation_id=conversation_id, customer=customer.id, facts=facts, language=language
    )
