"""The customer page: a conversation, the documents to ask, and a panel for each cited source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from ui import theme
from ui.calls import CustomerCalls
from ui.visit import Visit
from ui.widgets import Widgets

POLL_SECONDS = 1.5
WATCH_SECONDS = 1.2
"""How often a page looks whether a person has come, written or left. It does so only while one is called."""
SCRAMBLE = "frontdesk"
"""What the browser scrambles its memory with. No secret: the token inside is signed by the desk."""
FOCUS = """() => {
  const isElsewhere = ![document.body, null].includes(document.activeElement);
  if (isElsewhere || !matchMedia('(pointer: fine)').matches) return;
  document.querySelector('#fd-question textarea').focus();
}"""
"""Puts the cursor into the question box, unless the visitor is at something else or types on the screen."""


def customer_page(calls: CustomerCalls) -> gr.Blocks:
    """The page at `/`, wired to `calls`. It keeps nothing of its own about anybody."""
    page = gr.Blocks(title=calls.name, analytics_enabled=False, delete_cache=(3600, 3600), fill_width=True)
    with page:
        widgets = _draw(calls.key)
        visit = Visit(calls, widgets)
        _arrive(page, widgets, visit, calls.sites)
        _listen(widgets, visit)
    page.queue(api_open=False, default_concurrency_limit=20, max_size=400)
    return page


def _draw(key: str) -> Widgets:
    script = theme.script()
    with gr.Column(elem_id="fd-chat"):
        header = gr.HTML(elem_id="fd-header", js_on_load=script)
        history = gr.HTML(elem_id="fd-thread", js_on_load=script)
        live = gr.HTML(elem_id="fd-live", js_on_load=script)
        with gr.Column(elem_id="fd-composer"):
            files = gr.HTML(elem_id="fd-own", js_on_load=None)
            with gr.Row(elem_classes="fd-line"):
                question = gr.Textbox(
                    elem_id="fd-question",
                    show_label=False,
                    container=False,
                    lines=1,
                    max_lines=6,
                    interactive=False,
                )
                send = gr.Button(variant="primary", elem_id="fd-send", value="", interactive=False)
                stop = gr.Button(elem_id="fd-stop", value="", visible=False)
            with gr.Row(elem_id="fd-extras"):
                documents = gr.Dropdown(
                    choices=[], multiselect=True, elem_id="fd-documents", show_label=False, container=False
                )
                attach = gr.UploadButton("", elem_id="fd-attach", file_count="multiple", size="sm")
            foot = gr.HTML(js_on_load=None)
        source = gr.HTML(elem_id="fd-source", js_on_load=script)
    kept = gr.BrowserState({}, storage_key=f"frontdesk-{key}", secret=SCRAMBLE)
    return Widgets(
        kept=kept,
        refusals=gr.State([]),
        header=header,
        thread=history,
        live=live,
        files=files,
        question=question,
        send=send,
        stop=stop,
        documents=documents,
        attach=attach,
        foot=foot,
        source=source,
        timer=gr.Timer(POLL_SECONDS, active=False),
        proof=gr.Textbox(visible=False),
        seen=gr.State(""),
        watch=gr.Timer(WATCH_SECONDS, active=False),
    )


# What streams goes through the queue. The rest goes straight: gradio closes the queue's stream after
# its last event, and an event that arrives in that moment would wait for ever.
_HIDDEN: Mapping[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}


def _arrive(page: gr.Blocks, on: Widgets, visit: Visit, sites: Sequence[str]) -> None:
    """Tie the page's start to what the browser and the page around it know of the visitor."""
    welcome = [on.header, on.thread, on.live, on.question, on.send, on.stop, on.attach, on.foot, on.kept]
    library = [on.files, on.documents, on.timer]
    page.load(
        visit.arrive,
        [on.kept, on.proof],
        [*welcome, on.seen, on.watch],
        js=theme.arrival(sites),
        **_HIDDEN,
    ).then(visit.look_at_files, [on.documents, on.refusals, on.kept], library, **_HIDDEN).then(
        None, None, None, js=FOCUS, **_HIDDEN
    )


def _listen(on: Widgets, visit: Visit) -> None:
    """Tie the page's events to the functions below; none of them is an API endpoint."""
    attended = [on.question, on.seen, on.watch]
    changed = [on.thread, on.live, on.send, on.stop, on.kept, *attended]
    hidden = dict(_HIDDEN)
    asking: dict[str, Any] = hidden | {
        "queue": True,
        "outputs": changed,
        "trigger_mode": "once",
        "concurrency_id": "ask",
    }
    typed = [on.question, on.documents, on.kept]
    asks = [
        gr.on([on.question.submit, on.send.click], visit.ask, typed, **asking),
        on.thread.ask(visit.ask_example, [on.documents, on.kept], **asking),
        on.thread.again(visit.ask_again, [on.documents, on.kept], **asking),
        on.live.again(visit.ask_again, [on.documents, on.kept], **asking),
    ]
    for each in asks:
        each.then(None, None, None, js=FOCUS, **hidden)
    on.stop.click(visit.stopped, [on.kept], changed, cancels=asks, **hidden)
    library = [on.files, on.documents, on.timer]
    on.watch.tick(visit.watch, [on.seen, on.kept], [on.thread, *attended], **hidden)
    on.header.fresh(visit.begin_anew, [on.kept], [*changed, on.source, on.refusals], **hidden).then(
        visit.look_at_files, [on.documents, on.refusals, on.kept], library, **hidden
    ).then(None, None, None, js=FOCUS, **hidden)
    for part in (on.header, on.thread, on.live):
        part.person(visit.call_person, [on.kept], [on.thread, on.live, on.kept, *attended], **hidden)
    on.thread.source(visit.open_source, [on.kept], [on.source, on.live], **hidden)
    on.thread.rate(visit.rate, [on.kept], [on.thread, on.live, on.kept], **hidden)
    on.attach.upload(visit.take_files, [on.attach, on.kept], [on.refusals, on.kept], **hidden).then(
        visit.look_at_files, [on.documents, on.refusals, on.kept], library, **hidden
    )
    on.timer.tick(visit.look_at_files, [on.documents, on.refusals, on.kept], library, **hidden)
