"""The staff's page over a real socket: who may open what, and under which name they speak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from channels.callers import COOKIE
from channels.staff_desk import StaffDesk
from config.settings import Settings
from core.access import Access, Role
from core.errors import NotNow, Refused, Unauthorized
from core.tenants import DEFAULT_TENANT, TenantId
from core.tickets import TicketId
from tests.fakes.running_desk import RunningDesk, running_desk
from tests.services.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider

OTHER = TenantId("other")
INSIDE = ("config", "theme.css", "gradio_api/info", "gradio_api/queue/data")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, RunningDesk]]:
    with running_provider() as provider:
        settings = Settings(
            data=tmp_path_factory.mktemp("desk"),
            _env_file=None,
            oidc={
                "issuer": provider.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                "admins": "bosses", "staff": "support", "timeout_seconds": 20,
            },
        )  # fmt: skip
        with running_desk(settings, pages=True) as desk:
            yield provider, desk


@pytest.fixture
def served(shared: tuple[Provider, RunningDesk]) -> RunningDesk:
    return shared[1]


@pytest.fixture
def provider(shared: tuple[Provider, RunningDesk]) -> Provider:
    return shared[0]


def link(served: RunningDesk, role: Role, name: str = "", tenant: TenantId = DEFAULT_TENANT) -> str:
    return served.call(Access.issue_link, served.desk.access, tenant, role, name)


KEYS = {
    "ben": (Role.STAFF, "Ben", DEFAULT_TENANT),
    "boss": (Role.ADMIN, "Boss", DEFAULT_TENANT),
    "ben of another tenant": (Role.STAFF, "Ben", OTHER),
    "boss of another tenant": (Role.ADMIN, "Boss", OTHER),
}


def proof_of(served: RunningDesk, who: str) -> str:
    """The token that somebody shows; empty for nobody."""
    if who in KEYS:
        return served.key(*KEYS[who])
    if who in {"customer", "ben in a conversation"}:
        with served.client("" if who == "customer" else proof_of(served, "ben")) as client:
            return str(client.post("/v1/conversations").raise_for_status().json()["token"])
    return "x.y.z" if who == "forged" else ""


def shown(client: httpx.Client, path: str) -> tuple[int, str]:
    sent = client.get(path)
    return sent.status_code, sent.headers.get("location", "")


@pytest.mark.parametrize(
    "who",
    ["nobody", "forged", "customer", "ben in a conversation", "ben of another tenant",
     "boss of another tenant"],
)  # fmt: skip
@pytest.mark.parametrize("by", ["bearer", "cookie"])
def test_nobody_else_opens_the_pages_or_calls_what_is_behind_them(
    served: RunningDesk, who: str, by: str
) -> None:
    proof = proof_of(served, who)
    cookies = {COOKIE: proof} if proof and by == "cookie" else {}
    with served.client(proof if by == "bearer" else "", cookies=cookies) as client:
        for page in ("/staff", "/admin"):
            assert shown(client, page) == (303, "/sign-in")
            assert shown(client, f"{page}/") == (303, "/sign-in")
            for path in INSIDE:
                assert shown(client, f"{page}/{path}")[0] == 401, path
            call = {"data": ["x"], "fn_index": 0, "session_hash": "s"}
            same = {"Origin": served.url}
            for path in ("run/predict", "queue/join", "upload"):
                sent = client.post(f"{page}/gradio_api/{path}", json=call, headers=same)
                assert sent.status_code == 401, path


def test_staff_open_their_page_and_are_led_there_from_the_admins(served: RunningDesk) -> None:
    with served.client(proof_of(served, "ben"), follow_redirects=False) as ben:
        assert shown(ben, "/staff") == (303, "/staff/")
        page = ben.get("/staff/").raise_for_status()
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert ben.get("/staff/config").status_code == 200
        for path in ("/admin", "/admin/"):
            led = ben.get(path, headers={"Accept-Language": "de"})
            assert led.status_code == 200
            assert '<html lang="de">' in led.text
            assert "Diese Seite ist für die Verwaltung" in led.text
            assert '<a href="/staff">' in led.text
        for path in INSIDE:
            assert ben.get(f"/admin/{path}").status_code == 401, path
        assert ben.get("/v1/faq").status_code == 403


def test_the_staffs_page_has_nothing_of_the_admins(served: RunningDesk) -> None:
    with served.client(proof_of(served, "ben")) as ben:
        config = ben.get("/staff/config").json()
    tabs = [one["props"]["id"] for one in config["components"] if one["type"] == "tabitem"]
    assert tabs == ["tickets", "calls", "review"]
    named = {one["props"].get("elem_id") for one in config["components"]}
    assert not {"fd-drop", "fd-table", "fd-query"} & named
    assert {each for each in vars(StaffDesk(served.app.state.door)) if not each.startswith("_")} == {
        "name", "tickets", "phone", "review",
    }  # fmt: skip


def test_admins_have_both_pages(served: RunningDesk) -> None:
    with served.client(proof_of(served, "boss")) as boss:
        assert shown(boss, "/staff") == (303, "/staff/")
        assert shown(boss, "/admin") == (303, "/admin/")
        config = boss.get("/admin/config").json()
    tabs = {one["props"].get("id") for one in config["components"] if one["type"] == "tabitem"}
    assert {"documents", "tickets", "review"} <= tabs


@pytest.mark.parametrize(("role", "home"), [(Role.STAFF, "/staff"), (Role.ADMIN, "/admin")])
def test_a_link_leads_to_the_page_of_its_role_and_leaves_others_links_alone(
    served: RunningDesk, role: Role, home: str
) -> None:
    ana, ben = link(served, role, "Ana"), link(served, role, "Ben")
    newer = link(served, role, "Ana")
    with served.client() as browser:
        assert browser.post("/sign-in", data={"token": ana}).status_code == 401
        assert browser.post("/sign-in", data={"token": ben}).headers["location"] == home
        assert browser.post("/sign-in", data={"token": newer}).headers["location"] == home
        principal = served.call(served.desk.access.identify, browser.cookies[COOKIE])
    assert (principal.role, principal.person, principal.known_as) == (role, "link:Ana", "Ana")


def test_a_link_takes_no_address_for_a_name(served: RunningDesk) -> None:
    with pytest.raises(Refused, match="first name"):
        link(served, Role.STAFF, "ana@acme.example")


def waiting(served: RunningDesk) -> tuple[TicketId, str, httpx.Client]:
    """A ticket that waits, its conversation, and its customer."""
    token = proof_of(served, "customer")
    conversation = str(served.call(served.desk.access.identify, token).conversation_id)
    with served.client(token) as client:
        made = client.post(f"/v1/conversations/{conversation}/escalate").raise_for_status().json()
    return TicketId(made["ticket_id"]), conversation, served.client(token)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ana Kovač", "email": "ana@acme.example"}, "Ana Kovač"),
        ({"name": "ana@acme.example", "preferred_username": "ana@acme.example"}, ""),
        ({}, ""),
    ],
)
def test_the_companys_account_leads_to_the_page_and_customers_read_its_name_and_no_address(
    served: RunningDesk, provider: Provider, claims: dict[str, Any], name: str
) -> None:
    provider.claims = {"groups": ["support"], **claims}
    ticket, conversation, customer = waiting(served)
    with served.client() as browser, customer:
        agreed = httpx.get(browser.get("/sign-in/company").headers["location"])
        assert browser.get(agreed.headers["location"]).headers["location"] == "/staff"
        assert browser.get("/staff/").status_code == 200
        headers = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        desk = StaffDesk(served.app.state.door)
        assert served.call(desk.known_as, headers) == name
        served.call(desk.tickets.take, headers, ticket)
        served.call(desk.tickets.reply, headers, ticket, "Hello.", "1")
        taken = served.call(desk.tickets.ticket, ticket).ticket
        assert (taken.taken_by, taken.taken_name, taken.holder) == ("oidc:anna", name or None, name)
        history = customer.get(f"/v1/conversations/{conversation}")
        assert history.json()["staff_messages"][0]["name"] == name
        assert "@" not in history.text
        served.call(desk.tickets.close, headers, ticket)


@pytest.mark.parametrize(
    "who", ["nobody", "forged", "customer", "ben in a conversation", "ben of another tenant"]
)
def test_each_click_is_checked_once_more_behind_the_page(served: RunningDesk, who: str) -> None:
    ticket, _, customer = waiting(served)
    desk = StaffDesk(served.app.state.door)
    headers = {"cookie": f"{COOKIE}={proof_of(served, who)}"}
    with customer:
        for step, *given in (
            (desk.tickets.take, ticket),
            (desk.tickets.reply, ticket, "Hello.", "1"),
            (desk.tickets.note, ticket, "Hello.", "1"),
            (desk.tickets.close, ticket),
            (desk.tickets.approve, "a"),
            (desk.known_as,),
        ):
            with pytest.raises(Unauthorized):
                served.call(step, headers, *given)
    assert served.call(desk.tickets.ticket, ticket).ticket.status == "waiting"


def test_staff_can_not_close_what_a_colleague_has_and_admins_can(served: RunningDesk) -> None:
    ticket, _, customer = waiting(served)
    desk = StaffDesk(served.app.state.door)
    ann, bea, boss = (
        {"authorization": f"Bearer {served.key(role, name)}"}
        for role, name in ((Role.STAFF, "Ann"), (Role.STAFF, "Bea"), (Role.ADMIN, "Boss"))
    )
    with customer:
        served.call(desk.tickets.take, ann, ticket)
        with pytest.raises(NotNow, match="has it"):
            served.call(desk.tickets.close, bea, ticket)
        served.call(desk.tickets.close, boss, ticket)
