"""Staff and admins through a real OpenID provider: who gets in, as what, and everybody who does not."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from jwt.utils import base64url_encode

from config.settings import Settings
from core.access import Role
from core.assembly.identity import staff_sign_in_for
from core.errors import IdentityUnavailable, Misconfigured
from core.openid import OpenIdClient, OpenIdProvider, Return
from core.tenants import STAFF
from tests.fakes.running_desk import RunningDesk, running_desk
from tests.services.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, SigningKey, running_provider

ADMIN = {"groups": ["everyone", "desk-admins"]}
OIDC = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "admins": "desk-admins, owners",
    "staff": "support",
    "timeout_seconds": 20,
}


def settings_for(data: Path, provider: Provider, **oidc: Any) -> Settings:
    return Settings(data=data, _env_file=None, oidc={"issuer": provider.url, **OIDC, **oidc})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, RunningDesk]]:
    with (
        running_provider() as provider,
        running_desk(settings_for(tmp_path_factory.mktemp("desk"), provider)) as desk,
    ):
        yield provider, desk


@pytest.fixture
def provider(shared: tuple[Provider, RunningDesk]) -> Iterator[Provider]:
    provider, _ = shared
    keys = provider.keys
    yield provider
    kept = Provider(url=provider.url, keys=keys)
    vars(provider).update(vars(kept))


@pytest.fixture
def desk(shared: tuple[Provider, RunningDesk]) -> RunningDesk:
    return shared[1]


def signed_in(browser: httpx.Client, path: str = "/sign-in/company") -> httpx.Response:
    """What a browser ends up with: out to the provider and back, as far as the desk's own answer."""
    left = browser.get(path)
    assert left.status_code == 303, left.text
    agreed = httpx.get(left.headers["location"])
    return browser.get(agreed.headers["location"])


def refused(browser: httpx.Client, words: str, status: int = 401) -> None:
    page = signed_in(browser)
    assert page.status_code == status, page.text
    assert words in page.text
    assert "<b>" not in page.text
    assert "frontdesk_session" not in browser.cookies
    assert "frontdesk_sign_in" not in browser.cookies


def test_an_admin_comes_in_by_the_companys_account(provider: Provider, desk: RunningDesk) -> None:
    provider.claims = ADMIN
    with desk.client() as browser:
        assert (
            '<a href="/sign-in/company">Sign in with your company account</a>' in browser.get("/sign-in").text
        )
        back = signed_in(browser)
        assert back.status_code == 303
        assert back.headers["location"] == "/admin"
        cookie = next(
            one for one in back.headers.get_list("set-cookie") if one.startswith("frontdesk_session=")
        )
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert browser.get("/v1/documents").status_code == 200
        principal = desk.call(desk.desk.access.identify, browser.cookies["frontdesk_session"])
        assert (principal.role, principal.person, principal.tenant) == (Role.ADMIN, "oidc:anna", "default")


def test_what_is_asked_for_has_pkce_state_and_nonce_and_says_nothing_else(
    provider: Provider, desk: RunningDesk
) -> None:
    with desk.client() as browser:
        first, second = (
            parse_qs(urlsplit(browser.get("/sign-in/company").headers["location"]).query) for _ in range(2)
        )
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["scope"] == ["openid profile email"]
    assert first["redirect_uri"] == [f"{desk.url}/sign-in/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert first.keys() <= set(
        "response_type client_id redirect_uri scope state nonce code_challenge code_challenge_method".split()
    )


