"""Published keys: how long they are good, and how often somebody looks for an unknown one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import IdentityUnavailable, Unauthorized
from core.signing_keys import KEPT_S, OLDEST_S, PAUSE_S, SigningKeys
from tests.services.openid_provider import Provider, running_provider

pytestmark = pytest.mark.anyio


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def site() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(site: Provider, clock: Clock) -> SigningKeys:
    return SigningKeys(f"{site.url}/keys", clock=clock)


async def test_keys_are_read_once_and_again_after_an_hour(
    keys: SigningKeys, site: Provider, clock: Clock
) -> None:
    for _ in range(3):
        assert await keys.find("first", "RS256")
    assert len(site.asked) == 1
    clock.now += KEPT_S + 1
    assert await keys.find("first", "RS256")
    assert len(site.asked) == 2


async def test_a_withdrawn_key_is_good_for_an_hour_at_most(
    keys: SigningKeys, site: Provider, clock: Clock
) -> None:
    await keys.find("first", "RS256")
    site.rotate("second")
    clock.now += KEPT_S + 1
    with pytest.raises(Unauthorized):
        await keys.find("first", "RS256")
    assert await keys.find("second", "RS256")


async def test_an_unknown_key_makes_one_look_and_no_more_for_a_while(
    keys: SigningKeys, site: Provider, clock: Clock
) -> None:
    await keys.find("first", "RS256")
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await keys.find("made up", "RS256")
    assert len(site.asked) == 2
    site.rotate("second")
    clock.now += PAUSE_S + 1
    assert await keys.find("second", "RS256")
    assert len(site.asked) == 3


async def test_while_nobody_answers_keys_are_good_for_a_day(
    keys: SigningKeys, site: Provider, clock: Clock
) -> None:
    site.status = {"/keys": 500}
    for _ in range(2):
        with pytest.raises(IdentityUnavailable, match="status 500"):
            await keys.find("first", "RS256")
    site.status = {}
    await keys.find("first", "RS256")
    site.status = {"/keys": 500}
    site.asked.clear()
    clock.now += KEPT_S + 1
    for _ in range(5):
        assert await keys.find("first", "RS256")
    assert len(site.asked) == 1, "nobody waits for it each time"
    clock.now += OLDEST_S
    with pytest.raises(IdentityUnavailable):
        await keys.find("first", "RS256")


async def test_a_key_is_for_its_own_algorithm(keys: SigningKeys) -> None:
    assert await keys.find(None, "RS256")
    for algorithm in ("PS256", "RS512", "ES256", "HS256", "none", "", "EdDSA"):
        with pytest.raises(Unauthorized):
            await keys.find("first", algorithm)
