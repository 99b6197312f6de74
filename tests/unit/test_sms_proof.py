"""Which requests are the provider's, and what may be fetched in its name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from starlette.datastructures import FormData
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from channels.sms.media import fetch_media
from channels.twilio_account import TwilioAccount, is_signed, signed_url
from core.errors import DeliveryUnavailable, Refused, TooLarge

SID, TOKEN = "AC1", "a token"
ACCOUNT = TwilioAccount(sid=SID, auth_token=TOKEN, api_url="https://api.twilio.com")
FIELDS = {"AccountSid": "AC1", "Body": "", "From": "+15005550177", "New": "ä"}
URL = "https://desk.example/channels/sms?a=1"


def request(host: str = "10.0.0.7:7860", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        {
            "type": "http", "method": "POST", "path": "/channels/sms", "query_string": b"a=1",
            "scheme": "http", "server": ("10.0.0.7", 7860),
            "headers": [(name.encode(), value.encode()) for name, value in {"host": host, **named}.items()],
        }
    )  # fmt: skip


def signature(url: str, algorithm: str | None = None) -> str:
    return str(RequestValidator(ACCOUNT.auth_token).compute_signature(url, FIELDS, algorithm))


@pytest.mark.parametrize(
    ("headers", "public", "expected"),
    [
        ({}, "", "http://10.0.0.7:7860/channels/sms?a=1"),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "desk.example"}, "", URL),
        ({"x_forwarded_proto": "https, http", "x_forwarded_host": "desk.example, 10.0.0.1"}, "", URL),
        ({"x_forwarded_proto": "https", "x_forwarded_host": "evil.example"}, "https://desk.example/", URL),
    ],
)
def test_the_signed_address_is_the_one_that_the_provider_knows(
    headers: dict[str, str], public: str, expected: str
) -> None:
    assert signed_url(request(**headers), public) == expected


def test_every_field_is_signed_and_the_account_is_ours() -> None:
    ours = request(x_twilio_signature=signature(URL))
    public = "https://desk.example"
    assert is_signed(ours, FormData(FIELDS), ACCOUNT, public)
    for change in ({"Body": "x"}, {"More": ""}, {"AccountSid": "AC2"}):
        assert not is_signed(ours, FormData(FIELDS | change), ACCOUNT, public)
    assert not is_signed(request(), FormData(FIELDS), ACCOUNT, public)
    unset = replace(ACCOUNT, auth_token="")
    assert not is_signed(ours, FormData(FIELDS), unset, public)


def test_the_newer_signature_is_read_by_the_algorithm_it_names() -> None:
    newer = signature(URL, "HMAC_SHA256")
    settings = "key=k1,algorithm=HMAC_SHA256"
    named = request(x_twilio_signature=newer, x_twilio_webhooks_signature_settings=settings)
    assert is_signed(named, FormData(FIELDS), ACCOUNT, "https://desk.example")
    assert not is_signed(request(x_twilio_signature=newer), FormData(FIELDS), ACCOUNT, "https://desk.example")


@asynccontextmanager
async def api(answer: bytes) -> AsyncIterator[TwilioAccount]:
    """An API that gives every request the same answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield TwilioAccount(sid=SID, auth_token=TOKEN, api_url=f"http://127.0.0.1:{port}")


PATH = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example{PATH}", f"http://api.twilio.com{PATH}", f"https://api.twilio.com.evil.example{PATH}",
        f"https://api.twilio.com@evil.example{PATH}", "https://api.twilio.com/2010-04-01/Accounts/AC2/x",
        "https://api.twilio.com/Accounts/AC1/../AC2/x", "file:///etc/passwd", "",
    ],
)  # fmt: skip
async def test_nothing_is_fetched_from_elsewhere(url: str) -> None:
    with pytest.raises(Refused, match="does not come from the provider"):
        await fetch_media(url, "image/png", ACCOUNT, most_bytes=100)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/x", "https://evil.example/x", "/elsewhere", "https://twiliocdn.com.evil/x"],
)
async def test_the_api_leads_to_its_own_store_only(target: str) -> None:
    async with api(
        f"HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
    ) as account:
        with pytest.raises(Refused, match="does not come from the provider"):
            await fetch_media(account.api_url + PATH, "image/png", account, most_bytes=100)


@pytest.mark.anyio
async def test_a_file_has_the_name_that_it_was_sent_with() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\n"
    named = head + b'content-disposition: inline; filename="../../bill.pdf"\r\n\r\nwords'
    async with api(named) as account:
        file = await fetch_media(account.api_url + PATH, "", account, most_bytes=5)
    assert (file.name, file.data) == ("bill.pdf", b"words")
    async with api(head + b"\r\nwords") as account:
        assert (await fetch_media(account.api_url + PATH, "", account, most_bytes=5)).name == "file.pdf"
        with pytest.raises(TooLarge):
            await fetch_media(account.api_url + PATH, "", account, most_bytes=4)


@pytest.mark.anyio
@pytest.mark.parametrize("status", ["500 No", "429 Wait"])
async def test_a_file_that_does_not_come_now_is_tried_again(status: str) -> None:
    async with api(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()) as account:
        with pytest.raises(DeliveryUnavailable):
            await fetch_media(account.api_url + PATH, "", account, most_bytes=5)
    with pytest.raises(DeliveryUnavailable):
        await fetch_media(account.api_url + PATH, "", account, most_bytes=5)
