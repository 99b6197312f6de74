"""API keys from the command line: made, listed without the key, and taken back."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from channels import api_keys  # noqa: F401 - brings the verb
from channels.terminal import app
from core.access import Role
from core.assembly import Desk
from core.errors import NotFound, Unauthorized
from core.tenants import DEFAULT_TENANT, STAFF, TenantId

ACME = TenantId("acme")


def ran(folder: Path, *words: str, exits: int = 0) -> Any:
    done = CliRunner().invoke(app, ["key", *words, "--data", str(folder), "--json"])
    assert done.exit_code == exits, done.output
    return json.loads(done.stdout) if exits == 0 else done.exception


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    made = ran(tmp_path, "shop", "--role", "staff")
    ran(tmp_path, "--role", "admin", "back office")
    ran(tmp_path, "make", "list")
    ran(tmp_path, "theirs", "--tenant", "acme")
    listed = ran(tmp_path, "list")
    assert [(each["name"], each["role"]) for each in listed] == [
        ("list", "customer"),
        ("back office", "admin"),
        ("shop", "staff"),
    ]
    assert made["key"] not in json.dumps(listed)
    assert set(listed[0]) == {"id", "name", "role", "created_at"}
    assert ran(tmp_path, "revoke", listed[2]["id"]) == {"id": listed[2]["id"], "revoked": True}
    assert [each["name"] for each in ran(tmp_path, "list")] == ["list", "back office"]
    assert isinstance(ran(tmp_path, "revoke", listed[2]["id"], exits=1), NotFound)
    assert isinstance(ran(tmp_path, "revoke", listed[0]["id"], "--tenant", "acme", exits=1), NotFound)
    assert len(ran(tmp_path, "list")) == 2


@pytest.mark.anyio
async def test_a_revoked_key_opens_nothing_from_that_moment_on(desk: Desk) -> None:
    key, other = [await desk.access.create_key(DEFAULT_TENANT, Role.STAFF, name) for name in ("a", "b")]
    token = await desk.access.issue_link()
    assert STAFF in (await desk.access.identify(key)).audiences
    (revoked,) = [one for one in await desk.access.keys(DEFAULT_TENANT) if one.name == "a"]
    assert await desk.access.keys(ACME) == []
    for tenant, key_id in ((ACME, revoked.id), (DEFAULT_TENANT, ""), (DEFAULT_TENANT, revoked.id[:8])):
        with pytest.raises(NotFound):
            await desk.access.revoke_key(tenant, key_id)
    await desk.access.revoke_key(DEFAULT_TENANT, revoked.id)
    with pytest.raises(Unauthorized):
        await desk.access.identify(key)
    assert (await desk.access.identify(other)).person == "key:b"
    assert (await desk.access.redeem_link(token)).role is Role.ADMIN
