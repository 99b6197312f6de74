"""Tokens by which a company's own site says who a customer is: what they must be, and what they say."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jwt

from core.customers import CustomerClaims, Fact, e164
from core.errors import MemoryUnavailable, Misconfigured, Refused, TooLarge, Unauthorized
from core.records import now
from core.redis_server import OutageLog, key, translated
from core.signing_keys import SigningKeys
from core.stored_values import storable
from core.tenants import TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

MOST_CHARACTERS = 8192
LONGEST_LIFE_S = 3600
LEEWAY_S = 60
SHORTEST_SECRET = 32
"""Bytes of a secret: an HS256 key is as long as its hash (RFC 7518, section 3.2)."""
MOST_FACTS = 50
LONGEST_TEXT = 500
LARGEST_NUMBER = 2**53
"""Up to here JSON's numbers are exact everywhere; infinities and what is no number are beyond it."""
_BY_SECRET = "HS256"  # noqa: S105 - an algorithm
_BY_KEY = ("RS256", "ES256")


class CustomerTokens:
    """Checks what sites sign, each with its tenant's own secret or published keys."""

    def __init__(
        self,
        secrets: Mapping[TenantId, bytes],
        keys: Mapping[TenantId, SigningKeys],
        *,
        redis: Redis | None = None,
    ) -> None:
        """With a `redis`, a token that has a `jti` is good once.

        Raises:
            Misconfigured: a secret is too short to be one.
        """
        for tenant, secret in secrets.items():
            if len(secret) < SHORTEST_SECRET:
                raise Misconfigured(
                    f"the secret of {tenant!r} in FRONTDESK_CUSTOMERS__SECRETS has {len(secret)} bytes: "
                    f"it needs {SHORTEST_SECRET}, such as `openssl rand -base64 32` makes"
                )
        self._secrets = secrets
        self._keys = keys
        self._redis = redis
        self._outage = OutageLog(logging.getLogger(__name__), "single_use_unavailable")

    async def read(self, tenant: TenantId, token: str) -> CustomerClaims:
        """What the tenant's site says in a token that it signed for this desk.

        Raises:
            Unauthorized: the token is not the tenant's, or not good now.
            TooLarge: it has more than 8,192 characters. Refused: its claims are not as they must be.
            IdentityUnavailable: the tenant's keys can't be read.
        """
        return _said(await self._checked(tenant, token))

    async def redeem(self, tenant: TenantId, token: str) -> CustomerClaims:
        """The same for a token that begins a conversation: where that is asked for, it is good once.

        Raises:
            As `read`; Unauthorized as well where it was used before.
        """
        claims = await self._checked(tenant, token)
        said = _said(claims)
        if self._redis is not None and isinstance(claims.get("jti"), str):
            await self._use_up(self._redis, tenant, claims)
        return said

    async def _checked(self, tenant: TenantId, token: str) -> dict[str, Any]:
        if len(token) > MOST_CHARACTERS:
            raise TooLarge(
                f"the customer token has {len(token):,} characters; the limit is {MOST_CHARACTERS:,}"
            )
        try:
            header = jwt.get_unverified_header(token)
            algorithm = str(header.get("alg"))
            # The key follows from the tenant and the algorithm, never from the token alone: what is
            # published can't be used as a secret.
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._key(tenant, algorithm, header.get("kid")),
                [algorithm],
                audience=tenant,
                leeway=LEEWAY_S,
                options={"require": ["sub", "aud", "exp"], "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("the customer token is too old: ask the site for a new one") from None
        except jwt.InvalidAudienceError:
            raise Unauthorized(
                f"the customer token is for somebody else: its aud must be {tenant!r}"
            ) from None
        except jwt.MissingRequiredClaimError as error:
            raise Unauthorized(f"the customer token has no {error.claim}") from None
        except (jwt.PyJWTError, RecursionError, OverflowError):
            raise Unauthorized("the customer token is not one that the company signed") from None
        _check_life(claims)
        return claims

    async def _key(self, tenant: TenantId, algorithm: str, key_id: str | None) -> Any:  # noqa: ANN401 - of any kind
        if algorithm == _BY_SECRET and tenant in self._secrets:
            return self._secrets[tenant]
        if algorithm in _BY_KEY and tenant in self._keys:
            return await self._keys[tenant].find(key_id, algorithm)
        raise Unauthorized(f"this desk takes no customer tokens of that kind for {tenant!r}")

    async def _use_up(self, redis: Redis, tenant: TenantId, claims: Mapping[str, Any]) -> None:
        life_s = LONGEST_LIFE_S + 2 * LEEWAY_S
        try:
            with translated():
                is_new = await redis.set(
                    key("customer-token", tenant, claims["jti"]), b"1", nx=True, ex=life_s
                )
        except MemoryUnavailable:
            self._outage.note()
            return
        if not is_new:
            raise Unauthorized("the customer token was used before: ask the site for a new one")


def _check_life(claims: Mapping[str, Any]) -> None:
    """PyJWT has seen that the token is good now; here, that it will not be for long."""
    if int(claims["exp"]) > int(now().timestamp()) + LONGEST_LIFE_S + LEEWAY_S:
        raise Unauthorized("the customer token lives too long: an hour is the most")


def _said(claims: Mapping[str, Any]) -> CustomerClaims:
    subject = _text(claims, "sub")
    if not subject or storable(subject) != subject:
        raise Refused("the customer token's sub is empty, or has characters that no database keeps")
    phone = _text(claims, "phone_number")
    return CustomerClaims(
        subject=subject,
        name=_text(claims, "name"),
        email=_text(claims, "email"),
        phone=e164(phone) if phone else None,
        is_phone_verified=claims.get("phone_number_verified") is True,
        facts=_facts(claims["facts"]) if "facts" in claims else None,
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
        raise Refused(f"the customer token's {name} must be text of {LONGEST_TEXT} characters at most")
    return value


def _facts(given: object) -> dict[str, Fact]:
    """The account's facts: a flat object, so that each can be shown, compared and asked for by name."""
    if not isinstance(given, dict) or len(given) > MOST_FACTS:
        raise Refused(f"the customer token's facts must be an object of {MOST_FACTS} entries at most")
    for name, value in given.items():
        is_number = isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER
        is_text = isinstance(value, str) and len(value) <= LONGEST_TEXT
        if not (is_number or is_text) or not 0 < len(name) <= LONGEST_TEXT:
            raise Refused(
                f"the customer token's facts must be texts of {LONGEST_TEXT} characters at most, "
                "numbers, true or false"
            )
    return given
