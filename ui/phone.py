"""The calls tab: its parts, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from core.call_history import CallChoice
from core.errors import NotFound
from ui import theme
from ui.phone_calls import PhoneCalls
from ui.phone_html import whole_call
from ui.phone_list import call_list
from ui.phone_plot import spreads_plot
from ui.phone_words import PhoneWords, phone_words_for

Changes = dict[Any, Any]
Drawn = dict[str, str]
REFRESH_S = 3.0
CHOICES: tuple[CallChoice, ...] = ("all", "person", "broke_off", "voicemail")
DAY_H = 24.0
SHOW_CALL = """() => setTimeout(() => {
  document.querySelector('#fd-call h2')?.focus({preventScroll: innerWidth > 760});
}, 150)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneParts:
    """What of the tab changes."""

    tab: gr.Tab
    choice: gr.Radio
    refresh: gr.Button
    list: gr.HTML
    turning: gr.Row
    newer: gr.Button
    older: gr.Button
    view: gr.HTML
    speed: gr.HTML
    page: gr.State
    opened: gr.State
    drawn: gr.State
    timer: gr.Timer


class PhoneTab:
    """The tab, drawn where it is made: inside `gr.Tabs`. Nothing about who looks at it is held here."""

    def __init__(self, calls: PhoneCalls) -> None:
        self._calls = calls
        self.on = _draw()

    def listen(self, page: gr.Blocks, tabs: gr.Tabs) -> None:
        """Tie the tab's events to what happens; none of them is an API endpoint."""
        on = self.on
        hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
        given = [on.choice, on.page, on.opened, on.drawn]
        looked = [on.list, on.view, on.turning, on.newer, on.older, on.drawn]
        page.load(self.arrive, None, [on.tab, on.choice, on.refresh, on.newer, on.older], **hidden)
        tabs.select(self.turn_to, None, [on.timer], **hidden)
        on.timer.tick(self.look, given, looked, **hidden)
        gr.on([on.tab.select, on.refresh.click], self.look, given, looked, **hidden).then(
            self.measure, None, [on.speed], **hidden
        )
        on.choice.input(lambda: 0, None, [on.page], **hidden).then(self.look, given, looked, **hidden)
        on.newer.click(lambda at: max(at - 1, 0), [on.page], [on.page], **hidden).then(
            self.look, given, looked, **hidden
        )
        on.older.click(lambda at: at + 1, [on.page], [on.page], **hidden).then(
            self.look, given, looked, **hidden
        )
        on.list.open(self.open, None, [on.opened], **hidden).then(self.look, given, looked, **hidden).then(
            None, js=SHOW_CALL
        )

    def arrive(self, request: gr.Request) -> Changes:
        """The tab in the language of whoever opens it."""
        on, words = self.on, _words(request)
        choices = [(words.choices[one], one) for one in CHOICES]
        return {
            on.tab: gr.update(label=words.calls),
            on.choice: gr.update(label=words.show, choices=choices),
            on.refresh: words.refresh,
            on.newer: f"← {words.newer}",
            on.older: f"{words.older} →",
        }

    def turn_to(self, event: gr.SelectData, request: gr.Request) -> Any:  # noqa: ANN401 - gradio's own
        """The tab is looked at anew by itself for as long as it is the one on top."""
        return gr.Timer(active=event.value in (_words(request).calls, "Calls"))

    async def look(
        self, choice: CallChoice, page: int, opened: str, drawn: Drawn, request: gr.Request
    ) -> Changes:
        """What has changed since it was drawn last, and only that: a sound that plays goes on."""
        on, words = self.on, _words(request)
        found = await self._calls.calls(choice, page)
        listed = call_list(words, found, choice, opened=opened)
        shown = await self._shown(words, opened, has_calls=bool(found.calls))
        turning = f"{page} {found.has_older}"
        changes: Changes = {on.drawn: {"list": listed, "view": shown, "turning": turning}}
        if listed != drawn.get("list"):
            changes[on.list] = listed
        if shown != drawn.get("view"):
            changes[on.view] = shown
        if turning != drawn.get("turning"):
            changes[on.turning] = gr.update(visible=page > 0 or found.has_older)
            changes[on.newer] = gr.update(interactive=page > 0)
            changes[on.older] = gr.update(interactive=found.has_older)
        return changes

    async def measure(self, request: gr.Request) -> str:
        """How long the parts of answers took in the last day and the last week."""
        day, week = await self._calls.spreads(DAY_H), await self._calls.spreads(7 * DAY_H)
        return spreads_plot(_words(request), day, week)

    def open(self, event: gr.EventData) -> str:
        """The call that was chosen."""
        return str(event.call)

    async def _shown(self, words: PhoneWords, opened: str, *, has_calls: bool) -> str:
        if opened:
            try:
                return whole_call(words, await self._calls.call(opened))
            except NotFound:
                return f'<p class="fd-empty">{escape(words.none_such)}</p>'
        return f'<p class="fd-empty">{escape(words.choose)}</p>' if has_calls else ""


def _draw() -> PhoneParts:
    parts: dict[str, Any] = {}
    with gr.Tab("Calls", id="calls") as parts["tab"]:
        with gr.Row(elem_classes="fd-toolbar"):
            parts["choice"] = gr.Radio(
                choices=[(one, one) for one in CHOICES], value="all", elem_id="fd-call-choice"
            )
            parts["refresh"] = gr.Button("", size="sm", elem_classes="fd-narrow", elem_id="fd-call-refresh")
        with gr.Row(elem_classes="fd-tickets"):
            with gr.Column(scale=2, min_width=260):
                parts["list"] = gr.HTML(js_on_load=theme.script(), elem_id="fd-calls")
                with gr.Row(visible=False, elem_classes="fd-acts") as parts["turning"]:
                    parts["newer"] = gr.Button("", size="sm", elem_id="fd-calls-newer")
                    parts["older"] = gr.Button("", size="sm", elem_id="fd-calls-older")
            with gr.Column(scale=3, min_width=280):
                parts["view"] = gr.HTML(js_on_load=None, elem_id="fd-call")
        parts["speed"] = gr.HTML(js_on_load=None, elem_id="fd-call-speed")
        # Gradio counts what stands between tabs as one of them.
        parts |= {"page": gr.State(0), "opened": gr.State(""), "drawn": gr.State({})}
        parts["timer"] = gr.Timer(REFRESH_S, active=False)
    return PhoneParts(**parts)


def _words(request: gr.Request) -> PhoneWords:
    return phone_words_for(request.headers.get("accept-language"))
