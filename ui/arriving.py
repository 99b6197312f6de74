"""A link into a page: `?call=…` opens a call, `?ticket=…` a ticket, each in its tab."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui import tickets
from ui.phone import PhoneTab

Changes = dict[Any, Any]


def listen(page: gr.Blocks, tabs: gr.Tabs, queue: tickets.Widgets, phone: PhoneTab) -> None:
    """Open what the page's address names, as the page arrives."""
    on = phone.on

    def arrive(request: gr.Request) -> Changes:
        """The tab that is asked for, looked at from the start; nothing changes where none is."""
        call, ticket = _asked(request, "call"), _asked(request, "ticket")
        if call:
            return {
                tabs: gr.Tabs(selected="calls"),
                on.opened: call,
                on.timer: gr.Timer(active=True),
                queue.timer: gr.Timer(active=False),
            }
        if ticket:
            return {
                tabs: gr.Tabs(selected="tickets"),
                queue.opened: ticket,
                queue.timer: gr.Timer(active=True),
            }
        return {tabs: gr.skip()}

    page.load(
        arrive,
        None,
        [tabs, on.opened, on.timer, queue.opened, queue.timer],
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )


def _asked(request: gr.Request, name: str) -> str:
    return str(request.query_params.get(name, ""))
