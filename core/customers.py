"""`Customer`: a person whom the company knows, what it says of them, and which conversations are theirs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.call_sounds import forget_bytes, forget_calls
from core.errors import NotFound
from core.files import Files
from core.messages import ConversationId, CustomerId
from core.records import Records, insert_for, now
from core.schema import calls, conversations, customers
from core.tenants import TenantId

Fact = str | int | float | bool
"""What an account knows of its owner, such as a plan or a balance."""

_PHONE_SIGNS = re.compile(r"[\s().\-/]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerClaims:
    """What a company's site says, signed, about somebody who is signed in there.

    `subject` is the site's own id of them. None is what it does not say; `phone` is in E.164.
    """

    subject: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    is_phone_verified: bool = False
    facts: Mapping[str, Fact] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person known to a tenant. Without a `subject` all that is known is a number they proved."""

    id: CustomerId
    tenant: TenantId
    subject: str | None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    is_phone_verified: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Customers:
    """Customers as records. Every call names the tenant; another's are never seen.

    `files` hold the sound of their telephone calls.
    """

    def __init__(self, records: Records, files: Files | None = None) -> None:
        self._records = records
        self._files = files

    async def sign_in(self, tenant: TenantId, claims: CustomerClaims) -> Customer:
        """The customer whom the site speaks of, with what it says now; made on first sight.

        What it does not say stays as it was, and so does a proved number. Somebody of whom
        only the number was known, and whose number the site has verified as this customer's,
        becomes one with them.
        """
        said: dict[str, Any] = {
            name: value
            for name, value in (("name", claims.name), ("email", claims.email), ("facts", claims.facts))
            if value is not None
        }
        number = {"phone": claims.phone, "phone_verified": claims.is_phone_verified} if claims.phone else {}
        news: dict[str, Any] = number
        if number and not claims.is_phone_verified:
            # A number that nobody has verified does not take the place of one that was proved.
            proved = customers.c.phone_verified
            news = {"phone": case((proved, customers.c.phone), else_=claims.phone)}
        moment = now()
        async with self._records.transaction() as connection:
            upsert = (
                insert_for(connection, customers)
                .values(
                    id=uuid.uuid4().hex,
                    tenant=tenant,
                    subject=claims.subject,
                    created_at=moment,
                    updated_at=moment,
                    **({"facts": {}, "phone_verified": False} | said | number),
                )
                .on_conflict_do_update(
                    index_elements=[customers.c.tenant, customers.c.subject],
                    set_={**said, **news, "updated_at": moment},
                )
                .returning(customers)
            )
            customer = _customer((await connection.execute(upsert)).one())
            if customer.phone and customer.is_phone_verified:
                await _take_over(connection, customer)
        return customer

    async def get(self, tenant: TenantId, customer_id: CustomerId) -> Customer:
        """A customer by id.

        Raises:
            NotFound: the tenant has no such customer.
        """
        query = select(customers).where(customers.c.tenant == tenant, customers.c.id == customer_id)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFound(f"there is no customer {customer_id!r}")
        return _customer(row)

    async def of_conversation(self, tenant: TenantId, conversation_id: ConversationId) -> Customer | None:
        """Who is known to be speaking in a conversation, if anybody is."""
        async with self._records.reading() as connection:
            row = (await connection.execute(_speaking(tenant, conversation_id))).first()
        return _customer(row) if row else None

    async def prove_phone(
        self, tenant: TenantId, conversation_id: ConversationId, number: str
    ) -> Customer | None:
        """Who is speaking, now that they have proved that a number (E.164) is theirs.

        In a conversation of a known customer the number becomes that customer's. Otherwise the
        conversation becomes that of the one customer with this number; a new one where there is
        none. None where several share it: then nobody can tell who speaks. A number counts only
        once somebody has verified it, here or at the company: others may have written it.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        proved = {"phone": number, "phone_verified": True, "updated_at": now()}
        async with self._records.transaction() as connection:
            await _demand(connection, tenant, conversation_id)
            speaker = (await connection.execute(_speaking(tenant, conversation_id))).first()
            if speaker is not None:
                mine = (customers.c.tenant == tenant) & (customers.c.id == speaker.id)
                changed = update(customers).where(mine).values(**proved).returning(customers)
                customer = _customer((await connection.execute(changed)).one())
                await _take_over(connection, customer)
                return customer
            holders = select(customers).where(
                customers.c.tenant == tenant, customers.c.phone == number, customers.c.phone_verified
            )
            found = (await connection.execute(holders.order_by(customers.c.created_at))).all()
            known_at_the_site = [row for row in found if row.subject is not None]
            if len(known_at_the_site) > 1:
                return None
            if not found:
                made = insert(customers).values(
                    id=uuid.uuid4().hex, tenant=tenant, facts={}, created_at=proved["updated_at"], **proved
                )
                found = (await connection.execute(made.returning(customers))).all()
            customer = _customer((known_at_the_site or found)[0])
            await _link(connection, customer, conversations.c.id == conversation_id)
        return customer

    async def forget(self, tenant: TenantId, customer_id: CustomerId) -> None:
        """Delete all that is known of a customer, their telephone calls too, with number, words and sound.

        What they wrote or were answered stays, as an unknown person's.
        """
        mine = (conversations.c.tenant == tenant) & (conversations.c.customer_id == customer_id)
        this = (customers.c.tenant == tenant) & (customers.c.id == customer_id)
        number = select(customers.c.phone).where(this, customers.c.phone_verified)
        theirs = calls.c.conversation_id.in_(select(conversations.c.id).where(mine))
        async with self._records.transaction() as connection:
            sounds = await forget_calls(
                connection, (calls.c.tenant == tenant) & (theirs | calls.c.caller.in_(number))
            )
            await connection.execute(update(conversations).where(mine).values(customer_id=None))
            await connection.execute(delete(customers).where(this))
        if self._files is not None:
            await forget_bytes(self._records, self._files, sounds)


def e164(text: str) -> str | None:
    """The telephone number in E.164, if `text` is one with its country code.

    >>> e164("+1 (202) 555-0143"), e164("0043 1 2345678"), e164("call me")
    ('+12025550143', '+4312345678', None)
    """
    digits = _PHONE_SIGNS.sub("", text[:40])
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if _E164.fullmatch(digits) else None


def _speaking(tenant: TenantId, conversation_id: ConversationId) -> Any:  # noqa: ANN401 - a select of every column
    return (
        select(customers)
        .join(conversations, conversations.c.customer_id == customers.c.id)
        .where(
            conversations.c.tenant == tenant,
            conversations.c.id == conversation_id,
            customers.c.tenant == tenant,
        )
    )


async def _demand(connection: AsyncConnection, tenant: TenantId, conversation_id: ConversationId) -> None:
    """Returns if the tenant has the conversation."""
    there = select(func.count()).where(
        conversations.c.tenant == tenant, conversations.c.id == conversation_id
    )
    if not await connection.scalar(there):
        raise NotFound(f"there is no conversation {conversation_id!r}")


async def _link(connection: AsyncConnection, customer: Customer, which: Any) -> None:  # noqa: ANN401 - a condition
    await connection.execute(
        update(conversations)
        .where(conversations.c.tenant == customer.tenant, which)
        .values(customer_id=customer.id)
    )


async def _take_over(connection: AsyncConnection, customer: Customer) -> None:
    """Make those with the same proved number, of whom nothing else is known, one with the customer."""
    same = (
        (customers.c.tenant == customer.tenant)
        & (customers.c.id != customer.id)
        & (customers.c.phone == customer.phone)
        & customers.c.phone_verified
        & customers.c.subject.is_(None)
    )
    await _link(connection, customer, conversations.c.customer_id.in_(select(customers.c.id).where(same)))
    await connection.execute(delete(customers).where(same))


def _customer(row: Row[Any]) -> Customer:
    return Customer(
        id=CustomerId(row.id),
        tenant=TenantId(row.tenant),
        subject=row.subject,
        name=row.name,
        email=row.email,
        phone=row.phone,
        is_phone_verified=row.phone_verified,
        facts=row.facts,
    )
