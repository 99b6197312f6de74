"""FAQ entries over HTTP: list, look at, add, replace, remove; for admins of their own tenant."""

from __future__ import annotations

from fastapi import APIRouter, Response

from channels.callers import Admin
from channels.door import DoorOf
from channels.faq_shapes import FaqIn, FaqOut
from core.faq import FaqId
from core.faq_csv import write_sheet

router = APIRouter(prefix="/v1/faq", tags=["faq"])


@router.get("")
async def list_all(door: DoorOf, principal: Admin) -> list[FaqOut]:
    """Every entry, oldest first, expired ones too."""
    return [FaqOut.of(faq) for faq in await door.desk.faq.list(principal.tenant)]


@router.post("", status_code=201)
async def add(entry: FaqIn, door: DoorOf, principal: Admin) -> FaqOut:
    """A new entry; refused where one asks the same already."""
    return FaqOut.of(await door.desk.faq.add(principal.tenant, entry.draft()))


@router.get("/export", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def export(door: DoorOf, principal: Admin) -> Response:
    """Every entry as a CSV file that an import takes, in UTF-8 with a byte order mark, for Excel."""
    sheet = write_sheet(await door.desk.faq.list(principal.tenant))
    named = {"Content-Disposition": 'attachment; filename="faq.csv"', "Cache-Control": "no-store"}
    return Response(sheet.encode("utf-8-sig"), media_type="text/csv", headers=named)


@router.get("/{faq_id}")
async def look_up(faq_id: str, door: DoorOf, principal: Admin) -> FaqOut:
    """An entry."""
    return FaqOut.of(await door.desk.faq.get(principal.tenant, FaqId(faq_id)))


@router.put("/{faq_id}")
async def replace(faq_id: str, entry: FaqIn, door: DoorOf, principal: Admin) -> FaqOut:
    """New wording for an entry, whole; it counts from the next question on."""
    return FaqOut.of(await door.desk.faq.replace(principal.tenant, FaqId(faq_id), entry.draft()))


@router.delete("/{faq_id}", status_code=204)
async def remove(faq_id: str, door: DoorOf, principal: Admin) -> None:
    """Forget an entry, at once."""
    await door.desk.faq.remove(principal.tenant, FaqId(faq_id))
