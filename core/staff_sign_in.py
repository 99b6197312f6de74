"""Staff and admins from a company's OpenID provider: which claims make whom what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.access import Principal, Role
from core.errors import Unauthorized, UnknownTenant
from core.openid import OpenIdProvider, Return
from core.staff_names import name_in
from core.tenants import DEFAULT_TENANT, TenantId, tenant_id

EVERYBODY = "*"
LONGEST_SUBJECT = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""
SUBJECT = "oidc:"
"""What the person of such a principal begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRules:
    """Who of a provider's people may work here, and as what.

    `roles_claim` holds their groups or roles; a dot in it leads into an object. `admins` and
    `staff` are values of it, and `*` among `staff` is every account. `email_domains`, when
    there are any, are the only ones. `tenant_claim` holds the group id; without one everybody
    belongs to `tenant`.
    """

    roles_claim: str = "groups"
    admins: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    email_domains: frozenset[str] = frozenset()
    tenant_claim: str = ""
    tenant: TenantId = DEFAULT_TENANT

    def principal(self, claims: Mapping[str, Any]) -> Principal:
        """Who somebody with these claims is here.

        Raises:
            Unauthorized: nobody, and why.

            >>> rules = StaffRules(admins=frozenset({"bosses"}))
            >>> rules.principal({"sub": "a1", "groups": ["bosses"]}).role.value
            'admin'
        """
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise Unauthorized("the sign-in provider does not say who you are")
        self._check_address(claims)
        return Principal(
            tenant=self._tenant(claims),
            role=self._role(claims),
            person=f"{SUBJECT}{subject}",
            name=name_in(claims),
        )

    def _check_address(self, claims: Mapping[str, Any]) -> None:
        """An address counts only once it is verified: otherwise anybody may have written it."""
        if not self.email_domains and self.roles_claim != "email":
            return
        address = claims.get("email")
        if not isinstance(address, str) or claims.get("email_verified") is not True:
            raise Unauthorized("your account has no verified e-mail address, and this desk asks for one")
        domain = address.rpartition("@")[2].casefold()
        if self.email_domains and domain not in self.email_domains:
            raise Unauthorized("your e-mail address is of a domain that this desk does not take")

    def _role(self, claims: Mapping[str, Any]) -> Role:
        held = set(_values(claims, self.roles_claim))
        if held & self.admins:
            return Role.ADMIN
        if held & self.staff or EVERYBODY in self.staff:
            return Role.STAFF
        raise Unauthorized("your account is not one of this desk's staff: ask whoever runs it for a role")

    def _tenant(self, claims: Mapping[str, Any]) -> TenantId:
        if not self.tenant_claim:
            return self.tenant
        values = list(_values(claims, self.tenant_claim))
        try:
            (value,) = values
            return tenant_id(value)
        except (ValueError, UnknownTenant):
            raise Unauthorized("your account does not say which one group id it belongs to") from None


def _values(claims: Mapping[str, Any], name: str) -> Iterator[str]:
    """The texts that a claim holds; one called `a.b` itself goes before `b` inside `a`."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, str) and each:
            yield each


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSignIn:
    """The provider, and what its people may do here. `label` stands on the button."""

    provider: OpenIdProvider
    rules: StaffRules
    label: str

    async def arrive(self, back: Return) -> Principal:
        """Who came back from the provider.

        Raises:
            Unauthorized: nobody who may work here; the message says why.
            IdentityUnavailable: the provider did not answer, or made no sense.
        """
        first = self.rules.roles_claim.partition(".")[0]
        return self.rules.principal(await self.provider.arrive(back, wanted=first))
