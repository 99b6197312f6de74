"""Who is asking: sign-in links, API keys and signed tokens, and what each may reach."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt
from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound, Refused, Unauthorized
from core.messages import ConversationId
from core.records import Records, now
from core.schema import credentials
from core.staff_names import fit_name, name_of
from core.tenants import DEFAULT_TENANT, PUBLIC, STAFF, TenantId

ALGORITHM = "HS256"
LINK_LIFE = timedelta(hours=24)
KEY_PREFIX = "fd_"
KEY_ID_DIGITS = 16


class Role(StrEnum):
    """What a caller may do; each includes the one before."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"

    def reaches(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may.

        >>> Role.ADMIN.reaches(Role.STAFF), Role.CUSTOMER.reaches(Role.STAFF)
        (True, False)
        """
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller who has shown who they are. A customer is bound to one conversation.

    `name` is what a provider calls somebody of the staff.
    """

    tenant: TenantId
    role: Role
    person: str
    conversation_id: ConversationId | None = None
    name: str = ""

    @property
    def known_as(self) -> str:
        """How customers know somebody of the staff; empty where that is not known."""
        return self.name or name_of(self.person)

    @property
    def audiences(self) -> frozenset[str]:
        """The audience labels whose documents this caller may retrieve."""
        seen = {PUBLIC}
        if self.role.reaches(Role.STAFF):
            seen.add(STAFF)
        if self.conversation_id is not None:
            seen.add(conversation_audience(self.conversation_id))
        return frozenset(seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key: `id` is the beginning of its digest, and opens nothing."""

    id: str
    name: str
    role: Role
    created_at: datetime


def conversation_audience(conversation_id: ConversationId) -> str:
    """The audience of what a customer brought into a conversation: that conversation alone."""
    return f"conversation:{conversation_id}"


class Access:
    """Makes and checks proofs of identity. Only digests of secrets are stored."""

    def __init__(self, records: Records, secret: bytes, clock: Callable[[], datetime] = now) -> None:
        self._records = records
        self._secret = secret
        self._now = clock

    async def issue_link(
        self, tenant: TenantId = DEFAULT_TENANT, role: Role = Role.ADMIN, name: str = ""
    ) -> str:
        """A token that signs somebody in once, within a day; earlier unused ones of theirs stop working.

        Raises:
            Refused: `name` is none that customers may see.
        """
        if name and not fit_name(name):
            raise Refused(f"{name!r} is no name that customers may see: give a first name")
        person = f"link:{fit_name(name)}" if name else role.value
        token = secrets.token_urlsafe(32)
        async with self._records.transaction() as connection:
            await connection.execute(
                delete(credentials).where(
                    credentials.c.kind == "link",
                    credentials.c.tenant == tenant,
                    credentials.c.role == role.value,
                    credentials.c.name == person,
                )
            )
            holder = Principal(tenant=tenant, role=role, person=person)
            await self._keep(connection, token, "link", holder)
        return token

    async def redeem_link(self, token: str) -> Principal:
        """Whom a sign-in link is for; the link is used up.

        Raises:
            Unauthorized: the link was used, replaced, is too old, or never was.
        """
        async with self._records.transaction() as connection:
            row = (
                await connection.execute(
                    delete(credentials)
                    .where(credentials.c.digest == _digest(token), credentials.c.kind == "link")
                    .returning(credentials)
                )
            ).first()
        if row is None or self._now() - row.created_at > LINK_LIFE:
            raise Unauthorized(
                "this sign-in link was used, replaced or is too old: run `frontdesk sign-in` for another"
            )
        return Principal(tenant=row.tenant, role=Role(row.role), person=row.name)

    async def create_key(self, tenant: TenantId, role: Role, name: str) -> str:
        """A new API key; it is shown this once."""
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        async with self._records.transaction() as connection:
            await self._keep(connection, key, "key", Principal(tenant=tenant, role=role, person=name))
        return key

    async def keys(self, tenant: TenantId) -> list[ApiKey]:
        """The tenant's API keys, newest first."""
        query = select(credentials).where(_is_key(tenant)).order_by(credentials.c.created_at.desc())
        async with self._records.reading() as connection:
            return [
                ApiKey(
                    id=row.digest[:KEY_ID_DIGITS],
                    name=row.name,
                    role=Role(row.role),
                    created_at=row.created_at,
                )
                for row in await connection.execute(query)
            ]

    async def revoke_key(self, tenant: TenantId, key_id: str) -> None:
        """Forget a key; conversation tokens that it was given stay good until they run out.

        Raises:
            NotFound: the tenant has no key with this id.
        """
        named = func.substr(credentials.c.digest, 1, KEY_ID_DIGITS) == key_id
        async with self._records.transaction() as connection:
            gone = await connection.execute(delete(credentials).where(_is_key(tenant), named))
            if gone.rowcount == 0:
                raise NotFound(f"there is no API key {key_id!r}: `frontdesk key list` shows them")

    def token_for(self, principal: Principal, life: timedelta) -> str:
        """A signed token that proves `principal` for as long as `life`."""
        claims = {
            "tenant": principal.tenant,
            "role": principal.role.value,
            "sub": principal.person,
            "conversation": principal.conversation_id,
            **({"name": principal.name} if principal.name else {}),
            "exp": self._now() + life,
        }
        return jwt.encode(claims, self._secret, ALGORITHM)

    def seal(self, purpose: str, values: dict[str, str], life: timedelta) -> str:
        """Values that a browser keeps for as long as `life` and can't change, for one purpose."""
        return jwt.encode({"values": values, "exp": self._now() + life}, self._seal_key(purpose), ALGORITHM)

    def unseal(self, purpose: str, sealed: str) -> dict[str, str]:
        """The values that `seal` was given.

        Raises:
            Unauthorized: they were changed, are too old, or are for another purpose.
        """
        try:
            claims = jwt.decode(sealed, self._seal_key(purpose), [ALGORITHM], options={"require": ["exp"]})
        except jwt.InvalidTokenError as error:
            raise Unauthorized(f"this {purpose} was not begun here, or too long ago: begin anew") from error
        return dict(claims["values"])

    def _seal_key(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), "sha256")

    async def identify(self, proof: str) -> Principal:
        """Who shows this token or API key.

        Raises:
            Unauthorized: it is forged, too old, or unknown.
        """
        if proof.startswith(KEY_PREFIX):
            return await self._by_key(proof)
        try:
            claims: dict[str, Any] = jwt.decode(
                proof, self._secret, [ALGORITHM], options={"require": ["exp", "sub"]}
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("the token is too old: start a new conversation or sign in again") from error
        except jwt.InvalidTokenError as error:
            raise Unauthorized("the token is not one of this desk's") from error
        return Principal(
            tenant=claims["tenant"],
            role=Role(claims["role"]),
            person=claims["sub"],
            conversation_id=claims["conversation"],
            name=claims.get("name", ""),
        )

    async def _by_key(self, key: str) -> Principal:
        async with self._records.reading() as connection:
            row = (
                await connection.execute(
                    select(credentials).where(
                        credentials.c.digest == _digest(key), credentials.c.kind == "key"
                    )
                )
            ).first()
        if row is None:
            raise Unauthorized("the API key is not one of this desk's")
        return Principal(tenant=row.tenant, role=Role(row.role), person=f"key:{row.name}")

    async def _keep(self, connection: AsyncConnection, secret: str, kind: str, principal: Principal) -> None:
        await connection.execute(
            insert(credentials).values(
                digest=_digest(secret),
                kind=kind,
                tenant=principal.tenant,
                role=principal.role.value,
                name=principal.person,
                created_at=self._now(),
            )
        )


def _is_key(tenant: TenantId) -> ColumnElement[bool]:
    return (credentials.c.kind == "key") & (credentials.c.tenant == tenant)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
