"""Search over HTTP: passages with the score each stage gave them."""

from __future__ import annotations

from fastapi import APIRouter

from channels.callers import Caller
from channels.door import DoorOf
from channels.found import find, last_of, shown
from channels.shapes import PassageOut, SearchIn, SearchOut
from core.documents import DocumentId
from core.errors import Refused
from core.search import Scope

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(body: SearchIn, door: DoorOf, principal: Caller) -> SearchOut:
    """The best passages among those the caller may see."""
    if not body.query.strip():
        raise Refused("the query is empty: say in a few words what to look for")
    scope = Scope(
        tenant=principal.tenant,
        audiences=principal.audiences,
        documents=frozenset(map(DocumentId, body.documents)) if body.documents else None,
    )
    found = (await find(door.desk, body.query, scope, last_of(body.stages)))[: body.k]
    return SearchOut(query=body.query, passages=[PassageOut.model_validate(shown(each)) for each in found])
