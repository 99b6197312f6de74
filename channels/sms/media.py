"""Pictures and files that came with a text message: fetched from the provider, and taken into the talk."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import anyio

from channels.documents_api import file_name
from channels.twilio_account import TwilioAccount
from core.access import conversation_audience
from core.documents import Document, DocumentStatus
from core.errors import DeliveryUnavailable, NotFound, Refused, TooLarge
from core.ingest import Ingester
from core.lines import Line
from core.uploads import Upload

if TYPE_CHECKING:
    from httpx import AsyncClient, Response

TIMEOUT_S = 15.0
READ_S = 20.0
"""How long a text that came with a file waits for the file to be read."""
_LOOK_S = 0.2
_MOST_REDIRECTS = 3
_MEDIA_HOST = ".twiliocdn.com"
_OLD_MEDIA_HOST, _OLD_MEDIA_PATH = "s3-external-1.amazonaws.com", "/media.twiliocdn.com/"
_GONE = (404, 410)
_REDIRECT, _FAULT = 300, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file as it was sent."""

    name: str
    data: bytes = field(repr=False)


async def fetch_media(url: str, content_type: str, account: TwilioAccount, *, most_bytes: int) -> MediaFile:
    """The file at a URL of the account's API, which alone is shown the account's password.

    Raises:
        Refused: the URL is not the API's, or nothing is there any more. TooLarge: more than `most_bytes`.
        DeliveryUnavailable: it did not come.
    """
    import httpx  # noqa: PLC0415 - only desks that are sent files need it

    if not _is_of_api(url, account):
        raise Refused("it does not come from the provider of the messages")
    try:
        with anyio.fail_after(TIMEOUT_S):
            async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
                return await _fetched(client, url, content_type, account, most_bytes)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise DeliveryUnavailable(f"the file did not come ({type(error).__name__})") from None


async def take_in(file: MediaFile, key: str, line: Line, ingester: Ingester) -> Document | Refused:
    """The file as a document of the line's conversation alone; `key` names it when it comes again."""
    audience = conversation_audience(line.conversation_id)
    upload = Upload(
        data=file.data,
        name=file.name,
        source=f"upload:{audience}/{key}",
        tenant=line.tenant,
        audience=audience,
    )
    return (await ingester.accept([upload]))[0]


async def read_in_time(document: Document, ingester: Ingester, *, most_s: float = READ_S) -> Document:
    """The document once it is read or refused; as it is when that takes longer than `most_s` seconds."""
    with anyio.move_on_after(most_s):
        while document.status not in {DocumentStatus.READY, DocumentStatus.REFUSED}:
            await anyio.sleep(_LOOK_S)
            try:
                document = await ingester.catalogue.get(document.tenant, document.id)
            except NotFound:
                break
    return document


async def _fetched(
    client: AsyncClient, url: str, content_type: str, account: TwilioAccount, most_bytes: int
) -> MediaFile:
    auth: tuple[str, str] | None = (account.sid, account.auth_token)
    for _ in range(_MOST_REDIRECTS):
        async with client.stream("GET", url, auth=auth) as response:
            if _REDIRECT <= response.status_code < _FAULT:
                url, auth = _moved(url, response), None
                continue
            if response.status_code in _GONE:
                raise Refused("it is not there any more")
            response.raise_for_status()
            data = bytearray()
            async for part in response.aiter_bytes():
                data += part
                if len(data) > most_bytes:
                    raise TooLarge(f"it is larger than the limit of {most_bytes:,} bytes")
            return MediaFile(name=_name(response, content_type), data=bytes(data))
    raise Refused("it was moved too often")


def _is_of_api(url: str, account: TwilioAccount) -> bool:
    """Whether a URL is one of the account's own on the API's host."""
    asked, own = urlsplit(url), urlsplit(account.api_url)
    is_there = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
    return is_there and f"/Accounts/{account.sid}/" in asked.path and ".." not in asked.path


def _moved(url: str, response: Response) -> str:
    """Where the API says that the file is: at the provider's own store only.

    Raises:
        Refused: it is somewhere else.
    """
    target = str(urljoin(url, response.headers.get("location", "")))
    parts = urlsplit(target)
    host = parts.hostname or ""
    is_store = host.endswith(_MEDIA_HOST) or (
        host == _OLD_MEDIA_HOST and parts.path.startswith(_OLD_MEDIA_PATH)
    )
    if parts.scheme != "https" or not is_store:
        raise Refused("it does not come from the provider of the messages")
    return target


def _name(response: Response, content_type: str) -> str:
    header = EmailMessage()
    header["Content-Disposition"] = response.headers.get("content-disposition") or "inline"
    given = header.get_filename()
    if given:
        return file_name(given)
    kind = (response.headers.get("content-type") or content_type).partition(";")[0].strip().lower()
    what = "picture" if kind.startswith("image/") else "file"
    return f"{what}{mimetypes.guess_extension(kind) or ''}"
