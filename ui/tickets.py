"""The tickets tab of the admin page: its parts, and what happens in it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any, Literal

import gradio as gr

from core.errors import FrontdeskError, NotFound, NotNow
from ui import theme, ticket_html
from ui.languages.tickets import TICKETS
from ui.ticket_calls import Queued, TicketCalls, TicketView
from ui.ticket_words import TicketWords
from ui.words import words_for

Changes = dict[Any, Any]
Drawn = dict[str, str]
REFRESH_S = 2.0
_FIRST = ("take", "send")


@dataclass(frozen=True, slots=True, kw_only=True)
class Widgets:
    """The parts of the tab that change."""

    tab: gr.Tab
    notice: gr.HTML
    queue: gr.HTML
    view: gr.HTML
    asking: gr.Group
    what: gr.HTML
    reason: gr.Textbox
    approve: gr.Button
    decline: gr.Button
    acting: gr.Group
    reply: gr.Textbox
    take: gr.Button
    send: gr.Button
    give_back: gr.Button
    close: gr.Button
    noting: gr.Group
    note: gr.Textbox
    add_note: gr.Button
    opened: gr.State
    drawn: gr.State
    draft: gr.State
    timer: gr.Timer


def draw(*, is_first: bool = False) -> Widgets:
    """The tab, empty; to be called where the tabs are drawn. The first is looked at from the start."""
    parts: dict[str, Any] = {}
    with gr.Tab("Tickets", id="tickets") as tab:
        parts["notice"] = gr.HTML(js_on_load=None, elem_id="fd-tickets-notice")
        with gr.Row(elem_classes="fd-tickets"):
            with gr.Column(scale=2, min_width=260):
                parts["queue"] = gr.HTML(js_on_load=theme.script(), elem_id="fd-queue")
            with gr.Column(scale=3, min_width=280):
                parts |= _draw_ticket()
        # Gradio counts what stands between tabs as one of them.
        parts |= {"opened": gr.State(""), "draft": gr.State(""), "drawn": gr.State({})}
        parts["timer"] = gr.Timer(REFRESH_S, active=is_first)
    return Widgets(tab=tab, **parts)


def _draw_ticket() -> dict[str, Any]:
    parts: dict[str, Any] = {"view": gr.HTML(js_on_load=None, elem_id="fd-case")}
    with gr.Group(visible=False) as parts["asking"]:
        parts["what"] = gr.HTML(js_on_load=None, padding=True)
        parts["reason"] = gr.Textbox(max_lines=3, elem_id="fd-reason")
        with gr.Row():
            parts["approve"] = gr.Button("", variant="primary", elem_id="fd-approve")
            parts["decline"] = gr.Button("", elem_id="fd-decline")
    with gr.Group(visible=False) as parts["acting"]:
        parts["reply"] = gr.Textbox(lines=3, max_lines=8, visible=False, elem_id="fd-reply")
        with gr.Row():
            for name in ("take", "send", "give_back", "close"):
                look: Literal["primary", "secondary"] = "primary" if name in _FIRST else "secondary"
                parts[name] = gr.Button("", variant=look, visible=False, elem_id=f"fd-ticket-{name}")
    with gr.Group(visible=False) as parts["noting"]:
        parts["note"] = gr.Textbox(max_lines=4, elem_id="fd-note")
        parts["add_note"] = gr.Button("", size="sm", elem_id="fd-add-note")
    return parts


def listen(page: gr.Blocks, tabs: gr.Tabs, on: Widgets, calls: TicketCalls) -> None:
    """Tie the tab's events to what happens; none of them is an API endpoint."""
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    does = Happenings(calls, on)
    worded = [on.tab, on.reason, on.approve, on.decline, on.reply, on.take, on.send, on.give_back, on.close,
              on.note, on.add_note]  # fmt: skip
    seen = [on.opened, on.drawn]
    looked = [on.queue, on.view, on.asking, on.what, on.acting, on.reply, on.take, on.send, on.give_back,
              on.close, on.noting, on.reason, on.drawn, on.opened, on.tab]  # fmt: skip
    arrived = page.load(does.arrive, None, worded, **hidden)
    if on.timer.active:
        arrived.then(does.look, seen, looked, **hidden)
    tabs.select(does.turn_to, None, [on.timer], **hidden)
    on.tab.select(does.look, seen, looked, **hidden)
    on.timer.tick(does.look, seen, looked, **hidden)
    on.queue.open(does.open, [on.opened], [on.opened, on.draft, on.notice, on.reply, on.note], **hidden).then(
        does.look, seen, looked, **hidden
    )
    for event, step, given, changed in (
        (on.take.click, does.take, [on.opened], [on.notice]),
        (on.send.click, does.reply, [on.opened, on.reply, on.draft], [on.notice, on.reply, on.draft]),
        (on.reply.submit, does.reply, [on.opened, on.reply, on.draft], [on.notice, on.reply, on.draft]),
        (on.give_back.click, does.give_back, [on.opened], [on.notice]),
        (on.close.click, does.close, [on.opened], [on.notice]),
        (on.add_note.click, does.note, [on.opened, on.note, on.draft], [on.notice, on.note, on.draft]),
        (on.approve.click, does.approve, [on.opened], [on.notice]),
        (on.decline.click, does.decline, [on.opened, on.reason], [on.notice, on.reason]),
    ):
        event(step, given, changed, **hidden).then(does.look, seen, looked, **hidden)


