"""Who may come in, as the settings say: the company's accounts for staff, its signed tokens for customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.settings import Settings
from core.customer_tokens import CustomerTokens
from core.errors import Misconfigured
from core.fetching import safe_url
from core.openid import OpenIdClient, OpenIdProvider
from core.signing_keys import SigningKeys
from core.staff_sign_in import StaffRules, StaffSignIn
from core.tenants import tenant_id

if TYPE_CHECKING:
    from redis.asyncio import Redis


def staff_sign_in_for(settings: Settings) -> StaffSignIn | None:
    """The provider that the settings name, if they name one. Nobody asks it anything yet.

    Raises:
        Misconfigured: nobody could sign in there, or everybody could.
    """
    chosen = settings.oidc
    if not chosen.issuer:
        return None
    if not chosen.client_id:
        raise Misconfigured(
            "FRONTDESK_OIDC__CLIENT_ID is empty: write the desk's name at the provider into it"
        )
    rules = StaffRules(
        roles_claim=chosen.roles_claim,
        admins=_listed(chosen.admins),
        staff=_listed(chosen.staff),
        email_domains=frozenset(domain.casefold() for domain in _listed(chosen.email_domains)),
        tenant_claim=chosen.tenant_claim,
        tenant=tenant_id(settings.tenant),
    )
    if not rules.admins | rules.staff:
        raise Misconfigured(
            "nobody could sign in: name values of the claim "
            f"{chosen.roles_claim!r} in FRONTDESK_OIDC__ADMINS or FRONTDESK_OIDC__STAFF"
        )
    client = OpenIdClient(
        issuer=chosen.issuer,
        client_id=chosen.client_id,
        client_secret=chosen.client_secret.get_secret_value(),
        scopes=chosen.scopes,
        timeout_s=chosen.timeout_seconds,
    )
    return StaffSignIn(provider=OpenIdProvider(client), rules=rules, label=chosen.label)


def customer_tokens_for(settings: Settings, redis: Redis) -> CustomerTokens:
    """The check of customers' tokens; without secrets and keys it refuses every one.

    Raises:
        Misconfigured: a secret is too short, or an address of keys is not safe.
    """
    chosen = settings.customers
    secrets = {tenant_id(name): each.get_secret_value().encode() for name, each in chosen.secrets.items()}
    keys = {
        tenant_id(name): SigningKeys(
            safe_url(url, f"the address of {name!r} in FRONTDESK_CUSTOMERS__JWKS_URLS"),
            timeout_s=chosen.timeout_seconds,
        )
        for name, url in chosen.jwks_urls.items()
    }
    return CustomerTokens(secrets, keys, redis=redis if chosen.single_use else None)


def _listed(text: str) -> frozenset[str]:
    return frozenset(each.strip() for each in text.split(",") if each.strip())
