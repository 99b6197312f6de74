"""The look: colours, type and spacing, in light and dark. Nothing is fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import gradio as gr

LOOK = Path(__file__).parent / "look"
SANS = (
    "ui-sans-serif",
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Roboto",
    "Ubuntu",
    "Cantarell",
    "sans-serif",
)
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_PINE = gr.themes.Color(
    c50="#eef7f4", c100="#d6ece5", c200="#afd9cc", c300="#80c0ae", c400="#4fa38d", c500="#2f8671",
    c600="#1f6d5b", c700="#1a584a", c800="#18463c", c900="#163a33", c950="#0a211d",
)  # fmt: skip
_STONE = gr.themes.Color(
    c50="#faf9f6", c100="#f3f1ec", c200="#e5e2da", c300="#d1cdc3", c400="#a3a097", c500="#75736c",
    c600="#57564f", c700="#3d3e3c", c800="#25292a", c900="#191d1f", c950="#101314",
)  # fmt: skip


def theme() -> gr.themes.Base:
    """Pine green on warm paper, or on slate in the dark, in the type of the visitor's own machine."""
    return gr.themes.Base(
        primary_hue=_PINE,
        secondary_hue=_PINE,
        neutral_hue=_STONE,
        radius_size=gr.themes.sizes.radius_lg,
        font=[gr.themes.Font(name) for name in SANS],
        font_mono=[gr.themes.Font(name) for name in MONO],
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_shadow="none",
        block_radius="14px",
        input_radius="12px",
        input_border_width="1px",
        button_large_radius="14px",
        button_small_radius="12px",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_400",
        button_primary_background_fill_hover_dark="*primary_300",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="white",
        button_secondary_background_fill_dark="*neutral_900",
        button_secondary_background_fill_hover="*primary_50",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_secondary_border_color="*neutral_200",
        button_secondary_border_color_dark="*neutral_700",
        button_border_width="1px",
        checkbox_label_background_fill="*neutral_50",
        checkbox_label_background_fill_dark="*neutral_950",
        checkbox_label_background_fill_selected="*primary_50",
        checkbox_label_background_fill_selected_dark="*primary_900",
        checkbox_label_border_width="1px",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_color_focus="*primary_500",
        input_border_color_focus_dark="*primary_400",
    )


def css() -> str:
    """The style sheet of both pages."""
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sorted(LOOK.glob("*.css")))


def script() -> str:
    """What runs in the browser for each part that is drawn as HTML."""
    return (LOOK / "page.js").read_text(encoding="utf-8")


def keys() -> str:
    """What lets a reviewer's keys press the buttons of the review."""
    return (LOOK / "keys.js").read_text(encoding="utf-8")


def arrival(sites: Sequence[str]) -> str:
    """What runs as the customer page arrives; it believes only pages of these origins."""
    text = (LOOK / "arrive.js").read_text(encoding="utf-8")
    return text.replace("__SITES__", json.dumps(list(sites)))


def head() -> str:
    """What goes into the head of both pages: the bell as an icon, and the colour of the browser's frame."""
    return (
        '<link rel="icon" href="data:image/svg+xml,'
        "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='%231f6d5b'%3E"
        "%3Cpath d='M5 22a11 11 0 0 1 22 0z'/%3E%3Crect x='3' y='23.5' width='26' height='3.5' rx='1.75'/%3E"
        "%3Ccircle cx='16' cy='8' r='2.2'/%3E%3C/svg%3E\">"
        '<meta name="theme-color" content="#faf9f6" media="(prefers-color-scheme: light)">'
        '<meta name="theme-color" content="#101314" media="(prefers-color-scheme: dark)">'
        '<meta name="referrer" content="same-origin">'
    )
