"""`PhonePersonas`: as whom the desk picks up: each group has a name, a greeting and languages of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from channels.voice.manners import Manners
from channels.voice.telephone import Call
from core.errors import RecordsUnavailable
from core.persona import PLAIN, Persona
from core.personas import Personas
from core.tenants import Tenant, TenantId

CHANNEL = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePersonas:
    """`manners` are those of every call; `own` is the desk's own group, whose name they may say."""

    personas: Personas
    own: Tenant
    manners: Manners

    async def of(self, call: Call) -> Manners:
        """The manners of a call: in the name of the group that was called, and as its persona greets."""
        tenant = TenantId(call.tenant)
        persona = await self._persona(tenant)
        return replace(
            self.manners,
            company=persona.company or (self.own.name if tenant == self.own.id else ""),
            languages=self._languages(persona),
            invitation={
                language: said for language in self.manners.languages if (said := persona.greets(language))
            },
        )

    async def language(self, tenant: TenantId) -> str:
        """What a caller of this group is greeted in."""
        return self._languages(await self._persona(tenant))[0]

    async def closed(self, tenant: TenantId) -> str:
        """What a caller hears where the group has closed this door; empty where it is open."""
        persona = await self._persona(tenant)
        if persona.is_open(CHANNEL):
            return ""
        return persona.says("closed_door", self._languages(persona)[0])

    def _languages(self, persona: Persona) -> tuple[str, ...]:
        spoken = tuple(language for language in persona.languages if language in self.manners.languages)
        return spoken or self.manners.languages

    async def _persona(self, tenant: TenantId) -> Persona:
        """The group's persona; without the records a caller is answered all the same."""
        try:
            return await self.personas.of(tenant)
        except RecordsUnavailable:
            return PLAIN
