"""The admin page: documents, a search to try, and what was asked and failed."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core.tenants import PUBLIC, STAFF
from ui import arriving, theme, tickets
from ui.calls import AdminCalls
from ui.faq import FaqTab
from ui.office import Office, Widgets
from ui.persona import persona_tab
from ui.phone import PhoneTab
from ui.review import ReviewTab

POLL_SECONDS = 1.5


def admin_page(calls: AdminCalls) -> gr.Blocks:
    """The page at `/admin`, wired to `calls`. Who may open it is decided before it."""
    title = f"{calls.name} · Admin"
    page = gr.Blocks(title=title, analytics_enabled=False, delete_cache=(3600, 3600), fill_width=True)
    with page:
        with gr.Column(elem_id="fd-admin"):
            widgets = _draw()
            with widgets.tabs:
                phone = PhoneTab(calls.phone)
                faq = FaqTab(calls.faq, theme.script())
                review = ReviewTab(calls.review)
                persona_tab(page, calls.persona)
        _listen(page, widgets, Office(calls, widgets))
        tickets.listen(page, widgets.tabs, widgets.tickets, calls.tickets)
        phone.listen(page, widgets.tabs)
        arriving.listen(page, widgets.tabs, widgets.tickets, phone)
        faq.listen(page)
        review.listen(page, widgets.tabs, faq)
    page.queue(api_open=False, default_concurrency_limit=10, max_size=100)
    return page


def _draw() -> Widgets:
    script = theme.script()
    parts: dict[str, Any] = {"header": gr.HTML(js_on_load=None)}
    with gr.Tabs() as tabs:
        with gr.Tab("Documents", id="documents") as tab_documents:
            parts |= _draw_adding() | _draw_table(script)
        with gr.Tab("Try it", id="search") as tab_search:
            parts |= _draw_search()
        with gr.Tab("Insights", id="insights") as tab_insights:
            parts |= {
                "counters": gr.HTML(js_on_load=None),
                "reviews": gr.HTML(js_on_load=script),
                "refresh": gr.Button("", size="sm", elem_classes="fd-narrow"),
            }
        parts["tickets"] = tickets.draw()
    return Widgets(
        tabs=tabs,
        tab_documents=tab_documents,
        tab_search=tab_search,
        tab_insights=tab_insights,
        sure=gr.State(""),
        target=gr.State(""),
        timer=gr.Timer(POLL_SECONDS, active=False),
        **parts,
    )


def _draw_adding() -> dict[str, Any]:
    parts: dict[str, Any] = {"add_title": gr.HTML(js_on_load=None)}
    with gr.Row(elem_classes="fd-adding"):
        with gr.Column(scale=3, min_width=280):
            parts["drop"] = gr.File(
                file_count="multiple", type="filepath", height=170, elem_id="fd-drop", show_label=False
            )
        with gr.Column(scale=2, min_width=260):
            parts["audience"] = gr.Radio(choices=[("", PUBLIC), ("", STAFF)], value=PUBLIC)
            parts["labels"] = gr.Textbox(max_lines=1)
            parts["add"] = gr.Button("", variant="primary", elem_id="fd-add")
    parts["notice"] = gr.HTML(js_on_load=None, elem_id="fd-notice")
    return parts


def _draw_table(script: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Group(visible=False, elem_id="fd-replacing") as parts["replacing"]:
        parts["replacing_title"] = gr.HTML(js_on_load=None, padding=True)
        with gr.Row():
            parts["new_file"] = gr.UploadButton("", variant="primary", elem_id="fd-new-file")
            parts["keep_old"] = gr.Button("")
    parts["filter"] = gr.Textbox(
        max_lines=1, show_label=False, container=False, elem_id="fd-filter", elem_classes="fd-filter"
    )
    parts["table"] = gr.HTML(js_on_load=script, elem_id="fd-table")
    return parts


def _draw_search() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="fd-searching"):
        parts["query"] = gr.Textbox(max_lines=1, scale=4, elem_id="fd-query")
        parts["search_as"] = gr.Radio(
            choices=[("", PUBLIC), ("", STAFF)], value=PUBLIC, scale=2, min_width=220
        )
    parts["search"] = gr.Button("", variant="primary", elem_classes="fd-narrow")
    parts["found"] = gr.HTML(js_on_load=None, elem_id="fd-found")
    return parts


def _listen(page: gr.Blocks, on: Widgets, office: Office) -> None:
    """Tie the page's events to the functions below; none of them is an API endpoint."""
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    listed = [on.table, on.timer]
    viewed = [on.filter, on.sure]
    worded = [
        on.header, on.tab_documents, on.tab_search, on.tab_insights, on.add_title, on.drop, on.audience,
        on.labels, on.add, on.filter, on.new_file, on.keep_old, on.query, on.search_as, on.search,
        on.refresh,
    ]  # fmt: skip
    page.load(office.arrive, None, worded, **hidden).then(office.look, viewed, listed, **hidden)
    on.timer.tick(office.look, viewed, listed, **hidden)
    on.filter.input(office.look, viewed, listed, trigger_mode="always_last", **hidden)
    on.add.click(
        office.add,
        [on.drop, on.audience, on.labels],
        [on.drop, on.labels, on.notice],
        api_visibility="private",
        show_progress_on=[on.notice],
    ).then(office.look, viewed, listed, **hidden)
    on.table.retry(office.retry, None, [on.notice], **hidden).then(office.look, viewed, listed, **hidden)
    on.table.sure(office.make_sure, None, [on.sure], **hidden).then(office.look, viewed, listed, **hidden)
    on.table.cancel(lambda: "", None, [on.sure], **hidden).then(office.look, viewed, listed, **hidden)
    on.table.delete(office.delete, None, [on.sure, on.notice], **hidden).then(
        office.look, viewed, listed, **hidden
    )
    opened = [on.replacing, on.replacing_title, on.target]
    on.table.replace(office.choose_new, None, opened, **hidden)
    on.keep_old.click(office.keep_old, None, opened, **hidden)
    on.new_file.upload(office.replace, [on.target, on.new_file], [on.notice, *opened], **hidden).then(
        office.look, viewed, listed, **hidden
    )
    searching = [on.query, on.search_as]
    gr.on([on.query.submit, on.search.click], office.search, searching, [on.found], **hidden)
    on.search_as.change(office.search, searching, [on.found], **hidden)
    on.reviews.ask(office.try_again, None, [on.tabs, on.query], **hidden).then(
        office.search, searching, [on.found], **hidden
    )
    looked = [on.counters, on.reviews]
    gr.on([on.tab_insights.select, on.refresh.click], office.look_back, None, looked, **hidden)