def test_a_staff_member_is_no_admin_and_reads_what_is_for_staff(
    provider: Provider, desk: RunningDesk
) -> None:
    provider.claims = {"groups": "support"}
    desk.publish("The discount code of the staff is written on the blue board.", "board.txt", STAFF)
    own = {"Origin": desk.url}
    with desk.client() as browser, desk.client() as anyone:
        assert signed_in(browser).headers["location"] == "/staff"
        found = browser.post("/v1/search", json={"query": "discount code blue board"}, headers=own).json()
        assert "blue board" in found["passages"][0]["text"]
        begun = browser.post("/v1/conversations", headers=own).json()
        principal = desk.call(desk.desk.access.identify, begun["token"])
        assert STAFF in principal.audiences
        assert principal.role is Role.STAFF
        file = {"files": ("a.txt", b"anything at all")}
        refusal = browser.post("/v1/documents", files=file, data={"audience": "public"}, headers=own)
        assert refusal.status_code in {401, 403}
        assert anyone.post("/v1/search", json={"query": "discount code"}).status_code == 401


def test_roles_may_lie_inside_an_object_or_in_the_userinfo(
    provider: Provider, tmp_path: Path, desk: RunningDesk
) -> None:
    provider.userinfo = ADMIN
    with desk.client() as browser:
        assert signed_in(browser).headers["location"] == "/admin"
        provider.userinfo = {**ADMIN, "sub": "somebody-else"}
    with desk.client() as browser:
        refused(browser, "somebody else")
    provider.claims, provider.userinfo = {"realm_access": {"roles": ["owners"]}}, {}
    with (
        running_desk(settings_for(tmp_path, provider, roles_claim="realm_access.roles")) as other,
        other.client() as browser,
    ):
        assert signed_in(browser).headers["location"] == "/admin"


def test_an_account_without_a_role_stays_out(provider: Provider, desk: RunningDesk) -> None:
    provider.claims = {"groups": ["everyone"]}
    with desk.client() as browser:
        refused(browser, "not one of this desk&#x27;s staff")
    provider.claims = {"groups": {"desk-admins": True}}
    with desk.client() as browser:
        refused(browser, "not one of this desk&#x27;s staff")


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "of-another-sign-in"}, "for another sign-in"),
        ({"nonce": None}, "for another sign-in"),
        ({"aud": "another-program"}, "for another program"),
        ({"aud": ["frontdesk", "another-program"]}, "not as it must be"),
        ({"aud": ["frontdesk", "another-program"], "azp": "another-program"}, "not as it must be"),
        ({"iss": "https://evil.example"}, "another provider"),
        ({"exp": int(time.time()) - 120}, "too old"),
        ({"exp": None}, "not as it must be"),
        ({"iat": int(time.time()) + 3600}, "not as it must be"),
        ({"sub": ""}, "does not say who you are"),
        ({"sub": "x" * 300}, "does not say who you are"),
        ({"at_hash": "bm90LWl0cy1oYXNo"}, "not as it must be"),
    ],
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    provider: Provider, desk: RunningDesk, claims: dict[str, Any], words: str
) -> None:
    provider.claims = ADMIN | claims
    with desk.client() as browser:
        refused(browser, words)


def test_a_clock_that_is_a_little_off_is_forgiven(provider: Provider, desk: RunningDesk) -> None:
    provider.claims = ADMIN | {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}
    with desk.client() as browser:
        assert signed_in(browser).status_code == 303


def unsigned(claims: dict[str, Any], _: SigningKey) -> str:
    return jwt.encode(claims, None, "none")


def signed_with_the_public_key(claims: dict[str, Any], key: SigningKey) -> str:
    """HS256 with the published key as its secret, which the library itself would not write."""
    head = base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.key_id}).encode())
    body = base64url_encode(json.dumps(claims).encode())
    signature = hmac.digest(key.public_pem, head + b"." + body, hashlib.sha256)
    return (head + b"." + body + b"." + base64url_encode(signature)).decode()


def signed_with_the_clients_secret(claims: dict[str, Any], _: SigningKey) -> str:
    return jwt.encode(claims, CLIENT_SECRET, "HS256")


def signed_by_a_stranger(claims: dict[str, Any], key: SigningKey) -> str:
    return SigningKey(key.key_id).sign(claims)


