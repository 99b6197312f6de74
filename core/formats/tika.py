"""Apache Tika, for formats no reader here takes: its answer as sections."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
from lxml import etree, html

from core.documents import Section
from core.errors import Unavailable, UnreadableDocument
from core.formats.encoding import is_text
from core.formats.html import from_text

TIMEOUT_S = 50.0
_CONNECT_S = 5.0
_NOT_FOR_TIKA = frozenset({415, 422})


def read(data: bytes, *, url: str, timeout_s: float = TIMEOUT_S) -> Iterator[Section]:
    """The sections of what the server at `url` makes of the document, by page where it tells them.

    Raises:
        UnreadableDocument: The server can't read it either.
        Unavailable: The server did not answer.
    """
    page = _asked(data, url.rstrip("/"), timeout_s)
    if not page.strip():
        return
    root = html.document_fromstring(page.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    if _kind(root).startswith("text/") and not is_text(data):
        raise UnreadableDocument("it is binary data of no known format")
    pages = root.xpath("//div[@class='page']")
    if not isinstance(pages, list) or not pages:
        body = root.find(".//body")
        yield from from_text(etree.tostring(body, encoding="unicode")) if body is not None else ()
        return
    for number, part in enumerate(pages, start=1):
        if isinstance(part, etree._Element):
            for section in from_text(etree.tostring(part, encoding="unicode")):
                yield replace(section, page=number)


def _kind(root: etree._Element) -> str:
    """The media type Tika took the document for."""
    for meta in root.iter("meta"):
        if meta.get("name") == "Content-Type":
            return str(meta.get("content", ""))
    return ""


def _asked(data: bytes, url: str, timeout_s: float) -> str:
    headers = {"Accept": "text/html", "Content-Type": "application/octet-stream"}
    limits = httpx.Timeout(timeout_s, connect=_CONNECT_S)
    try:
        with httpx.Client(timeout=limits, trust_env=False) as client:
            response = client.put(f"{url}/tika", content=data, headers=headers)
    except httpx.TimeoutException as error:
        raise UnreadableDocument(
            f"the Tika server at {url!r} took longer than {timeout_s:g} s to read it"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(
            f"The Tika server at {url!r} did not answer ({type(error).__name__}); start it, "
            "or clear documents.tika_url."
        ) from error
    if response.status_code in _NOT_FOR_TIKA or response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
        raise UnreadableDocument(
            f"the Tika server can't read it either (status {response.status_code}); "
            "convert it to PDF, DOCX or text"
        )
    if response.is_error:
        raise Unavailable(f"The Tika server at {url!r} answered with status {response.status_code}.")
    response.encoding = "utf-8"
    return response.text
