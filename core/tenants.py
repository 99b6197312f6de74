"""`Tenant`: a company or business line whose knowledge and customers are an island of their own."""

import re
from dataclasses import dataclass
from typing import NewType

from core.errors import UnknownTenant

TenantId = NewType("TenantId", str)

DEFAULT_TENANT = TenantId("default")
PUBLIC = "public"
STAFF = "staff"

_GROUP_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Who is being spoken for.

    `name` is what customers see; `abstain_below` the confidence under which the desk
    says that it does not know.
    """

    id: TenantId = DEFAULT_TENANT
    name: str = "Frontdesk"
    abstain_below: float | None = None


def tenant_id(text: str) -> TenantId:
    """The group id that `text` spells: lower-case letters, digits and hyphens, 63 at most.

    Raises:
        UnknownTenant: `text` is no group id. Ids name folders, so nothing else is let through.

        >>> tenant_id("acme-eu")
        'acme-eu'
    """
    if not _GROUP_ID.fullmatch(text):
        raise UnknownTenant(f"{text!r} is not a group id: use lower-case letters, digits and hyphens")
    return TenantId(text)