def no_token_at_all(claims: dict[str, Any], _: SigningKey) -> str:
    return "a.b.c"


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (unsigned, "not a public key"),
        (signed_with_the_public_key, "not a public key"),
        (signed_with_the_clients_secret, "not a public key"),
        (signed_by_a_stranger, "signature is not right"),
        (no_token_at_all, "not as it must be"),
    ],
)
def test_a_forged_id_token_is_refused(
    provider: Provider, desk: RunningDesk, forge: Callable[[dict[str, Any], SigningKey], str], words: str
) -> None:
    moment = int(time.time())
    with desk.client() as browser:
        left = browser.get("/sign-in/company").headers["location"]
        claims = {
            "iss": provider.url,
            "sub": "anna",
            "aud": CLIENT_ID,
            "iat": moment,
            "exp": moment + 300,
            "nonce": parse_qs(urlsplit(left).query)["nonce"][0],
            **ADMIN,
        }
        provider.id_token = forge(claims, provider.keys[0])
        page = browser.get(httpx.get(left).headers["location"])
        assert page.status_code == 401
        assert words in page.text


def test_a_rotated_key_is_found_by_looking_once_more(provider: Provider, tmp_path: Path) -> None:
    provider.claims = ADMIN
    with running_desk(settings_for(tmp_path, provider)) as fresh:
        with fresh.client() as browser:
            assert signed_in(browser).status_code == 303
        provider.rotate("second")
        provider.asked.clear()
        for _ in range(3):
            with fresh.client() as browser:
                assert signed_in(browser).status_code == 303
        assert provider.asked.count("/keys") == 1
        provider.signs_with = SigningKey("never-published")
        provider.asked.clear()
        for _ in range(3):
            with fresh.client() as browser:
                refused(browser, "does not publish")
        assert provider.asked.count("/keys") == 0, (
            "an unknown key makes the desk look again now and then only"
        )


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_weak_key_is_no_key(provider: Provider, tmp_path: Path) -> None:
    provider.claims, provider.keys = ADMIN, [SigningKey("weak", bits=1024)]
    with running_desk(settings_for(tmp_path, provider)) as fresh, fresh.client() as browser:
        refused(browser, "does not publish")


def test_a_provider_that_is_down_or_broken_is_said_in_plain_words(provider: Provider, tmp_path: Path) -> None:
    provider.claims = ADMIN
    with running_desk(settings_for(tmp_path, provider)) as fresh, fresh.client() as browser:
        provider.status = {"/.well-known/openid-configuration": 500}
        page = browser.get("/sign-in/company")
        assert page.status_code == 503
        assert "answered with status 500" in page.text
        provider.status = {}
        provider.header = {"issuer": "https://evil.example"}
        assert "FRONTDESK_OIDC__ISSUER" in browser.get("/sign-in/company").text
        provider.header = {"token_endpoint": "http://elsewhere.example/token"}
        assert "https://" in browser.get("/sign-in/company").text
        provider.header = {"issuer": "x" * 600_000}
        assert "524,288 bytes" in browser.get("/sign-in/company").text
        provider.header = {}
        provider.status = {"/keys": 503}
        refused(browser, "status 503", 503)
        provider.status = {"/token": 500}
        refused(browser, "did not answer", 503)
        provider.status = {"/token": 400}
        refused(browser, "gave no token", 503)
        provider.status = {}
        assert signed_in(browser).status_code == 303


@pytest.mark.anyio
@pytest.mark.parametrize("secret", ["", "wrong"])
async def test_a_desk_that_the_provider_does_not_know_is_told_what_to_set(
    provider: Provider, secret: str
) -> None:
    desk = OpenIdProvider(OpenIdClient(issuer=provider.url, client_id=CLIENT_ID, client_secret=secret))
    left = await desk.depart("http://127.0.0.1/back")
    async with httpx.AsyncClient() as browser:
        agreed = await browser.get(left.url)
    code = parse_qs(urlsplit(agreed.headers["location"]).query)["code"][0]
    back = Return(code=code, nonce=left.nonce, verifier=left.verifier, redirect_uri="http://127.0.0.1/back")
    with pytest.raises(IdentityUnavailable, match="CLIENT_SECRET"):
        await desk.arrive(back, wanted="groups")
    for hidden in (left.nonce, left.verifier, left.state):
        assert hidden not in repr((left, back))


