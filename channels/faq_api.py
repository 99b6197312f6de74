"""FAQ entries over HTTP: list, look at, add, replace, remove; for admins of their own tenant."""

from __future__ import annotations

from fastapi import APIRouter

from channels.callers import Admin
from channels.door import DoorOf
from channels.faq_shapes import FaqIn, FaqOut
from core.faq import FaqId

router = APIRouter(prefix="/v1/faq", tags=["faq"])


@router.get("")
async def list_all(door: DoorOf, principal: Admin) -> list[FaqOut]:
    """Every entry, oldest first, expired ones too."""
    return [FaqOut.of(faq) for faq in await door.desk.faq.list(principal.tenant)]


@router.post("", status_code=201)
async def add(entry: FaqIn, door: DoorOf, principal: Admin) -> FaqOut:
    """A new entry; refused where one asks the same already."""
    return FaqOut.of(await door.desk.faq.add(principal.tenant, entry.draft()))


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
