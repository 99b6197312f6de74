"""What happens on the customer page: each event's answer, drawn from what the desk says."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from core.conversation import Conversation
from core.documents import Document, DocumentStatus
from core.errors import FrontdeskError, Refused, SearchUnavailable, Unavailable
from core.messages import Status, Token
from ui import sources, thread
from ui.calls import CustomerCalls, Question
from ui.thread import Memory
from ui.words import ChatWords, Words, words_for

Changes = dict[Any, Any]
Kept = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Widgets:
    """The parts of the page that change."""

    kept: gr.BrowserState
    refusals: gr.State
    header: gr.HTML
    thread: gr.HTML
    live: gr.HTML
    files: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button
    documents: gr.Dropdown
    attach: gr.UploadButton
    foot: gr.HTML
    source: gr.HTML
    timer: gr.Timer


class Visit:
    """What happens on the page. Everything about a visitor is passed in and out, nothing is held."""

    def __init__(self, calls: CustomerCalls, widgets: Widgets) -> None:
        self._calls = calls
        self._on = widgets

    async def arrive(self, kept: Kept, request: gr.Request) -> Changes:
        """The page as this visitor left it, in their language."""
        on, words, memory = self._on, _words(request), _memory(kept)
        conversation = await self._conversation(memory)
        if conversation is None:
            memory = Memory()
        plate = await self._calls.nameplate(_spoken(request).code)
        size = f"{self._calls.limits.file_bytes // 2**20} MB"
        hint = words.attach_hint.format(files=self._calls.limits.files, size=size)
        return {
            on.header: thread.header(words, plate.name, _spoken(request).code),
            on.thread: await self._thread(words, conversation, memory, plate.greeting),
            on.live: "",
            on.question: gr.update(placeholder=words.placeholder, label=words.placeholder, interactive=True),
            on.send: gr.update(value=words.send, interactive=True),
            on.stop: gr.update(value=words.stop, visible=False),
            on.attach: gr.update(label=words.attach),
            on.foot: thread.foot(words, hint),
            on.kept: asdict(memory),
        }

    async def ask(
        self, text: str, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """A turn for what was typed."""
        if text.strip():
            question = Question(text=text.strip(), documents=tuple(documents), language=_spoken(request).code)
            async with aclosing(self._turn(question, _memory(kept), _words(request))) as turn:
                async for changes in turn:
                    yield changes

    async def ask_example(
        self, event: gr.EventData, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """A turn for one of the examples."""
        question = Question(text=str(event.text), documents=tuple(documents), language=_spoken(request).code)
        async with aclosing(self._turn(question, _memory(kept), _words(request))) as turn:
            async for changes in turn:
                yield changes

    async def ask_again(
        self, event: gr.EventData, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """The turn of a question that got no answer, once more."""
        question = Question(
            message_id=str(event.message), documents=tuple(documents), language=_spoken(request).code
        )
        async with aclosing(self._turn(question, _memory(kept), _words(request))) as turn:
            async for changes in turn:
                yield changes

    async def _turn(
        self, question: Question, memory: Memory, words: ChatWords
    ) -> AsyncGenerator[Changes, None]:
        on = self._on
        conversation = await self._conversation(memory)
        if conversation is None:
            memory = Memory(token=await self._calls.start())
            conversation = await self._calls.conversation(memory.token)
        yield (
            self._busy(True)
            | {
                on.thread: thread.thread(
                    words, conversation, memory, asking=question.text, hidden=question.message_id
                ),
                on.live: thread.status(words, "retrieve"),
                on.kept: asdict(memory),
            }
            | ({on.question: ""} if question.text else {})
        )
        said = ""
        try:
            async with aclosing(self._calls.ask(memory.token, question)) as events:
                async for event in events:
                    if isinstance(event, Status) and not said:
                        yield {on.live: thread.status(words, event.stage)}
                    elif isinstance(event, Token):
                        said += event.text
                        yield {on.live: thread.partial(said)}
        except FrontdeskError as error:
            yield await self._failed(error, question, memory, words)
            return
        conversation = await self._calls.conversation(memory.token)
        yield self._busy(False) | {on.thread: thread.thread(words, conversation, memory), on.live: ""}

    async def _failed(
        self, error: FrontdeskError, question: Question, memory: Memory, words: ChatWords
    ) -> Changes:
        """One polite sentence, and the question kept where it can be asked again."""
        on = self._on
        conversation = await self._calls.conversation(memory.token)
        last = conversation.exchanges[-1] if conversation.exchanges else None
        waiting = last.message_id if last and last.answer is None else ""
        if isinstance(error, Refused):
            sentence = words.refused.format(reason=str(error).rstrip("."))
            waiting = ""
        else:
            sentence = words.search_down if isinstance(error, SearchUnavailable) else words.busy
        asking = "" if waiting else question.text
        shown = thread.thread(words, conversation, memory, asking=asking, hidden=waiting)
        failure = thread.failure(words, sentence, again=waiting, person=isinstance(error, Unavailable))
        restored = {on.question: question.text} if isinstance(error, Refused) and question.text else {}
        return self._busy(False) | {on.thread: shown, on.live: failure} | restored

    async def stopped(self, kept: Kept, request: gr.Request) -> Changes:
        """The conversation after a turn was cut off: its question waits to be asked again."""
        words, memory = _words(request), _memory(kept)
        shown = await self._thread(words, await self._conversation(memory), memory)
        return self._busy(False) | {self._on.thread: shown, self._on.live: ""}

    async def broke_off(self, kept: Kept, request: gr.Request) -> Changes:
        """The conversation after a turn ended in an error of ours."""
        words = _words(request)
        return await self.stopped(kept, request) | {
            self._on.live: thread.failure(words, words.busy, person=True)
        }

    async def begin_anew(self, kept: Kept, request: gr.Request) -> Changes:
        """An empty page; the old conversation stays with the desk."""
        on, plate = self._on, await self._calls.nameplate(_spoken(request).code)
        return self._busy(False) | {
            on.thread: await self._thread(_words(request), None, Memory(), plate.greeting),
            on.live: "",
            on.question: "",
            on.source: "",
            on.refusals: [],
            on.kept: asdict(Memory()),
        }

    async def call_person(self, kept: Kept, request: gr.Request) -> Changes:
        """The conversation handed over, and what happens next."""
        on, words, memory = self._on, _words(request), _memory(kept)
        conversation = await self._conversation(memory)
        if conversation is None:
            memory = Memory(token=await self._calls.start())
            conversation = await self._calls.conversation(memory.token)
        ticket = await self._calls.person(memory.token)
        memory = replace(memory, ticket=ticket.id)
        return {on.thread: thread.thread(words, conversation, memory), on.live: "", on.kept: asdict(memory)}

    async def open_source(self, event: gr.EventData, kept: Kept, request: gr.Request) -> Changes:
        """The panel with the quoted words."""
        on, words = self._on, _words(request)
        try:
            source = await self._calls.source(_memory(kept).token, str(event.answer), int(event.n))
        except Refused:
            return {on.live: thread.failure(words, words.gone)}
        return {on.source: sources.source_panel(words, source)}

    async def rate(self, event: gr.EventData, kept: Kept, request: gr.Request) -> Changes:
        """The conversation with the visitor's verdict, which they can change."""
        on, words, memory = self._on, _words(request), _memory(kept)
        verdict, answer_id = str(event.verdict), str(event.answer)
        try:
            await self._calls.rate(memory.token, answer_id, "up" if verdict == "up" else "down")
        except Refused:
            return {on.live: thread.failure(words, words.gone)}
        memory = replace(memory, verdicts={**memory.verdicts, answer_id: verdict})
        shown = await self._thread(words, await self._conversation(memory), memory)
        return {on.thread: shown, on.kept: asdict(memory)}

    async def take_files(self, paths: list[str], kept: Kept, request: gr.Request) -> Changes:
        """The visitor's files taken in, and why some were not."""
        on, words, memory = self._on, _words(request), _memory(kept)
        most = self._calls.limits.files
        if len(paths) > most:
            return {on.refusals: [("", words.too_many.format(count=len(paths), most=most))]}
        if await self._conversation(memory) is None:
            memory = Memory(token=await self._calls.start())
        files = [Path(path) for path in paths]
        results = await self._calls.upload(memory.token, files)
        refused = [
            (file.name, str(result))
            for file, result in zip(files, results, strict=True)
            if isinstance(result, Refused)
        ]
        return {on.refusals: refused, on.kept: asdict(memory)}

    async def look_at_files(
        self, chosen: list[str], refusals: list[tuple[str, str]], kept: Kept, request: gr.Request
    ) -> Changes:
        """The visitor's files and the documents to ask, as they are now."""
        on, words, memory = self._on, _words(request), _memory(kept)
        own = await self._calls.own_files(memory.token)
        ready = await self._calls.documents(memory.token)
        choices = _choices(ready)
        still = [each for each in chosen if each in {value for _, value in choices}]
        return {
            on.files: thread.files(words, own, refusals),
            on.documents: gr.update(choices=choices, value=still, label=words.documents_label),
            on.timer: gr.Timer(active=any(map(_is_pending, own))),
        }

    async def _conversation(self, memory: Memory) -> Conversation | None:
        """The visitor's conversation; none when there is none yet or its token is no longer good."""
        if not memory.token:
            return None
        try:
            return await self._calls.conversation(memory.token)
        except Refused:
            return None

    async def _thread(
        self, words: ChatWords, conversation: Conversation | None, memory: Memory, greeting: str = ""
    ) -> str:
        if conversation is None or not (conversation.exchanges or memory.ticket):
            return thread.welcome(words, await self._calls.examples(), greeting)
        return thread.thread(words, conversation, memory)

    def _busy(self, is_busy: bool) -> Changes:
        return {self._on.send: gr.update(visible=not is_busy), self._on.stop: gr.update(visible=is_busy)}


def _choices(ready: list[Document]) -> list[tuple[str, str]]:
    """What the visitor picks from: readable names, and the files' own where two would read alike."""
    names = Counter(sources.readable(document.name) for document in ready)
    return [
        (name if names[name] == 1 else document.name, str(document.id))
        for document in ready
        for name in [sources.readable(document.name)]
    ]


def _is_pending(document: Document) -> bool:
    return document.status in {DocumentStatus.QUEUED, DocumentStatus.READING}


def _memory(kept: Kept | None) -> Memory:
    """What the browser kept, as far as it is of the right kind: anybody can write there."""
    found = kept or {}
    token, ticket, verdicts = found.get("token"), found.get("ticket"), found.get("verdicts")
    return Memory(
        token=token if isinstance(token, str) else "",
        ticket=ticket if isinstance(ticket, str) else "",
        verdicts={str(key): str(value) for key, value in verdicts.items()}
        if isinstance(verdicts, dict)
        else {},
    )


def _spoken(request: gr.Request) -> Words:
    wanted: str | None = request.headers.get("accept-language")
    return words_for(wanted)


def _words(request: gr.Request) -> ChatWords:
    return _spoken(request).chat