def test_a_slow_provider_holds_nobody_up(provider: Provider, tmp_path: Path) -> None:
    with (
        running_desk(settings_for(tmp_path, provider, timeout_seconds=0.2)) as fresh,
        fresh.client() as browser,
    ):
        provider.delay_s = 3.0
        page = browser.get("/sign-in/company")
        assert page.status_code == 503
        assert "did not answer" in page.text
        assert browser.get("/sign-in").status_code == 200


def test_a_sign_in_that_was_not_begun_here_or_is_tampered_with_is_refused(
    provider: Provider, desk: RunningDesk
) -> None:
    provider.claims = ADMIN
    with desk.client() as browser, desk.client() as victim:
        left = browser.get("/sign-in/company").headers["location"]
        back = httpx.get(left).headers["location"]
        assert victim.get(back).status_code == 401, "another browser: signing somebody in as the attacker"
        assert browser.get(back.replace("state=", "state=x")).status_code == 401
        assert browser.get(back).status_code == 401, "the attempt used the cookie up"
        left = browser.get("/sign-in/company").headers["location"]
        kept = browser.cookies["frontdesk_sign_in"]
        back = httpx.get(left).headers["location"]
        assert browser.get(back).status_code == 303
        replayed = httpx.get(back, cookies={"frontdesk_sign_in": kept})
        assert replayed.status_code == 401, "the code is used up"
        assert "does not take the code" in replayed.text
        session = browser.cookies["frontdesk_session"]
        assert httpx.get(back, cookies={"frontdesk_sign_in": session}).status_code == 401
        as_session = {"frontdesk_session": kept}
        assert httpx.get(f"{desk.url}/v1/documents", cookies=as_session).status_code == 401


def test_another_providers_answer_is_not_taken(provider: Provider, desk: RunningDesk) -> None:
    with desk.client() as browser:
        back = httpx.get(browser.get("/sign-in/company").headers["location"]).headers["location"]
        page = browser.get(f"{back.partition('&iss=')[0]}&iss=https://evil.example")
        assert page.status_code == 401
        assert "another provider" in page.text


@pytest.mark.parametrize(
    ("error", "words"), [("access_denied", "cancelled"), ("<b>x</b>", "without a result")]
)
def test_the_providers_refusal_is_a_page_without_its_words(
    provider: Provider, desk: RunningDesk, error: str, words: str
) -> None:
    provider.refuses = error
    with desk.client() as browser:
        refused(browser, words)


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("/admin/?tab=2", "/admin/?tab=2"),
        ("https://evil.example", "/admin"),
        ("//evil.example", "/admin"),
        ("/\\evil.example", "/admin"),
        ("/\t/evil.example", "/admin"),
        ("javascript:alert(1)", "/admin"),
        ("/admin\r\nSet-Cookie: a=b", "/admin"),
        ("admin", "/admin"),
    ],
)
def test_afterwards_the_browser_stays_on_this_desk(
    provider: Provider, desk: RunningDesk, wanted: str, taken: str
) -> None:
    provider.claims = ADMIN
    with desk.client() as browser:
        path = str(httpx.URL("/sign-in/company", params={"next": wanted}))
        assert signed_in(browser, path).headers["location"] == taken


