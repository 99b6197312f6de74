"""Who gets through the door in front of the admin's page and the staff's."""

from types import SimpleNamespace

import pytest

from channels.callers import works_here
from core.access import Principal, Role
from core.tenants import DEFAULT_TENANT, Tenant, TenantId

DOOR = SimpleNamespace(desk=SimpleNamespace(tenant=Tenant(id=DEFAULT_TENANT)))


@pytest.mark.parametrize(
    ("role", "tenant", "passes"),
    [
        (Role.ADMIN, DEFAULT_TENANT, True),
        (Role.ADMIN, TenantId("other"), False),
        (Role.STAFF, DEFAULT_TENANT, False),
        (Role.CUSTOMER, DEFAULT_TENANT, False),
    ],
)
def test_only_an_admin_of_this_very_tenant_passes(role: Role, tenant: TenantId, passes: bool) -> None:
    assert works_here(Principal(tenant=tenant, role=role, person="someone"), DOOR, Role.ADMIN) is passes
