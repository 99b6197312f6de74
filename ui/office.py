"""What happens on the admin page: each event's answer, drawn from what the desk says."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import FrontdeskError, Refused
from core.tenants import PUBLIC, STAFF
from ui import documents, insights, tickets
from ui.calls import AdminCalls
from ui.thread import BELL
from ui.words import AdminWords, words_for

Changes = dict[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Widgets:
    """The parts of the page that change."""

    header: gr.HTML
    tabs: gr.Tabs
    tab_documents: gr.Tab
    tab_search: gr.Tab
    tab_insights: gr.Tab
    add_title: gr.HTML
    drop: gr.File
    audience: gr.Radio
    labels: gr.Textbox
    add: gr.Button
    notice: gr.HTML
    filter: gr.Textbox
    table: gr.HTML
    sure: gr.State
    target: gr.State
    replacing: gr.Group
    replacing_title: gr.HTML
    new_file: gr.UploadButton
    keep_old: gr.Button
    query: gr.Textbox
    search_as: gr.Radio
    search: gr.Button
    found: gr.HTML
    counters: gr.HTML
    reviews: gr.HTML
    refresh: gr.Button
    timer: gr.Timer
    tickets: tickets.Widgets


class Office:
    """What happens on the page. Nothing about the admin is held here."""

    def __init__(self, calls: AdminCalls, widgets: Widgets) -> None:
        self._calls = calls
        self._on = widgets

    async def arrive(self, request: gr.Request) -> Changes:
        """The page in the admin's language."""
        on, words = self._on, _words(request)
        who = [(words.public, PUBLIC), (words.staff, STAFF)]
        return {
            on.header: _header(words, self._calls.name, words_for(_language(request)).code),
            on.tab_documents: gr.update(label=words.documents),
            on.tab_search: gr.update(label=words.try_it),
            on.tab_insights: gr.update(label=words.insights),
            on.add_title: f'<h2 class="fd-section">{escape(words.add_title)}</h2>',
            on.drop: gr.update(label=words.drop),
            on.audience: gr.update(label=words.audience, choices=who, value=PUBLIC),
            on.labels: gr.update(label=words.labels, placeholder=words.labels_hint),
            on.add: words.add,
            on.filter: gr.update(placeholder=words.filter, label=words.filter),
            on.new_file: gr.update(label=words.choose_file),
            on.keep_old: words.cancel,
            on.query: gr.update(label=words.search_label, placeholder=words.search_hint),
            on.search_as: gr.update(label=words.search_as, choices=who, value=PUBLIC),
            on.search: words.search,
            on.refresh: words.refresh,
        }

    async def look(self, wanted: str, sure: str, request: gr.Request) -> Changes:
        """The documents as they are now; looked at again while any of them is on its way."""
        known = await self._calls.documents()
        return {
            self._on.table: documents.table(_words(request), known, wanted=wanted, sure=sure),
            self._on.timer: gr.Timer(active=documents.is_moving(known)),
        }

    async def add(
        self,
        paths: list[str] | None,
        audience: str,
        labels: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - this is how gradio hands one in
    ) -> Changes:
        """The dropped files taken in, and those that were not."""
        on, words = self._on, _words(request)
        if not paths:
            return {on.notice: _notice(words.choose_first)}
        chosen = frozenset(label.strip() for label in labels.split(",")) - {""}
        refused: list[str] = []
        for path in progress.tqdm(paths, desc=words.taking):
            result = await self._calls.add(Path(path), audience, chosen)
            if isinstance(result, Refused):
                refused.append(f"{Path(path).name}: {result}")
        done = [words.added.format(taken=len(paths) - len(refused))] if len(refused) < len(paths) else []
        return {on.drop: None, on.labels: "", on.notice: _notice(*done, *refused, is_bad=bool(refused))}

    async def retry(self, event: gr.EventData, request: gr.Request) -> str:
        """What came of reading a document once more."""
        try:
            await self._calls.retry(str(event.document))
        except FrontdeskError as error:
            return _notice(_words(request).failed.format(reason=error), is_bad=True)
        return ""

    def make_sure(self, event: gr.EventData) -> str:
        """The document that the admin is asked about."""
        return str(event.document)

    async def delete(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        """Nothing left to ask about, and what went wrong if anything did."""
        try:
            await self._calls.delete(str(event.document))
        except FrontdeskError as error:
            return "", _notice(_words(request).failed.format(reason=error), is_bad=True)
        return "", ""

    async def choose_new(self, event: gr.EventData, request: gr.Request) -> Changes:
        """The box in which a document's new version is chosen."""
        on, wanted = self._on, str(event.document)
        names = [document.name for document in await self._calls.documents() if document.id == wanted]
        title = _words(request).replace_title.format(name="".join(names))
        return {
            on.replacing: gr.update(visible=True),
            on.replacing_title: f'<h2 class="fd-section">{escape(title)}</h2>',
            on.target: wanted,
        }

    def keep_old(self) -> Changes:
        """The box closed again."""
        return {
            self._on.replacing: gr.update(visible=False),
            self._on.replacing_title: "",
            self._on.target: "",
        }

    async def replace(self, target: str, path: str, request: gr.Request) -> Changes:
        """The new version taken in, or why not."""
        try:
            result = await self._calls.replace(target, Path(path))
        except FrontdeskError as error:
            result = Refused(str(error))
        bad = isinstance(result, Refused)
        says = _words(request).failed.format(reason=result) if bad else ""
        return {self._on.notice: _notice(says, is_bad=True) if bad else ""} | self.keep_old()

    async def search(self, query: str, search_as: str, request: gr.Request) -> str:
        """What is found for a question, and why."""
        if not query.strip():
            return ""
        try:
            found = await self._calls.search(query.strip(), as_staff=search_as == STAFF)
        except FrontdeskError as error:
            return _notice(_words(request).failed.format(reason=error), is_bad=True)
        return insights.results(_words(request), found)

    def try_again(self, event: gr.EventData) -> Changes:
        """The search tab with an unsolved question in its box."""
        return {self._on.tabs: gr.Tabs(selected="search"), self._on.query: str(event.text)}

    async def look_back(self, request: gr.Request) -> tuple[str, str]:
        """The counters, and the questions to look at."""
        words = _words(request)
        counts = insights.counters(words, await self._calls.counts())
        title = f'<h2 class="fd-section">{escape(words.unsolved)}</h2>'
        hint = f'<p class="fd-hint">{escape(words.unsolved_hint)}</p>'
        return counts, title + hint + insights.reviews(words, await self._calls.unsolved())


def _header(words: AdminWords, name: str, language: str) -> str:
    return (
        f'<header class="fd-top" data-lang="{escape(language)}"><a class="fd-brand" href="/admin">{BELL}'
        f"<span>{escape(name)} · {escape(words.admin)}</span></a>"
        f'<nav><a class="fd-quiet" href="/">{escape(words.customer_page)}</a>'
        f'<form method="post" action="/sign-out"><button class="fd-outline">{escape(words.sign_out)}'
        f"</button></form></nav></header>"
    )


def _notice(*lines: str, is_bad: bool = False) -> str:
    kind = "fd-bad" if is_bad else "fd-good"
    says = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="fd-told {kind}" role="status">{says}</div>' if says else ""


def _language(request: gr.Request) -> str | None:
    header: str | None = request.headers.get("accept-language")
    return header


def _words(request: gr.Request) -> AdminWords:
    return words_for(_language(request)).admin
