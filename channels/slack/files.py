"""Files in Slack: staff's go into the staff collection, everybody else's into their conversation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anyio

from channels.documents_api import file_name
from channels.slack.answering import Asked
from channels.slack.calls import SlackRefused
from channels.slack.parts import SlackParts
from channels.slack.places import private_address
from channels.slack.telling import notice
from core.access import conversation_audience
from core.documents import Document, DocumentId, DocumentStatus
from core.door_phrases import door_phrase
from core.errors import NotFound, RateLimited, Refused, TooLarge
from core.inbox import Inbound
from core.messages import Address
from core.slack_phrases import slack_phrase
from core.tenants import STAFF, TenantId
from core.uploads import Upload

READING = "slack_reading"
"""The kind of an inbound thing that waits until a document is read; its body names it."""
MOST_FILES = 5
PATIENCE_S = 15.0
"""How long a message waits for the files that came with it to be read, before it is answered."""
LOOK_S, LATER_S = 0.25, 5.0
MOST_LOOKS = 720
"""After so many looks, an hour, nobody is told any more."""


async def take(parts: SlackParts, inbound: Inbound, asked: Asked) -> None:
    """Take the files of a message in, and say in the thread what became of each.

    Raises:
        DeliveryUnavailable: Slack did not hand one over; nothing is lost by another attempt.
    """
    files = inbound.body["files"]
    language = asked.reader.person.locale
    took: list[Document] = []
    for place, file in enumerate(files):
        if place >= MOST_FILES:
            taken: Document | Refused = Refused(f"{MOST_FILES} files at once are the most")
        else:
            taken = await _taken(parts, inbound, asked, file)
        if isinstance(taken, Refused):
            words = door_phrase("file_refused", language, reason=str(taken))
            await _say(parts, inbound.tenant, f"{inbound.id}:{place}", inbound.address, words)
        else:
            took.append(taken)
    await _follow(parts, inbound, took, language)


async def read(parts: SlackParts, inbound: Inbound) -> None:
    """Say that a document is read once it is; until then look again, every few seconds.

    Raises:
        RateLimited: it is not read yet.
    """
    body = inbound.body
    document = await _found(parts, inbound.tenant, body["document_id"])
    if document is None or inbound.attempts > MOST_LOOKS:
        return
    if not _is_over(document):
        raise RateLimited("the document is not read yet", retry_after_s=LATER_S)
    await _fate(parts, document, Address(**body["address"]), body["language"])


async def _taken(
    parts: SlackParts, inbound: Inbound, asked: Asked, file: dict[str, Any]
) -> Document | Refused:
    """The document that a file is from now on, or why it is not taken."""
    desk, reader = parts.door.desk, asked.reader
    most = desk.ingester.max_bytes
    name = file_name(file.get("name") or "file")
    if (file.get("size") or 0) > most:
        return TooLarge(f"{name} has {file['size']:,} bytes; the limit is {most:,}")
    try:
        token, url = reader.workspace.bot_token, file.get("url_private_download") or ""
        data = await parts.calls.download(token, url, most)
    except SlackRefused:
        return Refused(f"Slack did not hand {name} over")
    own = conversation_audience(asked.line.conversation_id)
    audience = STAFF if reader.person.is_staff else own
    upload = Upload(
        data=data,
        name=name,
        source=f"slack:{reader.workspace.team}:{name}" if audience == STAFF else f"upload:{own}/{name}",
        tenant=inbound.tenant,
        audience=audience,
    )
    (result,) = await desk.ingester.accept([upload])
    return result


async def _follow(parts: SlackParts, inbound: Inbound, took: Sequence[Document], language: str) -> None:
    """Say of each document that it is read; of one that takes long, that it will be said."""
    until = time.monotonic() + PATIENCE_S
    for one in took:
        document: Document | None = one
        while document is not None and not _is_over(document) and time.monotonic() < until:
            await anyio.sleep(LOOK_S)
            document = await _found(parts, inbound.tenant, one.id)
        if document is None:
            continue
        if _is_over(document):
            await _fate(parts, document, inbound.address, language)
            continue
        words = slack_phrase("file_reading", language, name=one.name)
        await _say(parts, inbound.tenant, f"{_named(one)}:reading", inbound.address, words)
        await parts.door.desk.stores.inbox.accept([_watching(inbound, one, language)])


def _watching(inbound: Inbound, document: Document, language: str) -> Inbound:
    address = inbound.address
    return replace(
        inbound,
        id=f"{_named(document)}:read",
        kind=READING,
        address=private_address(address.account, "", "", f"reading:{_named(document)}"),
        body={
            "document_id": document.id,
            "language": language,
            "address": {
                "channel": address.channel,
                "account": address.account,
                "person": address.person,
                "thread": address.thread,
            },
        },
        attempts=0,
    )


async def _fate(parts: SlackParts, document: Document, address: Address, language: str) -> None:
    if document.status is DocumentStatus.READY:
        words = door_phrase("file_taken", language, name=document.name)
    else:
        words = door_phrase("file_refused", language, reason=document.reason or document.name)
    await _say(parts, document.tenant, f"{_named(document)}:{document.status.value}", address, words)


async def _say(parts: SlackParts, tenant: TenantId, id: str, address: Address, words: str) -> None:
    place = f"{address.thread}:{id}"
    await parts.door.desk.stores.outbound.add(notice(tenant, place, address, words))


async def _found(parts: SlackParts, tenant: TenantId, document_id: str) -> Document | None:
    try:
        return await parts.door.desk.ingester.catalogue.get(tenant, DocumentId(document_id))
    except NotFound:
        return None


def _is_over(document: Document) -> bool:
    return document.status in (DocumentStatus.READY, DocumentStatus.REFUSED)


def _named(document: Document) -> str:
    return f"{document.id}.{document.version}"
