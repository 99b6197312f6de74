"""The parts of the customer page that change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

Changes = dict[Any, Any]
"""A widget's new value or properties, for each that changes."""


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
    proof: gr.Textbox
    seen: gr.State
    watch: gr.Timer
