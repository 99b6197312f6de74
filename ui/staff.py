"""The staff's page: tickets to answer, calls to look at, and answers to review."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

import gradio as gr

from core.errors import Unauthorized
from ui import arriving, tickets
from ui.knowledge_calls import ReviewCalls
from ui.languages.staff import STAFF_WORDS
from ui.phone import PhoneTab
from ui.phone_calls import PhoneCalls
from ui.review import ReviewTab
from ui.thread import BELL
from ui.ticket_calls import Proof, TicketCalls
from ui.words import words_for


class StaffCalls(Protocol):
    """What staff can do; nothing of documents, of the FAQ or of the persona."""

    name: str
    tickets: TicketCalls
    phone: PhoneCalls
    review: ReviewCalls

    async def known_as(self, proof: Proof) -> str:
        """The name that customers know whoever sent these headers by; empty where there is none.

        Raises:
            Unauthorized: they are not, or no longer, of the staff.
        """


def staff_page(calls: StaffCalls) -> gr.Blocks:
    """The page at `/staff`, wired to `calls`. Who may open it is decided before it."""
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    page = gr.Blocks(
        title=f"{calls.name} · Team", analytics_enabled=False, delete_cache=(3600, 3600), fill_width=True
    )

    async def arrive(request: gr.Request) -> str:
        language = words_for(request.headers.get("accept-language")).code
        try:
            person = await calls.known_as(request.headers)
        except Unauthorized:
            person = ""
        return header(calls.name, person, language)

    with page:
        with gr.Column(elem_id="fd-admin"):
            head = gr.HTML(js_on_load=None)
            with gr.Tabs() as tabs:
                queue = tickets.draw(is_first=True)
                phone = PhoneTab(calls.phone)
                review = ReviewTab(calls.review, edits_faq=False)
        page.load(arrive, None, [head], **hidden)
        tickets.listen(page, tabs, queue, calls.tickets)
        phone.listen(page, tabs)
        arriving.listen(page, tabs, queue, phone)
        review.listen(page)
    page.queue(api_open=False, default_concurrency_limit=10, max_size=100)
    return page


def header(desk: str, person: str, language: str) -> str:
    """The top of the page: whose desk it is, who is signed in, and the way out."""
    words, own = words_for(language).admin, STAFF_WORDS[language]
    who = f'<span class="fd-hint fd-who">{escape(person)}</span>' if person else ""
    return (
        f'<header class="fd-top" data-lang="{escape(language)}"><a class="fd-brand" href="/staff">{BELL}'
        f"<span>{escape(desk)} · {escape(own.team)}</span></a>"
        f'<nav>{who}<a class="fd-quiet" href="/">{escape(words.customer_page)}</a>'
        f'<form method="post" action="/sign-out"><button class="fd-outline">{escape(words.sign_out)}'
        f"</button></form></nav></header>"
    )
