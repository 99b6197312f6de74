"""The pages' side of the desk: what a click asks for, done by core and handed back to be drawn."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import gradio as gr
from fastapi import FastAPI, Request
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from channels.callers import of_conversation, principal_of
from channels.documents_api import file_name
from channels.door import Door
from channels.events import turn
from config.settings import Settings
from core.access import Principal, Role, conversation_audience
from core.assembly import Desk
from core.conversations import Conversation
from core.documents import Document, DocumentId, DocumentStatus
from core.errors import FrontdeskError, NotFound, Refused, Unauthorized
from core.feedback import Feedback, Review, Verdict
from core.ingest import Upload
from core.messages import Address, AnswerId, Event, Message, MessageId
from core.search import Found, Scope
from core.tenants import PUBLIC, STAFF
from core.tickets import Ticket
from ui import theme
from ui.admin import admin_page
from ui.calls import Limits, Question, SourceView
from ui.chat import customer_page

CHANNEL = "web"
ADMIN_PATH = "/admin"
MOST_EXAMPLES = 4
LONGEST_EXAMPLE = 80
REVIEWED = 12
"""How many unsolved questions are searched again to show what is found for them now."""


def mount(app: FastAPI, desk: Desk, settings: Settings) -> FastAPI:
    """The app with the customers' page at `/` and the admin's at `/admin`."""
    door: Door = app.state.door
    size = settings.documents.max_bytes
    limits = Limits(files=settings.web.upload_files, file_bytes=size)
    app.add_middleware(AdminsOnly, door=door)

    async def admin(request: Request) -> str | None:
        principal = await principal_of(request, door)
        return principal.person if principal and principal.role.reaches(Role.ADMIN) else None

    async def visitor(_: Request) -> str:
        return "visitor"

    for page, path, allow in (
        (admin_page(AdminDesk(door, limits)), ADMIN_PATH, admin),
        (customer_page(CustomerDesk(door, limits)), "/", visitor),
    ):
        gr.mount_gradio_app(
            app,
            page,
            path,
            auth_dependency=allow,
            allowed_paths=[],
            show_error=False,
            max_file_size=size,
            ssr_mode=False,
            enable_monitoring=False,
            run_history=False,
            footer_links=[],
            pwa=False,
            mcp_server=False,
            theme=theme.theme(),
            css=theme.css(),
            head=theme.head(),
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
    return app


class AdminsOnly:
    """ASGI middleware: under `/admin`, whoever is no admin is sent to sign in."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_guarded = path == ADMIN_PATH or path.startswith(f"{ADMIN_PATH}/")
        if scope["type"] not in {"http", "websocket"} or not is_guarded or await self._is_admin(scope):
            await self._app(scope, receive, send)
        elif path.rstrip("/") == ADMIN_PATH:
            await RedirectResponse("/sign-in", 303)(scope, receive, send)
        else:
            await JSONResponse({"detail": "sign in as an admin"}, 401)(scope, receive, send)

    async def _is_admin(self, scope: AsgiScope) -> bool:
        try:
            principal = await principal_of(HTTPConnection(scope), self._door)
        except Unauthorized:
            return False
        return principal is not None and principal.role.reaches(Role.ADMIN)


class CustomerDesk:
    """What the customer page can ask for. The token decides what may be seen and said."""

    def __init__(self, door: Door, limits: Limits) -> None:
        self._door = door
        self._desk = door.desk
        self.name = door.desk.tenant.name
        self.key = str(door.desk.tenant.id)
        self.limits = limits

    async def start(self) -> str:
        """The token of a new conversation."""
        conversation = await self._desk.answerer.conversations.start(
            self._desk.tenant.id, Address(channel=CHANNEL)
        )
        life = timedelta(hours=self._door.settings.web.token_hours)
        principal = of_conversation(conversation, None)
        return self._desk.access.token_for(principal, life, use="conversation")

    async def conversation(self, token: str) -> Conversation:
        """All that was said in the conversation that the token is for."""
        return (await self._enter(token))[1]

    async def examples(self) -> list[str]:
        """Questions that stand in the documents everybody may see, from as many of them as possible."""
        scope = Scope(tenant=self._desk.tenant.id)
        try:
            found = await self._desk.searcher.search("how can I what is when do you where", scope)
        except FrontdeskError:
            return []
        by_document: dict[DocumentId, list[str]] = {}
        for each in found:
            by_document.setdefault(each.passage.document_id, []).extend(_questions(each))
        rounds = itertools.zip_longest(*by_document.values(), fillvalue="")
        asked = dict.fromkeys(one for one in itertools.chain.from_iterable(rounds) if one)
        return list(asked)[:MOST_EXAMPLES]

    async def documents(self, token: str) -> list[Document]:
        """The documents that can be asked now, by name."""
        audiences = frozenset({PUBLIC})
        if token:
            try:
                audiences = (await self._desk.access.identify(token)).audiences
            except Unauthorized:
                token = ""
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

    async def ask(self, token: str, question: Question) -> AsyncIterator[Event]:
        """The events of one turn."""
        principal, conversation = await self._enter(token)
        message = _message(principal, conversation, question)
        async with aclosing(turn(self._door, message)) as events:
            async for event in events:
                yield event

    async def source(self, token: str, answer_id: str, n: int) -> SourceView:
        """A citation of this conversation, with the text it stands in where that is still kept."""
        principal, conversation = await self._enter(token)
        answers = [one.answer for one in conversation.exchanges if one.answer and one.answer.id == answer_id]
        cited = [citation for answer in answers for citation in answer.citations if citation.n == n]
        if not cited:
            raise NotFound(f"the conversation has no citation {n} in an answer {answer_id!r}")
        citation = cited[0]
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

    async def rate(self, token: str, answer_id: str, verdict: Verdict) -> None:
        """Keep a verdict on an answer of this conversation."""
        principal, conversation = await self._enter(token)
        if not any(one.answer and one.answer.id == answer_id for one in conversation.exchanges):
            raise NotFound(f"the conversation has no answer {answer_id!r}")
        given = Feedback(
            tenant=principal.tenant, answer_id=AnswerId(answer_id), person=principal.person, verdict=verdict
        )
        await self._desk.feedback.record(given)

    async def person(self, token: str) -> Ticket:
        """The conversation's ticket."""
        _, conversation = await self._enter(token)
        return await self._desk.tickets.open(conversation, "asked for a person")

    async def upload(self, token: str, paths: Sequence[Path]) -> list[Document | Refused]:
        """Files for this conversation alone."""
        principal, conversation = await self._enter(token)
        if len(paths) > self.limits.files:
            raise Refused(f"{len(paths)} files are too many at once; {self.limits.files} is the most")
        audience = conversation_audience(conversation.id)
        return await _take(self._door, [await _upload(principal, path, audience, self.limits) for path in paths])

    async def _enter(self, token: str) -> tuple[Principal, Conversation]:
        """Who shows the token, and the one conversation it is for.

        Raises:
            Unauthorized: it is for none of this desk's conversations.
        """
        principal = await self._desk.access.identify(token)
        if principal.conversation_id is None or principal.tenant != self._desk.tenant.id:
            raise Unauthorized("this token is for no conversation")
        conversations = self._desk.answerer.conversations
        return principal, await conversations.get(principal.tenant, principal.conversation_id)
