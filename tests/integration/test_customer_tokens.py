"""Customers whom the company's site has signed in: which tokens are taken, and what they open."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from config.settings import Settings
from core.access import Role
from core.assembly import Desk, assemble
from core.customer_tokens import CustomerTokens
from core.errors import FrontdeskError, Misconfigured, Unauthorized
from core.messages import Address
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.running_desk import RunningDesk, ask, running_desk
from tests.services.openid_provider import Provider, SigningKey, running_provider

pytestmark = pytest.mark.anyio

SECRET = "the-sites-secret-of-the-default-tenant"  # noqa: S105 - of a site that does not exist
ACMES = "the-sites-secret-of-the-tenant-acme-00"
ACME, BISTRO = TenantId("acme"), TenantId("bistro")


def claims(**more: Any) -> dict[str, Any]:
    said = {"sub": "c-17", "aud": "default", "exp": int(time.time()) + 600, **more}
    return {name: value for name, value in said.items() if value is not None}


def signed(secret: str = SECRET, **more: Any) -> str:
    return jwt.encode(claims(**more), secret, "HS256")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningDesk, Provider]]:
    with running_provider() as site:
        settings = Settings(
            data=tmp_path_factory.mktemp("desk"),
            _env_file=None,
            customers={
                "secrets": {"default": SECRET, "acme": ACMES},
                "jwks_urls": {"bistro": f"{site.url}/keys"},
            },
        )
        with running_desk(settings) as desk:
            yield desk, site


@pytest.fixture
def desk(shared: tuple[RunningDesk, Provider]) -> RunningDesk:
    return shared[0]


@pytest.fixture
def site(shared: tuple[RunningDesk, Provider]) -> Provider:
    return shared[1]


def begin(desk: RunningDesk, token: str, tenant: str | None = None, status: int = 201) -> dict[str, Any]:
    with desk.client() as browser:
        begun = browser.post("/v1/conversations", json={"customer_token": token, "tenant": tenant})
    assert begun.status_code == status, begun.text
    assert token[-20:] not in begun.text
    return dict(begun.json())


def refusal(desk: RunningDesk, token: str, tenant: str | None = None, status: int = 401) -> str:
    return str(begin(desk, token, tenant, status)["error"]["message"])


def mine(desk: RunningDesk, token: str, tenant: str = "") -> list[dict[str, Any]]:
    with desk.client(token) as browser:
        return list(
            browser.get("/v1/customers/me/conversations", params={"tenant": tenant}).raise_for_status().json()
        )


def test_a_customer_comes_with_what_the_site_knows(desk: RunningDesk) -> None:
    facts = {"plan": "gold", "orders": 3, "is_student": False}
    token = signed(
        sub="c-1",
        name="Ana Gómez",
        email="ana@example.com",
        phone_number="+1 (202) 555-0143",
        phone_number_verified=True,
        facts=facts,
    )
    begun = begin(desk, token)
    principal = desk.call(desk.desk.access.identify, begun["token"])
    assert principal.role is Role.CUSTOMER
    assert principal.conversation_id == begun["conversation_id"]
    customer = desk.call(desk.desk.customers.of_conversation, DEFAULT_TENANT, begun["conversation_id"])
    assert customer is not None
    assert principal.person == f"customer:{customer.id}"
    assert (customer.name, customer.email, customer.phone) == ("Ana Gómez", "ana@example.com", "+12025550143")
    assert customer.facts == facts
    assert customer.is_phone_verified
    with desk.client(begun["token"]) as browser:
        assert ask(browser, begun["conversation_id"], "hello?")[-1][0] == "answer"


def test_the_site_says_it_anew_each_time_and_what_it_leaves_out_stays(desk: RunningDesk) -> None:
    first = begin(desk, signed(sub="c-2", name="Bo", facts={"plan": "free"}))
    second = begin(desk, signed(sub="c-2", facts={"plan": "gold"}))
    customers = [
        desk.call(desk.desk.customers.of_conversation, DEFAULT_TENANT, one["conversation_id"])
        for one in (first, second)
    ]
    assert customers[0] == customers[1]
    assert customers[0] is not None
    assert (customers[0].name, customers[0].facts) == ("Bo", {"plan": "gold"})


def test_a_customer_sees_their_own_conversations_and_nobody_elses(desk: RunningDesk) -> None:
    older, newer = begin(desk, signed(sub="c-3")), begin(desk, signed(sub="c-3"))
    other = begin(desk, signed(sub="c-4"))
    listed = mine(desk, signed(sub="c-3"))
    assert [one["conversation_id"] for one in listed] == [newer["conversation_id"], older["conversation_id"]]
    assert mine(desk, signed(ACMES, sub="c-3", aud="acme"), "acme") == []
    with desk.client(listed[1]["token"]) as browser:
        assert browser.get(f"/v1/conversations/{older['conversation_id']}").status_code == 200
        for hidden in (newer, other):
            assert browser.get(f"/v1/conversations/{hidden['conversation_id']}").status_code == 404
    with desk.client(older["token"]) as browser:
        assert browser.get("/v1/customers/me/conversations").status_code == 401
    with desk.client() as anyone:
        assert anyone.get("/v1/customers/me/conversations").status_code == 401


def test_another_tenants_customers_and_secrets_are_another_tenants(desk: RunningDesk) -> None:
    begun = begin(desk, signed(ACMES, aud="acme", sub="c-5"), "acme")
    assert desk.call(desk.desk.access.identify, begun["token"]).tenant == "acme"
    assert desk.call(desk.desk.customers.of_conversation, DEFAULT_TENANT, begun["conversation_id"]) is None
    assert "not one that the company signed" in refusal(desk, signed(ACMES))
    assert "not one that the company signed" in refusal(desk, signed(aud="acme"), "acme")
    assert "aud must be" in refusal(desk, signed(aud="acme"))
    assert "aud must be" in refusal(desk, signed(ACMES), "acme")
    assert "no customer tokens" in refusal(desk, signed(aud="nobody"), "nobody")
    assert "group id" in refusal(desk, signed(), "../etc", 404)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"aud": None}, "no aud"),
        ({"aud": "another"}, "aud must be"),
        ({"aud": ["default", "another"]}, "aud must be"),
        ({"exp": None}, "no exp"),
        ({"exp": int(time.time()) - 3600}, "too old"),
        ({"exp": int(time.time()) + 7200}, "lives too long"),
        ({"exp": 1e300}, "lives too long"),
        ({"exp": "soon"}, "not one that the company signed"),
        ({"sub": None}, "no sub"),
        ({"sub": 7}, "not one that the company signed"),
        ({"nbf": int(time.time()) + 3600}, "not one that the company signed"),
    ],
)
def test_a_token_that_is_not_good_is_refused(desk: RunningDesk, wrong: dict[str, Any], words: str) -> None:
    assert words in refusal(desk, signed(**wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sub": ""},
        {"name": 7},
        {"name": "x" * 501},
        {"email": ["a@b.example"]},
        {"facts": "gold"},
        {"facts": {"orders": [1, 2]}},
        {"facts": {"plan": None}},
        {"facts": {"": 1}},
        {"facts": {f"fact {n}": n for n in range(51)}},
        {"facts": {"plan": "x" * 501}},
    ],
)
def test_what_a_token_says_must_have_the_right_shape(desk: RunningDesk, wrong: dict[str, Any]) -> None:
    refusal(desk, signed(**wrong), status=422)


def test_a_number_that_is_none_is_left_out(desk: RunningDesk) -> None:
    begun = begin(desk, signed(sub="c-6", phone_number="ask my secretary"))
    customer = desk.call(desk.desk.customers.of_conversation, DEFAULT_TENANT, begun["conversation_id"])
    assert customer is not None
    assert customer.phone is None


def test_a_token_without_a_signature_is_refused(desk: RunningDesk) -> None:
    for algorithm in ("none", "None", "NONE"):
        head = base64url_encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()).decode()
        body = base64url_encode(json.dumps(claims()).encode()).decode()
        assert "no customer tokens of that kind" in refusal(desk, f"{head}.{body}.")
    assert "not one" in refusal(desk, signed().rpartition(".")[0] + ".")
    assert "no customer tokens of that kind" in refusal(desk, jwt.encode(claims(), SECRET * 2, "HS512"))


def test_published_keys_can_not_be_used_as_a_secret(desk: RunningDesk, site: Provider) -> None:
    key = site.keys[0]
    assert begin(desk, key.sign(claims(aud="bistro")), "bistro")["conversation_id"]
    head = base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": key.key_id}).encode())
    body = base64url_encode(json.dumps(claims(aud="bistro")).encode())
    for secret in (key.public_pem, key.public_pem.strip(), json.dumps(key.published()).encode()):
        signature = base64url_encode(hmac.digest(secret, head + b"." + body, hashlib.sha256))
        assert "of that kind" in refusal(desk, b".".join((head, body, signature)).decode(), "bistro")
    assert "of that kind" in refusal(desk, key.sign(claims()))


def test_keys_that_the_site_does_not_publish_are_nobodys(desk: RunningDesk, site: Provider) -> None:
    stranger = SigningKey("a-strangers")
    assert "does not publish" in refusal(desk, stranger.sign(claims(aud="bistro")), "bistro")
    stranger.key_id = site.keys[0].key_id
    assert "not one that the company signed" in refusal(desk, stranger.sign(claims(aud="bistro")), "bistro")
    in_the_header = jwt.encode(
        claims(aud="bistro"), stranger.private, "RS256", headers={"jwk": stranger.published()}
    )
    refusal(desk, in_the_header, "bistro")


def test_elliptic_keys_are_taken_too(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    class Elliptic(SigningKey):
        def published(self) -> dict[str, Any]:
            return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "e"}

    with running_provider() as site:
        site.keys = [Elliptic("e")]
        settings = Settings(
            data=tmp_path, _env_file=None, customers={"jwks_urls": {"default": f"{site.url}/keys"}}
        )
        with running_desk(settings) as desk:
            assert begin(desk, jwt.encode(claims(), key, "ES256", headers={"kid": "e"}))["token"]
            assert "not publish" in refusal(desk, SigningKey("e").sign(claims())), (
                "the key is for another algorithm"
            )
            site.status = {"/keys": 500}
            assert begin(desk, jwt.encode(claims(), key, "ES256", headers={"kid": "e"}))["token"]


def test_a_site_that_does_not_answer_is_an_outage_and_no_refusal(tmp_path: Path) -> None:
    with running_provider() as site:
        site.status = {"/keys": 500}
        settings = Settings(
            data=tmp_path, _env_file=None, customers={"jwks_urls": {"default": f"{site.url}/keys"}}
        )
        with running_desk(settings) as desk, desk.client() as browser:
            token = site.keys[0].sign(claims())
            answer = browser.post("/v1/conversations", json={"customer_token": token})
            assert answer.status_code == 503
            assert answer.json()["error"]["retryable"]
            site.status = {}
            assert begin(desk, token)["token"]


def test_an_oversized_token_is_not_even_looked_at(desk: RunningDesk) -> None:
    assert "8,192" in refusal(desk, signed(facts={"plan": "x" * 9000}), status=413)
    refusal(desk, "x" * 60_000, status=413)
    refusal(desk, "[" * 8000 + ".x.y")
    assert "not one" in refusal(desk, ".")
    with desk.client() as browser:
        assert browser.post("/v1/conversations", json={"customer_token": ""}).status_code == 401


def test_one_token_speaks_for_one_person(desk: RunningDesk) -> None:
    begun = begin(desk, signed(sub="c-7"))
    with desk.client(begun["token"]) as customer:
        both = customer.post("/v1/conversations", json={"customer_token": signed(sub="c-8")})
        assert both.status_code == 403
    with desk.client(desk.key(Role.STAFF)) as backend:
        begun = backend.post("/v1/conversations", json={"customer_token": signed(sub="c-9")}).json()
    principal = desk.call(desk.desk.access.identify, begun["token"])
    assert principal.role is Role.CUSTOMER, "a service that begins it for a customer does not lend its rights"


async def test_where_it_is_asked_for_a_token_begins_one_conversation(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, _env_file=None, customers={"secrets": {"default": SECRET}, "single_use": True}
    )
    async with assemble(settings) as desk:
        once, other, free = signed(jti="a"), signed(jti="b"), signed()
        for token in (once, other, free, free):
            assert (await desk.customer_tokens.redeem(DEFAULT_TENANT, token)).subject == "c-17"
        with pytest.raises(Unauthorized, match="used before"):
            await desk.customer_tokens.redeem(DEFAULT_TENANT, once)
        assert (await desk.customer_tokens.read(DEFAULT_TENANT, once)).subject == "c-17"


def test_words_of_a_token_stay_out_of_the_logs(desk: RunningDesk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    token = signed(sub="c-10", name="Ottokar", email="ottokar@example.com")
    begin(desk, token)
    refusal(desk, token[:-4] + "AAAA")
    said = "\n".join(str(vars(each)) for each in caplog.records if not each.name.startswith("http"))
    for word in ("Ottokar", "ottokar@", token.split(".")[1]):
        assert word not in said


def test_a_secret_that_is_too_short_ends_the_start() -> None:
    with pytest.raises(Misconfigured, match="needs 32"):
        CustomerTokens({DEFAULT_TENANT: b"short"}, {})


@hypothesis_settings(deadline=None)
@given(
    st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}")
)
async def test_whatever_comes_is_refused_in_words(token: str) -> None:
    tokens = CustomerTokens({DEFAULT_TENANT: SECRET.encode()}, {})
    with pytest.raises(FrontdeskError):
        await tokens.read(DEFAULT_TENANT, token)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@hypothesis_settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("sub aud exp iat nbf iss jti name email phone_number facts".split()), json_values
    )
)
async def test_whatever_a_site_signs_is_taken_or_refused_in_words(more: dict[str, Any]) -> None:
    tokens = CustomerTokens({DEFAULT_TENANT: SECRET.encode()}, {})
    head = base64url_encode(b'{"alg":"HS256"}')
    body = base64url_encode(json.dumps(claims() | more).encode())
    signature = base64url_encode(hmac.digest(SECRET.encode(), head + b"." + body, hashlib.sha256))
    try:
        said = await tokens.read(DEFAULT_TENANT, b".".join((head, body, signature)).decode())
    except FrontdeskError:
        return
    assert said.subject


def test_a_customer_is_forgotten_and_their_words_are_an_unknown_persons(desk: RunningDesk) -> None:
    begun = begin(desk, signed(sub="c-11"))
    customers = desk.desk.customers

    async def forget() -> object:
        known = await customers.of_conversation(DEFAULT_TENANT, begun["conversation_id"])
        assert known is not None
        await customers.forget(ACME, known.id)
        assert await customers.get(DEFAULT_TENANT, known.id) == known
        await customers.forget(DEFAULT_TENANT, known.id)
        return await customers.of_conversation(DEFAULT_TENANT, begun["conversation_id"])

    assert desk.call(forget) is None


def test_a_proved_number_says_who_speaks(desk: RunningDesk) -> None:
    number = "+12025550199"
    verified = begin(desk, signed(sub="c-12", phone_number=number, phone_number_verified=True))
    begin(desk, signed(sub="c-13", phone_number=number))

    async def prove(inside: Desk) -> None:
        start = inside.answerer.conversations.start
        theirs = await inside.customers.of_conversation(DEFAULT_TENANT, verified["conversation_id"])
        call = await start(DEFAULT_TENANT, Address(channel="sms", person=number))
        assert await inside.customers.prove_phone(DEFAULT_TENANT, call.id, number) == theirs
        # A number that nobody verified is nobody's: another may have written it into their account.
        assert await inside.customers.prove_phone(DEFAULT_TENANT, call.id, number) == theirs
        elsewhere = await start(ACME, Address(channel="sms", person=number))
        stranger = await inside.customers.prove_phone(ACME, elsewhere.id, number)
        assert stranger is not None
        assert stranger.subject is None
        with pytest.raises(FrontdeskError, match="no conversation"):
            await inside.customers.prove_phone(ACME, call.id, number)

    desk.call(prove, desk.desk)


def test_a_number_that_was_proved_first_joins_the_customer_who_signs_in_later(desk: RunningDesk) -> None:
    number = "+12025550177"

    async def first(inside: Desk) -> str:
        call = await inside.answerer.conversations.start(DEFAULT_TENANT, Address(channel="sms"))
        assert await inside.customers.prove_phone(DEFAULT_TENANT, call.id, number)
        return call.id

    called = desk.call(first, desk.desk)
    begin(desk, signed(sub="c-14", phone_number=number))
    assert called not in [one["conversation_id"] for one in mine(desk, signed(sub="c-14"))]
    begin(desk, signed(sub="c-14", phone_number=number, phone_number_verified=True))
    assert called in [one["conversation_id"] for one in mine(desk, signed(sub="c-14"))]
