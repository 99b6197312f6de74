"""Documents over HTTP: upload, list, look at, replace, delete; each caller within their audience."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile

from channels.callers import Caller
from channels.door import Door, DoorOf
from channels.shapes import DocumentOut
from core.access import Principal, Role, conversation_audience
from core.documents import Document, DocumentId
from core.errors import Refused, TooLarge, Unauthorized
from core.tenants import PUBLIC, STAFF
from core.uploads import Upload

LONGEST_NAME = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")

router = APIRouter(prefix="/v1/documents", tags=["documents"])


def _form(**fields: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI words for a form that is read only once its sender is known."""
    schema = {"type": "object", "properties": fields}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_FILE = {"type": "string", "format": "binary"}
_AUDIENCE = {"type": "string", "enum": [PUBLIC, STAFF]}
_LABELS = {"type": "string", "description": "Labels to search by, with commas between."}


@router.post(
    "",
    status_code=202,
    openapi_extra=_form(files={"type": "array", "items": _FILE}, audience=_AUDIENCE, labels=_LABELS),
)
async def upload(request: Request, door: DoorOf, principal: Caller) -> list[DocumentOut]:
    """Take documents in; poll each until it is `ready` or `refused`.

    What a customer brings is seen in their conversation alone.
    """
    _check_may_upload(principal)
    async with request.form(max_files=1000, max_fields=100) as form:
        files = _files(form, "files")
        if not principal.role.reaches(Role.STAFF) and len(files) > door.settings.web.upload_files:
            raise TooLarge(f"{len(files)} files were sent; the limit is {door.settings.web.upload_files}")
        audience = _audience(principal, form)
        uploads = [await _upload(door, principal, file, audience, _labels(form)) for file in files]
    results = await door.desk.ingester.accept(uploads)
    if all(isinstance(result, Refused) for result in results) and isinstance(results[0], Refused):
        raise results[0]
    return [
        DocumentOut.refused(sent.name, result) if isinstance(result, Refused) else DocumentOut.of(result)
        for sent, result in zip(uploads, results, strict=True)
    ]


@router.get("")
async def list_all(door: DoorOf, principal: Caller) -> list[DocumentOut]:
    """Every document the caller may see, newest first."""
    documents = await door.desk.ingester.catalogue.list(principal.tenant, _seen(principal))
    return [DocumentOut.of(document) for document in documents]


@router.get("/{document_id}")
async def look_up(document_id: str, door: DoorOf, principal: Caller) -> DocumentOut:
    """A document, and how far it is."""
    return DocumentOut.of(await _visible(door, principal, document_id))


@router.put(
    "/{document_id}",
    status_code=202,
    openapi_extra=_form(file=_FILE, audience=_AUDIENCE, labels=_LABELS),
)
async def replace(document_id: str, request: Request, door: DoorOf, principal: Caller) -> DocumentOut:
    """New content for a document; the old stays in use until the new is ready."""
    document = await _editable(door, principal, document_id)
    async with request.form(max_files=1, max_fields=100) as form:
        file = _files(form, "file")[0]
        audience = _audience(principal, form) if "audience" in form else document.audience
        fresh = Upload(
            data=await _bytes(door, file),
            name=file_name(file.filename),
            source=document.source,
            tenant=document.tenant,
            audience=audience,
            labels=_labels(form) or document.labels,
        )
    result = (await door.desk.ingester.accept([fresh]))[0]
    if isinstance(result, Refused):
        raise result
    return DocumentOut.of(result)


@router.delete("/{document_id}", status_code=204)
async def delete(document_id: str, door: DoorOf, principal: Caller) -> None:
    """Forget a document: its passages, its text and its bytes, at once."""
    document = await _editable(door, principal, document_id)
    await door.desk.ingester.delete(principal.tenant, document.id)


def file_name(given: str | None) -> str:
    r"""The name of an uploaded file without any path, or characters that don't show.

    >>> file_name("..\\..\\etc/passwd\x00.txt")
    'passwd.txt'
    """
    bare = _CONTROL.sub("", (given or "").replace("\\", "/")).rsplit("/", 1)[-1].strip()
    return bare[-LONGEST_NAME:].strip(" .") or "upload"


def _check_may_upload(principal: Principal) -> None:
    if not principal.role.reaches(Role.STAFF) and principal.conversation_id is None:
        raise Unauthorized("upload with a conversation's token, or as staff")


def _files(form: FormData, field: str) -> Sequence[UploadFile]:
    files = [part for part in form.getlist(field) if isinstance(part, UploadFile)]
    if not files:
        raise Refused(f"there is no file: send one or more as the form field {field!r}")
    return files


def _audience(principal: Principal, form: FormData) -> str:
    """Who may see what is being uploaded."""
    if not principal.role.reaches(Role.STAFF):
        assert principal.conversation_id is not None  # noqa: S101 - checked before the form was read
        return conversation_audience(principal.conversation_id)
    default = PUBLIC if principal.role.reaches(Role.ADMIN) else STAFF
    audience = form.get("audience") or default
    if audience not in {PUBLIC, STAFF}:
        raise Refused(f"the audience must be {PUBLIC!r} or {STAFF!r}")
    if audience == PUBLIC and not principal.role.reaches(Role.ADMIN):
        raise Unauthorized("only an admin may publish a document to everybody")
    return str(audience)


def _labels(form: FormData) -> frozenset[str]:
    given = (part for part in form.getlist("labels") if isinstance(part, str))
    labels = {label.strip() for part in given for label in part.split(",")} - {""}
    if len(labels) > 20 or any(len(label) > 64 for label in labels):
        raise Refused("20 labels of 64 characters are the most")
    return frozenset(labels)


async def _bytes(door: Door, file: UploadFile) -> bytes:
    """The file's bytes; of one over the limit only enough to tell that it is."""
    return await file.read(door.desk.ingester.max_bytes + 1)


async def _upload(
    door: Door, principal: Principal, file: UploadFile, audience: str, labels: frozenset[str]
) -> Upload:
    """The file as the desk takes it.

    Its source holds the audience, so that a name alone never replaces what others see.
    """
    name = file_name(file.filename)
    return Upload(
        data=await _bytes(door, file),
        name=name,
        source=f"upload:{audience}/{name}",
        tenant=principal.tenant,
        audience=audience,
        labels=labels,
    )


def _seen(principal: Principal) -> frozenset[str] | None:
    """The audiences whose documents the caller may handle; an admin answers for all of them."""
    return None if principal.role.reaches(Role.ADMIN) else principal.audiences


async def _visible(door: Door, principal: Principal, document_id: str) -> Document:
    wanted = DocumentId(document_id)
    return await door.desk.ingester.catalogue.get(principal.tenant, wanted, _seen(principal))


async def _editable(door: Door, principal: Principal, document_id: str) -> Document:
    """The document, for those who may change it.

    Raises:
        NotFound: there is none that this caller may see.
        Unauthorized: they may see it and no more.
    """
    document = await _visible(door, principal, document_id)
    own = set() if principal.conversation_id is None else {conversation_audience(principal.conversation_id)}
    if principal.role.reaches(Role.STAFF):
        own.add(STAFF)
    if document.audience not in own and not principal.role.reaches(Role.ADMIN):
        raise Unauthorized("this document is not yours to change")
    return document
