"""The parts of the FAQ tab, drawn in their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.faq import LONGEST_QUESTION
from core.tenants import PUBLIC, STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqParts:
    """What of the tab changes. `fields` are the form's, by the names of their words.

    `editing` holds the id and version of the entry in the form, `removed` the one that was
    deleted last, `sheet` the file whose report is shown.
    """

    tab: gr.Tab
    head: gr.HTML
    filter: gr.Textbox
    new: gr.Button
    bring_in: gr.UploadButton
    notice: gr.HTML
    importing: gr.Group
    report: gr.HTML
    keep: gr.Button
    drop: gr.Button
    form: gr.Group
    form_title: gr.HTML
    told: gr.HTML
    fields: Mapping[str, Any]
    preview: gr.HTML
    near_here: gr.HTML
    save: gr.Button
    cancel: gr.Button
    trying: gr.Accordion
    question: gr.Textbox
    asked_as: gr.Radio
    ask: gr.Button
    answered: gr.HTML
    near: gr.HTML
    table: gr.HTML
    editing: gr.State
    removed: gr.State
    sheet: gr.State

    @property
    def worded(self) -> list[Any]:
        """The parts that speak the admin's language."""
        return [
            self.tab, self.head, self.filter, self.new, self.bring_in, *self.fields.values(), self.save,
            self.cancel, self.drop, self.trying, self.question, self.asked_as, self.ask,
        ]  # fmt: skip

    @property
    def formed(self) -> list[Any]:
        """The parts that change where the form opens or closes."""
        fields = self.fields.values()
        return [self.form, self.form_title, *fields, self.editing, self.preview, self.near_here, self.told]


def draw(script: str) -> FaqParts:
    """The tab's parts; `script` hands clicks in drawn HTML to the server."""
    parts: dict[str, Any] = {}
    with gr.Tab("FAQ", id="faq") as parts["tab"]:
        parts["head"] = gr.HTML(js_on_load=None)
        with gr.Row(elem_classes="fd-toolbar"):
            parts["filter"] = gr.Textbox(
                max_lines=1, show_label=False, container=False, elem_id="fd-faq-filter",
                elem_classes="fd-filter", scale=4, min_width=220,
            )  # fmt: skip
            parts["new"] = gr.Button("", variant="primary", elem_id="fd-faq-new", min_width=120)
            parts["bring_in"] = gr.UploadButton(
                "", file_types=[".csv", ".tsv", ".txt"], elem_id="fd-faq-import", min_width=120
            )
        parts["notice"] = gr.HTML(js_on_load=script, elem_id="fd-faq-notice")
        parts |= _draw_report() | _draw_form() | _draw_trying()
        parts["near"] = gr.HTML(js_on_load=script, elem_id="fd-faq-near")
        parts["table"] = gr.HTML(js_on_load=script, elem_id="fd-faq-table")
        # Beside the tab instead of in it, gradio would count them as tabs.
        parts |= {"editing": gr.State(("", 0)), "removed": gr.State(None), "sheet": gr.State(b"")}
    return FaqParts(**parts)


def _draw_report() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Group(visible=False, elem_id="fd-faq-report", elem_classes="fd-box") as parts["importing"]:
        parts["report"] = gr.HTML(js_on_load=None)
        with gr.Row(elem_classes="fd-acts"):
            parts["keep"] = gr.Button("", variant="primary", elem_id="fd-faq-keep")
            parts["drop"] = gr.Button("")
    return parts


def _draw_form() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Group(visible=False, elem_id="fd-entry", elem_classes="fd-box") as parts["form"]:
        parts["form_title"] = gr.HTML(js_on_load=None)
        with gr.Row(elem_classes="fd-forming"):
            with gr.Column(scale=3, min_width=300):
                parts["fields"] = _draw_fields()
            with gr.Column(scale=2, min_width=260):
                parts["preview"] = gr.HTML(js_on_load=None, elem_id="fd-faq-preview")
                parts["near_here"] = gr.HTML(js_on_load=None)
        parts["told"] = gr.HTML(js_on_load=None, elem_id="fd-faq-told")
        with gr.Row(elem_classes="fd-acts"):
            parts["save"] = gr.Button("", variant="primary", elem_id="fd-faq-save")
            parts["cancel"] = gr.Button("")
    return parts


def _draw_fields() -> dict[str, Any]:
    def line(name: str) -> gr.Textbox:
        return gr.Textbox(max_lines=1, elem_id=f"fd-faq-{name}", min_width=140)

    fields: dict[str, Any] = {
        "question": line("question"),
        "variants": gr.Textbox(lines=3, max_lines=12, elem_id="fd-faq-variants"),
        "answer": gr.Textbox(lines=5, max_lines=20, elem_id="fd-faq-answer"),
    }
    with gr.Row():
        fields |= {name: line(name) for name in ("valid_from", "valid_until")}
    with gr.Row():
        fields |= {name: line(name) for name in ("owner", "category", "language")}
    fields["audience"] = gr.Radio(choices=[("", PUBLIC), ("", STAFF)], value=PUBLIC)
    fields["link"] = line("link")
    return fields


def _draw_trying() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Accordion("", open=False, elem_id="fd-faq-try") as parts["trying"]:
        with gr.Row(elem_classes="fd-searching"):
            parts["question"] = gr.Textbox(
                max_lines=1, max_length=LONGEST_QUESTION, scale=4, elem_id="fd-faq-asked"
            )
            parts["asked_as"] = gr.Radio(
                choices=[("", PUBLIC), ("", STAFF)], value=PUBLIC, scale=2, min_width=220
            )
        parts["ask"] = gr.Button("", variant="primary", elem_classes="fd-narrow", elem_id="fd-faq-ask")
        parts["answered"] = gr.HTML(js_on_load=None, elem_id="fd-faq-answered")
    return parts
