"""What a customer's click asks for, done by core. The token decides what may be seen and said."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from channels.callers import of_conversation
from channels.documents_api import file_name
from channels.door import Door
from channels.events import turn
from channels.examples import examples
from channels.uploads import contents
from core.access import Principal, conversation_audience
from core.conversation import Conversation
from core.documents import Document, DocumentId, DocumentStatus
from core.errors import NotFound, Refused, Unauthorized
from core.faq import SOURCE_PREFIX, FaqId
from core.feedback import Feedback, Verdict
from core.messages import (
    Address,
    AnswerId,
    Citation,
    ConversationId,
    CustomerId,
    Event,
    Message,
    MessageId,
)
from core.tenants import PUBLIC
from core.tickets import Ticket
from core.tools.looked_up import is_looked_up
from core.uploads import Upload
from ui.calls import Limits, Nameplate, Question, SourceView

CHANNEL = "web"


class CustomerDesk:
    """What the customer page can ask for."""

    def __init__(self, door: Door, limits: Limits, sites: tuple[str, ...] = ()) -> None:
        self.sites = sites
        self._door = door
        self._desk = door.desk
        self.name = door.desk.tenant.name
        self.key = str(door.desk.tenant.id)
        self.limits = limits

    async def nameplate(self, language: str) -> Nameplate:
        """Who speaks, as the tenant's persona says."""
        persona = await self._desk.answerer.personas.of(self._desk.tenant.id)
        return Nameplate(name=persona.name or persona.company or self.name, greeting=persona.greets(language))

    async def start(self, after: str = "") -> str:
        """The token of a new conversation, of the same customer as the one of the token `after`."""
        known = (await self._enter(after))[1].customer_id if after else None
        return await self._begin(known)

    async def sign_in(self, proof: str, token: str) -> str:
        """The token of a conversation of the customer whom the company's site vouches for."""
        tenant, tokens = self._desk.tenant.id, self._desk.customer_tokens
        claims = await tokens.read(tenant, proof)
        if token and await self._is_of(token, claims.subject):
            # A page that is loaded again shows the proof that began the conversation once more.
            await self._desk.customers.sign_in(tenant, claims)
            return token
        customer = await self._desk.customers.sign_in(tenant, await tokens.redeem(tenant, proof))
        return await self._begin(customer.id)

    async def customer(self, token: str) -> str:
        """The name of the customer whose conversation it is."""
        principal, conversation = await self._enter(token)
        known = await self._desk.customers.of_conversation(principal.tenant, conversation.id)
        return (known.name or "") if known else ""

    async def conversation(self, token: str) -> Conversation:
        """All that was said in the conversation that the token is for."""
        return (await self._read(token))[1]

    async def tickets(self, token: str) -> tuple[Ticket, ...]:
        """Every ticket of the conversation that the token is for, newest first."""
        return tuple(await self._desk.tickets.of((await self._enter(token))[1]))

    async def news(self, token: str) -> str:
        """A text that changes whenever one of these tickets does."""
        principal, conversation_id = await self._identified(token)
        return await self._desk.tickets.stamp(principal.tenant, conversation_id)

    async def examples(self) -> list[str]:
        """Questions that stand in the documents everybody may see, from as many of them as possible."""
        return await examples(self._desk.searcher, self._desk.tenant.id)

    async def documents(self, token: str) -> list[Document]:
        """The documents that can be asked now, by name."""
        audiences = frozenset({PUBLIC})
        if token:
            try:
                principal = await self._desk.access.identify(token)
            except Unauthorized:
                principal = None
            if principal and principal.tenant == self._desk.tenant.id:
                audiences = principal.audiences
        known = await self._desk.ingester.catalogue.list(self._desk.tenant.id, audiences)
        ready = [document for document in known if document.status is DocumentStatus.READY]
        return sorted(ready, key=lambda document: document.name.casefold())

    async def own_files(self, token: str) -> list[Document]:
        """What was brought into the conversation that the token is for."""
        if not token:
            return []
        try:
            principal, conversation = await self._enter(token)
        except Refused:
            return []
        own = frozenset({conversation_audience(conversation.id)})
        return await self._desk.ingester.catalogue.list(principal.tenant, own)

    async def ask(self, token: str, question: Question) -> AsyncGenerator[Event, None]:
        """The events of one turn."""
        enter = self._read if question.message_id else self._enter
        principal, conversation = await enter(token)
        message = _message(principal, conversation, question)
        async with aclosing(turn(self._door, message)) as events:
            async for event in events:
                yield event

    async def source(self, token: str, answer_id: str, n: int) -> SourceView:
        """A citation of this conversation, with the text it stands in where that is still kept."""
        principal, conversation = await self._read(token)
        answers = [one.answer for one in conversation.exchanges if one.answer and one.answer.id == answer_id]
        cited = [citation for answer in answers for citation in answer.citations if citation.n == n]
        if not cited:
            raise NotFound(f"the conversation has no citation {n} in an answer {answer_id!r}")
        citation = cited[0]
        if is_looked_up(citation.document_id):
            whole = replace(citation, source_start=0, source_end=len(citation.quote))
            return SourceView(citation=whole, text=citation.quote)
        if citation.document_id.startswith(SOURCE_PREFIX):
            return await self._entry(principal, citation)
        try:
            catalogue = self._desk.ingester.catalogue
            document = await catalogue.get(principal.tenant, citation.document_id, principal.audiences)
            version = int(parse_qs(urlsplit(citation.url).query)["version"][0])
            text = await catalogue.text(citation.document_id, version)
        except NotFound:
            return SourceView(citation=citation, text=None)
        if document.audience != PUBLIC:
            citation = replace(citation, url=_with_token(citation.url, token))
        return SourceView(citation=citation, text=text)

    async def _entry(self, principal: Principal, citation: Citation) -> SourceView:
        """A cited FAQ entry, with its text where that is still what was cited."""
        faq_id = FaqId(citation.document_id.removeprefix(SOURCE_PREFIX))
        try:
            faq = await self._desk.faq.get(principal.tenant, faq_id, principal.audiences)
        except NotFound:
            return SourceView(citation=citation, text=None)
        is_same = faq.text[citation.source_start : citation.source_end] == citation.quote
        return SourceView(citation=citation, text=faq.text if is_same else None)

    async def rate(self, token: str, answer_id: str, verdict: Verdict) -> None:
        """Keep a verdict on an answer of this conversation."""
        principal, conversation = await self._read(token)
        if not any(one.answer and one.answer.id == answer_id for one in conversation.exchanges):
            raise NotFound(f"the conversation has no answer {answer_id!r}")
        given = Feedback(
            tenant=principal.tenant, answer_id=AnswerId(answer_id), person=principal.person, verdict=verdict
        )
        await self._desk.feedback.record(given)

    async def person(self, token: str) -> None:
        """Hand the conversation to a person."""
        _, conversation = await self._read(token)
        await self._desk.tickets.open(conversation, "asked for a person")

    async def upload(self, token: str, paths: Sequence[Path]) -> list[Document | Refused]:
        """Files for this conversation alone."""
        principal, conversation = await self._enter(token)
        if len(paths) > self.limits.files:
            raise Refused(f"{len(paths)} files are too many at once; {self.limits.files} is the most")
        audience = conversation_audience(conversation.id)
        names = [file_name(path.name) for path in paths]
        uploads = [
            Upload(
                data=await contents(path, self.limits.file_bytes),
                name=name,
                # The audience keeps a customer's file from passing for one of the company's.
                source=f"upload:{audience}/{name}",
                tenant=principal.tenant,
                audience=audience,
            )
            for path, name in zip(paths, names, strict=True)
        ]
        return await self._desk.ingester.accept(uploads)

    async def _enter(self, token: str) -> tuple[Principal, Conversation]:
        """Who shows the token, and the one conversation it is for, without what was said in it.

        Raises:
            Unauthorized: it is for none of this desk's conversations.
        """
        principal, conversation_id = await self._identified(token)
        conversations = self._desk.answerer.conversations
        return principal, await conversations.outline(principal.tenant, conversation_id)

    async def _identified(self, token: str) -> tuple[Principal, ConversationId]:
        """The same without a look at the records."""
        principal = await self._desk.access.identify(token)
        if principal.conversation_id is None or principal.tenant != self._desk.tenant.id:
            raise Unauthorized("this token is for no conversation")
        return principal, principal.conversation_id

    async def _begin(self, customer: CustomerId | None) -> str:
        """The token of a new conversation, of a customer where one is known."""
        address = Address(channel=CHANNEL, person=f"customer:{customer}" if customer else "")
        conversations = self._desk.answerer.conversations
        conversation = await conversations.start(self._desk.tenant.id, address, customer)
        life = timedelta(hours=self._door.settings.web.token_hours)
        return self._desk.access.token_for(of_conversation(conversation, None), life)

    async def _is_of(self, token: str, subject: str) -> bool:
        """Whether the token's conversation is that of the customer whom the site calls `subject`."""
        try:
            principal, conversation_id = await self._identified(token)
        except Refused:
            return False
        known = await self._desk.customers.of_conversation(principal.tenant, conversation_id)
        return known is not None and known.subject == subject

    async def _read(self, token: str) -> tuple[Principal, Conversation]:
        """The same, with all that was said."""
        principal, outline = await self._enter(token)
        return principal, await self._desk.answerer.conversations.whole(outline)


def _message(principal: Principal, conversation: Conversation, question: Question) -> Message:
    """The question as the desk takes it; one to be tried again must stand in the conversation.

    Raises:
        NotFound: it does not.
    """
    text, message_id = question.text, f"{conversation.id}:{uuid.uuid4().hex}"
    if question.message_id:
        asked = [one for one in conversation.exchanges if one.message_id == question.message_id]
        if not asked:
            raise NotFound("the conversation has no such question")
        text, message_id = asked[0].text, asked[0].message_id
    return Message(
        id=MessageId(message_id),
        tenant=principal.tenant,
        conversation_id=conversation.id,
        text=text,
        address=conversation.address,
        audiences=principal.audiences,
        documents=frozenset(map(DocumentId, question.documents)) or None,
        language=question.language,
    )


def _with_token(url: str, token: str) -> str:
    """The address with the token that lets its bearer see what is not for everybody."""
    where, _, part = url.partition("#")
    return f"{where}&{urlencode({'token': token})}#{part}"
