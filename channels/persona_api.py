"""Over HTTP, for admins of their own tenant: how the desk speaks, and what it is taught that people say."""

from __future__ import annotations

from fastapi import APIRouter

from channels.callers import Admin
from channels.door import DoorOf
from channels.persona_shapes import (
    PersonaIn,
    PersonaOut,
    TaughtOut,
    UndoIn,
    UtteranceOut,
    UtterancesIn,
    UtterancesOut,
)

router = APIRouter(prefix="/v1", tags=["persona"])


@router.get("/persona")
async def look(door: DoorOf, admin: Admin) -> PersonaOut:
    """How the desk speaks now."""
    return PersonaOut.of(await door.desk.answerer.personas.saved(admin.tenant))


@router.put("/persona")
async def save(body: PersonaIn, door: DoorOf, admin: Admin) -> PersonaOut:
    """Lay down how the desk speaks, whole. 409 where somebody else saved another version since."""
    personas, persona = door.desk.answerer.personas, body.persona()
    return PersonaOut.of(await personas.save(admin.tenant, persona, version=body.version, by=admin.person))


@router.post("/persona/undo")
async def undo(body: UndoIn, door: DoorOf, admin: Admin) -> PersonaOut:
    """Bring back the persona before this version, as a new version."""
    personas = door.desk.answerer.personas
    return PersonaOut.of(await personas.undo(admin.tenant, version=body.version, by=admin.person))


@router.get("/utterances")
async def listed(door: DoorOf, admin: Admin) -> UtterancesOut:
    """What the desk was taught that people say, oldest first."""
    teaching = door.desk.teaching
    return UtterancesOut(
        utterances=[UtteranceOut.of(one) for one in await teaching.taught(admin.tenant)],
        labels=list(await teaching.labels(admin.tenant)),
    )


@router.post("/utterances", status_code=201)
async def teach(body: UtterancesIn, door: DoorOf, admin: Admin) -> TaughtOut:
    """Teach the desk utterances, all or none, and see what that does to others. It takes some seconds."""
    lines = [one.utterance() for one in body.utterances]
    return TaughtOut.of(await door.desk.teaching.teach(admin.tenant, lines, is_trial=body.trial))


@router.delete("/utterances/{utterance_id}", status_code=204)
async def forget(utterance_id: str, door: DoorOf, admin: Admin) -> None:
    """Forget an utterance."""
    await door.desk.teaching.forget(admin.tenant, utterance_id)
