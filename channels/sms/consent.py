"""Keywords and consent: looked at before anything else, and never shown to what understands messages."""

from __future__ import annotations

from collections.abc import Mapping

from channels.door import Door
from channels.sms.keywords import Asks, Keyword, keyword_in
from channels.sms.said import Kind, reply_to
from core.consents import Consent
from core.door_phrases import door_phrase
from core.errors import Refused
from core.inbox import Inbound
from core.phrases import languages_in

BY_WORDS = "words"
"""How somebody gave or took back their consent where only the desk understood them."""
_BY_CARRIER: Mapping[str, Asks] = {"STOP": "stop", "START": "start", "HELP": "help"}


class ConsentGate:
    """Decides whether a message goes on to the desk, and keeps who may be written to."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def stops(self, inbound: Inbound) -> bool:
        """Whether the message was a keyword, which is seen to when this returns.

        Raises:
            Refused: who wrote has opted out, so nothing is said.
        """
        consents = self._door.desk.stores.consents
        before = await consents.latest(inbound.tenant, inbound.address)
        has_opted_out = before is not None and not before.is_given
        keyword = _keyword(inbound, has_opted_out=has_opted_out)
        if keyword is not None:
            await self._see_to(inbound, keyword, before)
            return True
        if has_opted_out:
            raise Refused("they opted out of messages, so nothing is said")
        if before is None:
            await consents.note(inbound.tenant, inbound.address, is_given=True, how="message")
        return False

    async def _see_to(self, inbound: Inbound, keyword: Keyword, before: Consent | None) -> None:
        """Note what a keyword says, and say the one sentence about it where the provider does not."""
        stores = self._door.desk.stores
        how = keyword.asks.upper() if keyword.by_provider else BY_WORDS
        if keyword.asks == "start":
            await stores.consents.note(inbound.tenant, inbound.address, is_given=True, how=how)
        has_opted_out = before is not None and not before.is_given
        name = _sentence_for(keyword.asks, has_opted_out=has_opted_out)
        # Of an end in other words the provider never heard, so it does not speak of the new beginning.
        is_theirs = keyword.by_provider and not (has_opted_out and before and before.how == BY_WORDS)
        if name and not (is_theirs and self._door.settings.sms.keyword_replies == "provider"):
            words = await self._said(name, inbound, keyword)
            kind: Kind = "consent" if keyword.asks == "stop" else "notice"
            await stores.outbound.add(reply_to(inbound, words, kind=kind))
        if keyword.asks == "stop":
            # Last, so that a process that dies before it says the sentence says it next time.
            await stores.consents.note(inbound.tenant, inbound.address, is_given=False, how=how)

    async def _said(self, name: str, inbound: Inbound, keyword: Keyword) -> str:
        desk = self._door.desk
        language = keyword.language or await self._spoken(inbound)
        persona = await desk.answerer.personas.of(inbound.tenant)
        own = desk.tenant.name if inbound.tenant == desk.tenant.id else inbound.tenant
        company = persona.company or own
        return door_phrase(name, language, company=company)

    async def _spoken(self, inbound: Inbound) -> str:
        """The language that was spoken on the line last, else the desk's first."""
        line = await self._door.desk.stores.lines.find(inbound.tenant, inbound.address)
        spoken = line.state.get("language") if line else None
        return str(spoken or languages_in(self._door.settings.languages)[0])


def _keyword(inbound: Inbound, *, has_opted_out: bool) -> Keyword | None:
    """The keyword that a message is, by its words or because the provider says so."""
    has_carrier = not inbound.address.person.startswith("whatsapp:")
    text = str(inbound.body.get("text", ""))
    found = keyword_in(text, has_opted_out=has_opted_out, has_carrier=has_carrier)
    told = str(inbound.body.get("opt_out", ""))
    if found is not None or told not in _BY_CARRIER:
        return found
    if told == "START" and not has_opted_out:
        # "Yes" is an answer to a question of the desk's, unless messages were ended before.
        return None
    return Keyword(asks=_BY_CARRIER[told], by_provider=True)


def _sentence_for(asks: Asks, *, has_opted_out: bool) -> str:
    """The name of the sentence that a keyword is answered with; empty where none is."""
    if asks == "start":
        return "opted_in" if has_opted_out else "help"
    if has_opted_out:
        return ""
    return "opted_out" if asks == "stop" else "help"
