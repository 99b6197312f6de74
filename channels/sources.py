"""`/sources/…`: the cited document's text with the cited words marked, for whoever may see it."""

from __future__ import annotations

from html import escape
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from channels.callers import principal_of
from channels.door import Door, DoorOf
from channels.pages import note, page
from core.documents import Document, DocumentId
from core.errors import NotFound, Unauthorized
from core.faq import SOURCE_PREFIX, FaqId
from core.tenants import PUBLIC, TenantId

WHOLE_CHARACTERS = 200_000
"""Longest text that is shown whole; of a longer one, the surroundings of the quote are."""
AROUND_CHARACTERS = 20_000
_NOT_SHOWN = (
    "It is not there any more, or not yours to see. If you came from an old conversation, "
    "its link may have run out: open the conversation again."
)

router = APIRouter(tags=["sources"], default_response_class=HTMLResponse)


class Place(BaseModel):
    """Characters `start` to `end` of a version of a document's text; the newest when none is named.

    `token` shows who asks, where a link has to carry it.
    """

    version: int | None = None
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)
    token: str = ""


@router.get("/sources/{document_id}", response_class=HTMLResponse)
async def source(
    request: Request, document_id: str, door: DoorOf, place: Annotated[Place, Query()]
) -> HTMLResponse:
    """The document's or FAQ entry's text, with the cited words marked."""
    if document_id.startswith(SOURCE_PREFIX):
        return await _entry(door, request, document_id.removeprefix(SOURCE_PREFIX), place)
    try:
        document = await _visible(door, request, place.token, DocumentId(document_id))
    except NotFound:
        return page("This document can't be shown", note(_NOT_SHOWN), status=404)
    return await _shown(door, document, place)


async def _visible(door: Door, request: Request, token: str, document_id: DocumentId) -> Document:
    """The document, as the caller may see it or as everybody may."""
    catalogue = door.desk.ingester.catalogue
    tenant, audiences = await _eyes(door, request, token)
    try:
        return await catalogue.get(tenant, document_id, audiences)
    except NotFound:
        return await catalogue.get(door.desk.tenant.id, document_id, frozenset({PUBLIC}))


async def _eyes(door: Door, request: Request, token: str) -> tuple[TenantId, frozenset[str]]:
    """Whose knowledge the caller may see; everybody's where they show nothing that is good."""
    try:
        principal = await (door.desk.access.identify(token) if token else principal_of(request, door))
    except Unauthorized:
        principal = None
    if principal is None:
        return door.desk.tenant.id, frozenset({PUBLIC})
    return principal.tenant, principal.audiences


async def _entry(door: Door, request: Request, faq_id: str, place: Place) -> HTMLResponse:
    """The page of an FAQ entry, as the caller may see it or as everybody may."""
    tenant, audiences = await _eyes(door, request, place.token)
    try:
        try:
            faq = await door.desk.faq.get(tenant, FaqId(faq_id), audiences)
        except NotFound:
            faq = await door.desk.faq.get(door.desk.tenant.id, FaqId(faq_id), frozenset({PUBLIC}))
    except NotFound:
        return page("This answer can't be shown", note(_NOT_SHOWN), status=404)
    if place.version not in {None, faq.version}:
        return _changed(faq.question, faq.source, place)
    safe = escape(faq.url or "")
    link = f'<p><a href="{safe}" rel="noopener noreferrer">{safe}</a></p>' if faq.url else ""
    return page(faq.question, marked(faq.text, place) + link)


def _changed(title: str, source_id: str, place: Place) -> HTMLResponse:
    query = f"?{urlencode({'token': place.token})}" if place.token else ""
    link = f'<p><a href="/sources/{escape(source_id)}{escape(query)}">Open it as it is now</a></p>'
    words = "This document has changed since it was cited, and its earlier text is not kept any more."
    return page(title, note(words) + link, status=410)


async def _shown(door: Door, document: Document, place: Place) -> HTMLResponse:
    catalogue = door.desk.ingester.catalogue
    try:
        newest, text = await catalogue.newest_text(document.id)
    except NotFound:
        words = "This document has not been read yet: look again in a moment."
        return page(document.name, note(words), status=404)
    if place.version not in {None, newest}:
        return _changed(document.name, document.id, place)
    return page(document.name, marked(text, place))


def marked(text: str, place: Place) -> str:
    """The text as HTML with the place's words in `<mark>`; of a long text, what stands around them.

    >>> marked("<b> we mail it", Place(start=4, end=11))
    '<div class="text" dir="auto">&lt;b&gt; <mark id="quote">we mail</mark> it</div>'
    """
    start, end = min(place.start, len(text)), min(place.end, len(text))
    first, last = 0, len(text)
    remark = ""
    if len(text) > WHOLE_CHARACTERS:
        first = max(0, text.rfind("\n", 0, max(0, start - AROUND_CHARACTERS)))
        last = text.find("\n", max(start, end) + AROUND_CHARACTERS)
        last = len(text) if last < 0 else last
        remark = note("This document is long: only what stands around the quoted words is shown.")
    if start >= end:
        return f'{remark}<div class="text" dir="auto">{escape(text[first:last], quote=False)}</div>'
    before, quote, after = (
        escape(part, quote=False) for part in (text[first:start], text[start:end], text[end:last])
    )
    return f'{remark}<div class="text" dir="auto">{before}<mark id="quote">{quote}</mark>{after}</div>'