class Happenings:
    """What happens in the tab. Nothing about who looks at it is held here."""

    def __init__(self, calls: TicketCalls, widgets: Widgets) -> None:
        self._calls = calls
        self._on = widgets

    async def arrive(self, request: gr.Request) -> Changes:
        """The tab in the language of whoever opens it."""
        on, words = self._on, _words(request)
        return {
            on.tab: gr.update(label=_label(words, await self._calls.queue())),
            on.reason: gr.update(label=words.reason_label),
            on.approve: words.approve,
            on.decline: words.decline,
            on.reply: gr.update(label=words.reply_label),
            on.take: words.take,
            on.send: words.send,
            on.give_back: words.give_back,
            on.close: words.close,
            on.note: gr.update(label=words.note_label),
            on.add_note: words.add_note,
        }

    def turn_to(self, event: gr.SelectData, request: gr.Request) -> Any:  # noqa: ANN401 - gradio's own
        """The tab is looked at anew by itself for as long as it is the one on top."""
        label = str(event.value).rpartition(" (")[0] or event.value
        return gr.Timer(active=label in (_words(request).tickets, "Tickets"))

    async def look(self, opened: str, drawn: Drawn, request: gr.Request) -> Changes:
        """What has changed since it was drawn last, and only that: what is being typed stays."""
        on, words, person = self._on, _words(request), _person(request)
        entries = await self._calls.queue()
        queue = ticket_html.queue(words, entries, opened=opened, person=person, now=datetime.now(UTC))
        view = await self._view(opened)
        shown = ticket_html.ticket(words, view, person) if view else _choose(words, bool(entries))
        sign = _sign(view)
        label = _label(words, entries)
        changes: Changes = {on.drawn: {"queue": queue, "view": shown, "sign": sign, "label": label}}
        if label != drawn.get("label"):
            changes[on.tab] = gr.update(label=label)
        if queue != drawn.get("queue"):
            changes[on.queue] = queue
        if shown != drawn.get("view"):
            changes[on.view] = shown
        if sign != drawn.get("sign"):
            changes |= self._controls(words, view, person)
        return changes

    def open(self, event: gr.EventData, opened: str) -> Changes:
        """The ticket that was chosen; what was typed for another one goes."""
        on, chosen = self._on, str(event.ticket)
        changes: Changes = {on.opened: chosen, on.draft: uuid.uuid4().hex, on.notice: ""}
        return changes if chosen == opened else changes | {on.reply: "", on.note: ""}

    async def take(self, opened: str, request: gr.Request) -> str:
        """The ticket taken, or who has it."""
        return await self._done(self._calls.take(request.headers, opened), opened, request)

    async def reply(self, opened: str, text: str, draft: str, request: gr.Request) -> Changes:
        """The reply sent; what could not be sent stays in the box."""
        said = await self._done(self._calls.reply(request.headers, opened, text, draft), opened, request)
        return {self._on.notice: said} if said else self._fresh(self._on.reply)

    async def give_back(self, opened: str, request: gr.Request) -> str:
        """The conversation given back to the desk."""
        return await self._done(self._calls.give_back(request.headers, opened), opened, request)

    async def close(self, opened: str, request: gr.Request) -> str:
        """The ticket settled."""
        return await self._done(self._calls.close(request.headers, opened), opened, request)

    async def note(self, opened: str, text: str, draft: str, request: gr.Request) -> Changes:
        """The note kept; what could not be kept stays in the box."""
        said = await self._done(self._calls.note(request.headers, opened, text, draft), opened, request)
        return {self._on.notice: said} if said else self._fresh(self._on.note)

    async def approve(self, opened: str, request: gr.Request) -> str:
        """What came of what waits."""
        view = await self._view(opened)
        if view is None or view.pending is None:
            return ""
        return await self._decided(self._calls.approve(request.headers, view.pending.id), opened, request)

    async def decline(self, opened: str, reason: str, request: gr.Request) -> Changes:
        """What waits, declined."""
        view = await self._view(opened)
        if view is None or view.pending is None:
            return {self._on.notice: ""}
        deciding = self._calls.decline(request.headers, view.pending.id, reason)
        return {self._on.notice: await self._decided(deciding, opened, request), self._on.reason: ""}

    def _controls(self, words: TicketWords, view: TicketView | None, person: str) -> Changes:
        """Only what can be done now."""
        on, waits = self._on, view.pending if view else None
        status = view.ticket.status if view else ""
        is_mine = view is not None and status == "taken" and view.ticket.taken_by == person
        return {
            on.asking: gr.update(visible=waits is not None),
            on.what: ticket_html.pending(words, waits) if waits else "",
            on.reason: "",
            on.acting: gr.update(visible=status in ("waiting", "taken", "returned")),
            on.reply: gr.update(visible=is_mine),
            on.take: gr.update(visible=status == "waiting"),
            on.send: gr.update(visible=is_mine),
            on.give_back: gr.update(visible=is_mine),
            on.close: gr.update(visible=status in ("waiting", "returned") or is_mine),
            on.noting: gr.update(visible=view is not None),
        }

    def _fresh(self, box: gr.Textbox) -> Changes:
        return {self._on.notice: "", box: "", self._on.draft: uuid.uuid4().hex}

    async def _view(self, opened: str) -> TicketView | None:
        if not opened:
            return None
        try:
            return await self._calls.ticket(opened)
        except NotFound:
            return None

    async def _done(self, step: Awaitable[None], opened: str, request: gr.Request) -> str:
        """Nothing where it went well, else why not, in the reader's own words where it is who has it."""
        words = _words(request)
        try:
            await step
        except FrontdeskError as error:
            view = await self._view(opened) if isinstance(error, NotNow) else None
            there = view.ticket if view and view.ticket.status == "taken" else None
            if there and there.taken_by != _person(request):
                return _notice(words.taken_by.format(name=ticket_html.held_by(there)), is_bad=True)
            return _notice(words.failed.format(reason=error), is_bad=True)
        return ""

    async def _decided(self, step: Awaitable[Any], opened: str, request: gr.Request) -> str:
        words = _words(request)
        try:
            approval = await step
        except FrontdeskError as error:
            return _notice(words.failed.format(reason=error), is_bad=True)
        return _notice(
            words.states[approval.state], is_bad=approval.state in ("failed", "unknown", "refused")
        )


def _label(words: TicketWords, entries: Sequence[Queued]) -> str:
    """The tab's name, with how many wait where any do."""
    waiting = sum(one.ticket.status == "waiting" for one in entries)
    return f"{words.tickets} ({waiting})" if waiting else words.tickets


def _sign(view: TicketView | None) -> str:
    """What the controls depend on."""
    if view is None:
        return "none"
    waits = view.pending.id if view.pending else ""
    return f"{view.ticket.id} {view.ticket.status} {view.ticket.taken_by} {waits}"


def _choose(words: TicketWords, has_entries: bool) -> str:
    return f'<p class="fd-empty">{escape(words.choose)}</p>' if has_entries else ""


def _notice(line: str, *, is_bad: bool = False) -> str:
    kind = "fd-bad" if is_bad else "fd-good"
    return f'<div class="fd-told {kind}" role="status"><p>{escape(line)}</p></div>'


def _person(request: gr.Request) -> str:
    return str(request.username or "")


def _words(request: gr.Request) -> TicketWords:
    return TICKETS[words_for(request.headers.get("accept-language")).code]
