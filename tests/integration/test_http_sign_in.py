"""The admin's way in: a link that works once, a button, a cookie that other sites can't use."""

from collections.abc import Iterator

import pytest

from config.settings import Settings
from core.tenants import DEFAULT_TENANT
from tests.fakes.running_desk import RunningDesk, running_desk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with running_desk(Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)) as running:
        yield running


def link(served: RunningDesk) -> str:
    return served.call(served.desk.access.issue_link, DEFAULT_TENANT)


def test_looking_at_the_link_does_not_use_it_up(served: RunningDesk) -> None:
    token = link(served)
    with served.client() as browser:
        for _ in range(3):
            page = browser.get("/sign-in", params={"token": token})
            assert page.status_code == 200
            assert '<form method="post" action="/sign-in">' in page.text
            assert page.headers["referrer-policy"] == "no-referrer"
            assert not browser.cookies
        signed_in = browser.post("/sign-in", data={"token": token})
        assert signed_in.status_code == 303
        assert signed_in.headers["location"] == "/admin"
        cookie = signed_in.headers["set-cookie"]
        assert cookie.startswith("frontdesk_session=")
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        assert browser.get("/v1/documents").status_code == 200


def test_a_link_signs_in_once_and_a_newer_one_replaces_it(served: RunningDesk) -> None:
    first, second = link(served), link(served)
    with served.client() as browser:
        assert browser.post("/sign-in", data={"token": first}).status_code == 401
        assert browser.post("/sign-in", data={"token": second}).status_code == 303
        assert browser.post("/sign-in", data={"token": second}).status_code == 401
        assert browser.post("/sign-in").status_code == 401
        assert "frontdesk sign-in" in browser.get("/sign-in").text


def test_a_token_in_the_address_is_escaped(served: RunningDesk) -> None:
    with served.client() as browser:
        page = browser.get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script" not in page.text


def test_another_sites_page_can_not_use_the_cookie(served: RunningDesk) -> None:
    with served.client() as browser:
        browser.post("/sign-in", data={"token": link(served)})
        own = {"Origin": served.url}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "null"},
            {},
        ):
            refused = browser.post("/v1/search", json={"query": "x"}, headers=headers)
            assert refused.status_code == 401, headers
            assert browser.post("/v1/conversations", headers=headers).status_code == 401
        assert browser.post("/v1/search", json={"query": "x"}, headers=own).status_code == 200
        same = {"Sec-Fetch-Site": "same-origin"}
        assert browser.post("/v1/search", json={"query": "x"}, headers=same).status_code == 200


def test_signing_out_forgets_the_session(served: RunningDesk) -> None:
    with served.client() as browser:
        browser.post("/sign-in", data={"token": link(served)})
        assert browser.get("/v1/documents").status_code == 200
        assert browser.post("/sign-out").status_code == 303
        assert browser.get("/v1/documents").status_code == 401


def test_a_session_that_is_none_is_no_session(served: RunningDesk) -> None:
    with served.client(cookies={"frontdesk_session": "x.y.z"}) as browser:
        assert browser.get("/v1/documents").status_code == 401
        assert browser.post("/v1/conversations").status_code == 201


def test_over_tls_the_cookie_never_travels_in_the_clear(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(
        data=tmp_path_factory.mktemp("desk"), _env_file=None, web={"public_url": "https://desk.example"}
    )
    with running_desk(settings) as running, running.client() as browser:
        assert "Secure" in browser.post("/sign-in", data={"token": link(running)}).headers["set-cookie"]
