"""What other sites may do with the desk from a browser: those that are named, and everybody else."""

import re
from collections.abc import Iterator

import httpx
import pytest

from channels.embedding import embed_origins
from config.settings import Settings
from core.errors import Misconfigured
from tests.fakes.running_desk import RunningDesk, running_desk

SHOP, STRANGER = "https://www.acme.example", "https://www.evil.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(
        data=tmp_path_factory.mktemp("desk"), _env_file=None, web={"embed_origins": f" {SHOP}/ ,"}
    )
    with running_desk(settings, pages=True) as running:
        yield running


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with running_desk(
        Settings(data=tmp_path_factory.mktemp("closed"), _env_file=None), pages=True
    ) as running:
        yield running


def page_of(desk: RunningDesk, origin: str) -> httpx.Client:
    """What a page of that origin asks the desk with."""
    client = desk.client()
    client.headers["Origin"] = origin
    return client


def allowed(response: httpx.Response) -> str | None:
    assert "access-control-allow-credentials" not in response.headers
    return response.headers.get("access-control-allow-origin")


def preflight(client: httpx.Client, path: str, origin: str) -> httpx.Response:
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(path, headers=asks)


def ancestors(response: httpx.Response) -> str:
    found = re.search(r"frame-ancestors ([^;]*)", response.headers["content-security-policy"])
    assert found is not None
    return found[1]


def test_a_site_that_is_named_calls_the_api_with_a_token_and_never_with_a_cookie(served: RunningDesk) -> None:
    with page_of(served, SHOP) as shop:
        assert allowed(preflight(shop, "/v1/conversations", SHOP)) == SHOP
        begun = shop.post("/v1/conversations")
        assert (begun.status_code, allowed(begun)) == (201, SHOP)
        refused = shop.get("/v1/conversations/none")
        assert (refused.status_code, allowed(refused)) == (401, SHOP)


@pytest.mark.parametrize("path", ["/v1/conversations", "/", "/gradio_api/info", "/sign-in", "/admin/config"])
def test_any_other_site_may_read_nothing(served: RunningDesk, closed: RunningDesk, path: str) -> None:
    for desk, origin in ((served, STRANGER), (closed, SHOP), (closed, STRANGER), (served, "null")):
        with page_of(desk, origin) as client:
            assert allowed(client.get(path)) is None
            assert allowed(preflight(client, path, origin)) is None


@pytest.mark.parametrize("path", ["/", "/gradio_api/info", "/sign-in", "/metrics"])
def test_a_site_that_is_named_reads_nothing_beside_the_api(served: RunningDesk, path: str) -> None:
    with page_of(served, SHOP) as shop:
        assert allowed(shop.get(path)) is None
        assert allowed(preflight(shop, path, SHOP)) is None


def test_only_named_sites_may_show_the_page_and_none_the_admins(
    served: RunningDesk, closed: RunningDesk
) -> None:
    with served.client() as shop, closed.client() as anyone:
        assert ancestors(shop.get("/")) == f"'self' {SHOP}"
        assert ancestors(anyone.get("/")) == "'self'"
        assert ancestors(shop.get("/sign-in")) == "'self'"
        policy = shop.get("/").headers["content-security-policy"]
        assert "default-src 'self';" in policy
        assert "http:" not in policy.replace(SHOP, "")


def test_the_button_is_there_where_a_site_is_named_and_loads_nothing(
    served: RunningDesk, closed: RunningDesk
) -> None:
    with served.client() as shop, closed.client() as anyone:
        script = shop.get("/widget.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "Mit uns schreiben" in script.text
        assert "__WORDS__" not in script.text
        assert re.findall(r"https?://[^\s`'\"]+", script.text) == []
        assert anyone.get("/widget.js").status_code == 404


def test_the_description_of_the_api_loads_nothing_and_names_every_route(closed: RunningDesk) -> None:
    with closed.client() as anyone:
        docs = anyone.get("/docs")
        described = anyone.get("/openapi.json").json()
    assert "default-src 'none'" in docs.headers["content-security-policy"]
    assert not re.search(r"<script|src=|<link|https?://", docs.text)
    for path, verbs in described["paths"].items():
        for verb in verbs:
            assert f"<code>{verb.upper()} {path}</code>" in docs.text
    names = set(re.findall(r'href="#(\w+)"', docs.text))
    assert "MessageIn" in names
    assert names <= set(re.findall(r'<section id="(\w+)"', docs.text))


@pytest.mark.parametrize(
    "named",
    [
        "www.acme.example",
        "http://www.acme.example",
        "https://*.acme.example",
        "https://www.acme.example/help",
        "https://a@www.acme.example",
        "*",
        "null",
        "https://a.example 'unsafe-inline'",
        "https://a.example;script-src",
    ],
)
def test_what_is_no_origin_is_told_at_the_start(named: str) -> None:
    with pytest.raises(Misconfigured, match="EMBED_ORIGINS"):
        embed_origins(Settings(_env_file=None, web={"embed_origins": named}))


def test_an_origin_is_written_as_browsers_write_it() -> None:
    named = "https://WWW.Acme.example/, http://127.0.0.1:8000"
    settings = Settings(_env_file=None, web={"embed_origins": named})
    assert embed_origins(settings) == ("https://www.acme.example", "http://127.0.0.1:8000")