def test_no_secret_of_a_sign_in_gets_into_a_log_or_a_page(
    provider: Provider, desk: RunningDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    provider.claims = ADMIN
    with desk.client() as browser:
        left = browser.get("/sign-in/company")
        back = httpx.get(left.headers["location"]).headers["location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        done = browser.get(back)
        assert done.headers["location"] == "/admin"
        assert browser.get(back).status_code == 401
    # The browser of this test writes logs too; requests are logged by no desk (`channels/serving.py`).
    others = {"httpx", "httpcore", "uvicorn"}
    said = "\n".join(
        str(vars(record)) for record in caplog.records if record.name.partition(".")[0] not in others
    )
    assert "signed_in" in said
    for secret in (code, CLIENT_SECRET, "eyJ", "anna"):
        assert secret not in said


def test_signing_out_ends_the_providers_session_too(provider: Provider, desk: RunningDesk) -> None:
    provider.claims = ADMIN
    with desk.client() as browser:
        browser.headers["Origin"] = desk.url
        signed_in(browser)
        out = browser.post("/sign-out")
        assert out.status_code == 303
        where = urlsplit(out.headers["location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == f"{provider.url}/logout"
        assert parse_qs(where.query) == {
            "client_id": [CLIENT_ID],
            "post_logout_redirect_uri": [f"{desk.url}/"],
        }
        assert browser.get("/v1/documents").status_code == 401
        token = desk.call(desk.desk.access.issue_link)
        assert browser.post("/sign-in", data={"token": token}).status_code == 303
        assert browser.post("/sign-out").headers["location"] == "/"


def test_only_verified_addresses_of_the_companys_domains_come_in(provider: Provider, tmp_path: Path) -> None:
    rules = {
        "email_domains": "acme.example",
        "staff": "*",
        "admins": "boss@acme.example",
        "roles_claim": "email",
    }
    verified = {"email": "Anna@ACME.example", "email_verified": True}
    with running_desk(settings_for(tmp_path, provider, **rules)) as fresh:
        for claims, words in (
            ({"email": "anna@acme.example"}, "no verified"),
            ({"email": "anna@acme.example", "email_verified": "true"}, "no verified"),
            ({"email": "boss@acme.example", "email_verified": False}, "no verified"),
            ({"email": "anna@acme.example.evil", "email_verified": True}, "domain"),
            ({"email": "anna@evil.example@", "email_verified": True}, "domain"),
        ):
            provider.claims = claims
            with fresh.client() as browser:
                refused(browser, words)
        provider.claims = verified
        with fresh.client() as browser:
            assert signed_in(browser).headers["location"] == "/staff"
        provider.claims = verified | {"email": "boss@acme.example"}
        with fresh.client() as browser:
            assert signed_in(browser).headers["location"] == "/admin"


def test_the_group_id_may_come_from_the_provider(provider: Provider, tmp_path: Path) -> None:
    with running_desk(settings_for(tmp_path, provider, tenant_claim="org")) as fresh:
        for org in (None, "", "Not An Id", ["acme", "bistro"], 7, "../etc"):
            provider.claims = ADMIN | {"org": org}
            with fresh.client() as browser:
                refused(browser, "group id")
        provider.claims = ADMIN | {"org": "acme"}
        with fresh.client() as browser:
            signed_in(browser)
            principal = fresh.call(fresh.desk.access.identify, browser.cookies["frontdesk_session"])
            assert principal.tenant == "acme"


def test_a_desk_without_a_provider_says_so(tmp_path: Path) -> None:
    with running_desk(Settings(data=tmp_path, _env_file=None)) as plain, plain.client() as browser:
        assert "/sign-in/company" not in browser.get("/sign-in").text
        assert browser.get("/sign-in/company").status_code == 404
        assert browser.get("/sign-in/callback", params={"code": "x", "state": "y"}).status_code == 404


@pytest.mark.parametrize(
    ("oidc", "words"),
    [
        ({"issuer": "http://id.example"}, "https://"),
        ({"client_id": ""}, "CLIENT_ID"),
        ({"admins": "", "staff": ""}, "nobody could sign in"),
    ],
)
def test_settings_that_let_nobody_in_or_are_not_safe_end_the_start(oidc: dict[str, str], words: str) -> None:
    settings = Settings(_env_file=None, oidc={"issuer": "https://id.example", **OIDC, **oidc})
    with pytest.raises(Misconfigured, match=words):
        staff_sign_in_for(settings)
