"""What happens on the customer page: each event's answer, drawn from what the desk says."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gradio as gr

from core.documents import Document, DocumentStatus
from core.errors import FrontdeskError, Refused, SearchUnavailable, Unavailable
from core.messages import Status, Token
from ui import sources, thread
from ui.calls import CustomerCalls, Question
from ui.showing import Showing
from ui.thread import Memory, memory_of
from ui.widgets import Changes, Widgets
from ui.words import ChatWords, Words, words_for

logger = logging.getLogger(__name__)

Kept = dict[str, Any]
NOBODY = "nobody"
"""What a page that embeds this one says where no customer is signed in there."""


class Visit:
    """What happens on the page. Everything about a visitor is passed in and out, nothing is held."""

    def __init__(self, calls: CustomerCalls, widgets: Widgets) -> None:
        self._calls = calls
        self._on = widgets
        self._show = Showing(calls, widgets)

    async def arrive(self, kept: Kept, proof: str, request: gr.Request) -> Changes:
        """The page as this visitor left it, or as the company's site knows them, in their language."""
        on, words = self._on, _words(request)
        memory, remark = await self._who(proof, memory_of(kept), words)
        plate = await self._calls.nameplate(words.language)
        size = f"{self._calls.limits.file_bytes // 2**20} MB"
        hint = words.attach_hint.format(files=self._calls.limits.files, size=size)
        return {
            **await self._show.drawn(words, memory),
            on.header: thread.header(words, plate.name, words.language),
            on.live: thread.failure(words, remark) if remark else "",
            on.send: gr.update(value=words.send, interactive=True),
            on.stop: gr.update(value=words.stop, visible=False),
            on.attach: gr.update(label=words.attach),
            on.foot: thread.foot(words, hint),
            on.kept: asdict(memory),
        }

    async def _who(self, proof: str, memory: Memory, words: ChatWords) -> tuple[Memory, str]:
        """Where the visitor goes on, and a sentence where the site's proof of them is not good.

        What a known customer said is shown to nobody for whom the site does not vouch any more.
        """
        talk = await self._show.talk(memory)
        if talk is None:
            memory = Memory()
        is_known = talk is not None and talk.conversation.customer_id is not None
        stranger = Memory() if is_known else memory
        if proof in {"", NOBODY}:
            return (stranger if proof else memory), ""
        try:
            token = await self._calls.sign_in(proof, memory.token)
        except FrontdeskError:
            return stranger, words.not_known
        return (memory if token == memory.token else Memory(token=token)), ""

    async def watch(self, seen: str, kept: Kept, request: gr.Request) -> Changes:
        """The conversation again if a person has come, written or left since `seen`.

        One look at the records where nothing has happened.
        """
        on, memory = self._on, memory_of(kept)
        try:
            if await self._calls.news(memory.token) == seen:
                return {on.watch: gr.skip()}
        except Unavailable:
            return {on.watch: gr.skip()}
        except Refused:
            return {on.watch: gr.Timer(active=False)}
        return await self._show.drawn(_words(request), memory, is_live=True)

    async def ask(
        self, text: str, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """A turn for what was typed."""
        if text.strip():
            question = Question(text=text.strip(), documents=tuple(documents), language=_spoken(request).code)
            async with aclosing(self._turn(question, kept, request)) as turn:
                async for changes in turn:
                    yield changes

    async def ask_example(
        self, event: gr.EventData, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """A turn for one of the examples."""
        question = Question(text=str(event.text), documents=tuple(documents), language=_spoken(request).code)
        async with aclosing(self._turn(question, kept, request)) as turn:
            async for changes in turn:
                yield changes

    async def ask_again(
        self, event: gr.EventData, documents: list[str], kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """The turn of a question that got no answer, once more."""
        question = Question(
            message_id=str(event.message), documents=tuple(documents), language=_spoken(request).code
        )
        async with aclosing(self._turn(question, kept, request)) as turn:
            async for changes in turn:
                yield changes

    async def _turn(
        self, question: Question, kept: Kept, request: gr.Request
    ) -> AsyncGenerator[Changes, None]:
        """One turn; a fault of ours ends it in a sentence too.

        Gradio's own event for failures comes for a turn that the visitor stopped as well.
        """
        memory, words = memory_of(kept), _words(request)
        try:
            async with aclosing(self._answered(question, memory, words)) as turn:
                async for changes in turn:
                    memory = memory_of(changes.get(self._on.kept)) if self._on.kept in changes else memory
                    yield changes
        except Exception as error:  # the edge of this door
            logger.error("page_turn_broke", extra={"error": type(error).__name__})
            logger.debug("page_turn_broke", exc_info=True)
            yield await self._broke_off(memory, words)

    async def _answered(
        self, question: Question, memory: Memory, words: ChatWords
    ) -> AsyncGenerator[Changes, None]:
        on = self._on
        memory, talk = await self._show.begun(memory)
        is_silent = talk.state == "person"
        yield (
            self._busy(True)
            | {
                on.thread: thread.thread(
                    words, talk, memory, asking=question.text, hidden=question.message_id
                ),
                on.live: "" if is_silent else thread.status(words, "retrieve"),
                on.kept: asdict(memory),
                on.watch: gr.Timer(active=False),
            }
            | ({on.question: ""} if question.text else {})
        )
        said = ""
        try:
            async with aclosing(self._calls.ask(memory.token, question)) as events:
                async for event in events:
                    if isinstance(event, Status) and not (said or is_silent):
                        yield {on.live: thread.status(words, event.stage)}
                    elif isinstance(event, Token):
                        said += event.text
                        yield {on.live: thread.partial(said)}
        except FrontdeskError as error:
            yield await self._failed(error, question, memory, words)
            return
        yield self._busy(False) | await self._show.drawn(words, memory) | {on.live: ""}

    async def _failed(
        self, error: FrontdeskError, question: Question, memory: Memory, words: ChatWords
    ) -> Changes:
        """One polite sentence, and the question kept where it can be asked again."""
        on = self._on
        talk = await self._show.known(memory)
        last = talk.conversation.exchanges[-1] if talk.conversation.exchanges else None
        waiting = last.message_id if last and last.answer is None else ""
        if isinstance(error, Refused):
            sentence = words.refused.format(reason=str(error).rstrip("."))
            waiting = ""
        else:
            sentence = words.search_down if isinstance(error, SearchUnavailable) else words.busy
        asking = "" if waiting else question.text
        shown = thread.thread(words, talk, memory, asking=asking, hidden=waiting)
        failure = thread.failure(words, sentence, again=waiting, person=isinstance(error, Unavailable))
        restored = {on.question: question.text} if isinstance(error, Refused) and question.text else {}
        watching = self._show.watching(words, talk)
        return self._busy(False) | watching | {on.thread: shown, on.live: failure} | restored

    async def stopped(self, kept: Kept, request: gr.Request) -> Changes:
        """The conversation after a turn was cut off: its question waits to be asked again."""
        drawn = await self._show.drawn(_words(request), memory_of(kept))
        return self._busy(False) | drawn | {self._on.live: ""}

    async def _broke_off(self, memory: Memory, words: ChatWords) -> Changes:
        """The conversation after a turn ended in an error of ours, as far as it can be read."""
        said: Changes = {self._on.live: thread.failure(words, words.busy, person=True)}
        try:
            return self._busy(False) | await self._show.drawn(words, memory) | said
        except FrontdeskError:
            return self._busy(False) | said

    async def begin_anew(self, kept: Kept, request: gr.Request) -> Changes:
        """An empty page, the same customer's where they are known; the desk keeps the old one."""
        on, memory = self._on, memory_of(kept)
        talk = await self._show.talk(memory)
        is_known = talk is not None and talk.conversation.customer_id is not None
        memory = Memory(token=await self._calls.start(memory.token)) if is_known else Memory()
        return (
            self._busy(False)
            | {on.question: ""}
            | await self._show.drawn(_words(request), memory)
            | {on.live: "", on.source: "", on.refusals: [], on.kept: asdict(memory)}
        )

    async def call_person(self, kept: Kept, request: gr.Request) -> Changes:
        """The conversation handed over, and what happens next."""
        on, words = self._on, _words(request)
        memory, _ = await self._show.begun(memory_of(kept))
        await self._calls.person(memory.token)
        return await self._show.drawn(words, memory) | {on.live: "", on.kept: asdict(memory)}

    async def open_source(self, event: gr.EventData, kept: Kept, request: gr.Request) -> Changes:
        """The panel with the quoted words."""
        on, words = self._on, _words(request)
        try:
            source = await self._calls.source(memory_of(kept).token, str(event.answer), int(event.n))
        except Refused:
            return {on.live: thread.failure(words, words.gone)}
        return {on.source: sources.source_panel(words, source)}

    async def rate(self, event: gr.EventData, kept: Kept, request: gr.Request) -> Changes:
        """The conversation with the visitor's verdict, which they can change."""
        on, words, memory = self._on, _words(request), memory_of(kept)
        verdict, answer_id = str(event.verdict), str(event.answer)
        try:
            await self._calls.rate(memory.token, answer_id, "up" if verdict == "up" else "down")
        except Refused:
            return {on.live: thread.failure(words, words.gone)}
        memory = replace(memory, verdicts={**memory.verdicts, answer_id: verdict})
        return {on.thread: (await self._show.drawn(words, memory))[on.thread], on.kept: asdict(memory)}

    async def take_files(self, paths: list[str], kept: Kept, request: gr.Request) -> Changes:
        """The visitor's files taken in, and why some were not."""
        on, words, memory = self._on, _words(request), memory_of(kept)
        most = self._calls.limits.files
        if len(paths) > most:
            return {on.refusals: [("", words.too_many.format(count=len(paths), most=most))]}
        memory, _ = await self._show.begun(memory)
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
        on, words, memory = self._on, _words(request), memory_of(kept)
        own = await self._calls.own_files(memory.token)
        ready = await self._calls.documents(memory.token)
        choices = _choices(ready)
        still = [each for each in chosen if each in {value for _, value in choices}]
        return {
            on.files: thread.files(words, own, refusals),
            on.documents: gr.update(choices=choices, value=still, label=words.documents_label),
            on.timer: gr.Timer(active=any(map(_is_pending, own))),
        }

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


def _spoken(request: gr.Request) -> Words:
    wanted: str | None = request.headers.get("accept-language")
    return words_for(wanted)


def _words(request: gr.Request) -> ChatWords:
    return _spoken(request).chat
