"""The sources of what was said on the phone, by text message, to callers who agreed to that."""

from __future__ import annotations

from dataclasses import dataclass

from channels.phone.transfer_words import transfer_words
from channels.sms.public_links import PublicLinks
from channels.sms.words import marked
from channels.voice.telephone import Call
from core.consents import Consents
from core.lines import Lines
from core.messages import Address, Answer, ConversationId
from core.outbound import Outbound, OutboundMessage
from core.personas import Personas
from core.phone_reach import PHONE, PhoneReach
from core.tenants import Tenant, TenantId

CALL = "call"
"""How somebody agreed who said so on the phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextedLinks:
    """A `LinkSender` of talks, through the outbound messages.

    `own` is the desk's own group, whose name is said where its persona has none; of another, its id.
    """

    links: PublicLinks
    reach: PhoneReach
    outbound: Outbound
    consents: Consents
    lines: Lines
    personas: Personas
    own: Tenant

    async def may_offer(self, call: Call, answer: Answer) -> bool:
        """Whether the answer has links, and the caller's number takes texts and has not ended them."""
        texts = self._texts(call)
        if texts is None:
            return False
        tenant = TenantId(call.tenant)
        if await self.reach.newest(tenant, texts) is False:
            return False
        return bool(await self.links.of(tenant, answer))

    async def send(self, call: Call, answer: Answer, words: str = "") -> bool:
        """Whether the links are on their way, now that the caller has agreed, in these `words`.

        An answer's links are sent once a call. Who has ended texts before begins them by a text alone.
        """
        texts, tenant = self._texts(call), TenantId(call.tenant)
        if texts is None or await self.reach.newest(tenant, texts) is False:
            return False
        links = await self.links.of(tenant, answer)
        lines = [source.line(answer.language) for source in marked(answer, links)[1] if source.link]
        if not lines:
            return False
        await self.consents.note(tenant, texts, is_given=True, how=CALL, words=words or None)
        conversation_id = ConversationId(call.conversation_id)
        if await self.lines.find(tenant, texts) is None:
            # What they text back goes on with what was said on the phone.
            await self.lines.lead(tenant, texts, conversation_id)
        said = transfer_words("links", answer.language, company=await self._company(tenant))
        message = OutboundMessage(
            id=f"links:{call.id}:{answer.id}",
            tenant=tenant,
            address=texts,
            kind="answer",
            body={"text": "\n".join([said, *lines])},
            conversation_id=conversation_id,
        )
        await self.outbound.add(message)
        return True

    def _texts(self, call: Call) -> Address | None:
        caller = Address(channel=PHONE, account=call.called, person=call.caller, thread=call.id)
        return self.reach.text_address(caller)

    async def _company(self, tenant: TenantId) -> str:
        persona = await self.personas.of(tenant)
        return persona.company or (self.own.name if tenant == self.own.id else tenant)
