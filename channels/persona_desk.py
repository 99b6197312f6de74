"""What an admin's click in the persona tab asks for, done by core, in the desk's own tenant."""

from __future__ import annotations

from core.assembly import Desk
from core.persona import Persona
from core.personas import SavedPersona


class PersonaDesk:
    """What the tab can ask for. Only admins get as far as this."""

    def __init__(self, desk: Desk) -> None:
        self._personas = desk.answerer.personas
        self._tenant = desk.tenant.id

    async def saved(self) -> SavedPersona:
        """The persona that counts now."""
        return await self._personas.saved(self._tenant)

    async def save(self, persona: Persona, *, version: int, by: str) -> SavedPersona:
        """The persona, which counts from now on."""
        return await self._personas.save(self._tenant, persona, version=version, by=by)

    async def undo(self, *, version: int, by: str) -> SavedPersona:
        """The persona before this version."""
        return await self._personas.undo(self._tenant, version=version, by=by)
