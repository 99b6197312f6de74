"""The Review tab: one answer after another, with a verdict for each, and FAQ entries made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from core.errors import FrontdeskError
from core.faq import FaqDraft
from core.judgements import FINDINGS, Finding
from core.messages import Outcome
from core.review_queue import Reviewable
from ui import review_card, theme
from ui.faq import SHOW_FORM, FaqTab
from ui.knowledge_calls import ReviewCalls
from ui.knowledge_words import ReviewWords, knowledge_words_for
from ui.notices import notice
from ui.words import words_for

Changes = dict[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewParts:
    """What of the tab changes. `at` holds the id of the answer that is looked at, empty where none is."""

    tab: gr.Tab
    head: gr.HTML
    progress: gr.HTML
    notice: gr.HTML
    card: gr.HTML
    judging: gr.Column
    verdicts: dict[Finding, gr.Button]
    note: gr.Textbox
    make_entry: gr.Button
    keys: gr.HTML
    before: gr.Button
    after: gr.Button
    refresh: gr.Button
    at: gr.State

    @property
    def shown(self) -> list[Any]:
        """The parts that change from answer to answer."""
        return [
            self.progress,
            self.notice,
            self.card,
            self.judging,
            self.note,
            self.before,
            self.after,
            self.at,
        ]


class ReviewTab:
    """The tab, drawn where it is made: inside `gr.Tabs`. Nothing about the reviewer is held here."""

    def __init__(self, calls: ReviewCalls, *, edits_faq: bool = True) -> None:
        self._calls = calls
        self._edits_faq = edits_faq
        self.on = _draw()

    def listen(self, page: gr.Blocks, tabs: gr.Tabs | None = None, faq: FaqTab | None = None) -> None:
        """Tie the tab's events to what happens; with `faq`, its form takes an answer over."""
        on = self.on
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
        worded = [
            on.tab, on.head, *on.verdicts.values(), on.note, on.make_entry, on.keys, on.before, on.after,
            on.refresh,
        ]  # fmt: skip
        page.load(self.arrive, None, worded, **quiet)
        gr.on([on.tab.select, on.refresh.click], self.look, [on.at], on.shown, **quiet)
        for finding, button in on.verdicts.items():
            button.click(self._judging(finding), [on.at, on.note], on.shown, **quiet)
        on.before.click(self.back, [on.at], on.shown, **quiet)
        on.after.click(self.skip, [on.at], on.shown, **quiet)
        if faq is not None and tabs is not None:
            taking = self._taking(faq, tabs)
            on.make_entry.click(taking, [on.at, on.note], [tabs, *faq.on.formed], **quiet).then(
                None, js=SHOW_FORM
            )

    async def arrive(self, request: gr.Request) -> Changes:
        """The tab in the reviewer's language."""
        on, words = self.on, _words(request)
        keys = [key for key in words.keys.split(" · ") if self._edits_faq or not key.startswith("F ")]
        names = {finding: review_card.finding_name(words, finding) for finding in FINDINGS}
        return {
            on.tab: gr.update(label=words.tab),
            on.head: review_card.head(words, self._calls.share),
            **{button: names[finding] for finding, button in on.verdicts.items()},
            on.note: gr.update(label=words.note, placeholder=words.note_hint),
            on.make_entry: gr.update(value=words.make_entry, visible=self._edits_faq),
            on.keys: f'<p class="fd-hint fd-keys">{" · ".join(keys)}</p>',
            on.before: f"← {words.before}",
            on.after: f"{words.after} →",
            on.refresh: words.refresh,
        }

    async def look(self, at: str, request: gr.Request) -> Changes:
        """The answer that was looked at, its note as it is being typed; else the first nobody has judged."""
        queue = await self._calls.queue()
        if _place(queue, at) is None:
            return self._shown(queue, _next_open(queue, ""), request)
        return self._shown(queue, at, request) | {self.on.note: gr.skip()}

    async def judge(self, finding: Finding, at: str, note: str, request: gr.Request) -> Changes:
        """The verdict kept and the next answer shown; or everything as it stands, and why not."""
        words = _words(request)
        try:
            await self._calls.judge(at, finding, note, str(request.username or ""))
        except FrontdeskError as error:
            says = words_for(_language(request)).admin.failed.format(reason=error)
            return {part: gr.skip() for part in self.on.shown} | {self.on.notice: notice(says, is_bad=True)}
        queue = await self._calls.queue()
        told = notice(words.kept.format(finding=review_card.finding_name(words, finding)))
        return self._shown(queue, _next_open(queue, at), request) | {self.on.notice: told}

    async def back(self, at: str, request: gr.Request) -> Changes:
        """The answer before, judged or not; the first again from the first."""
        queue = await self._calls.queue()
        place = _place(queue, at)
        return self._shown(
            queue, _id_at(queue, max(0, (len(queue) if place is None else place) - 1)), request
        )

    async def skip(self, at: str, request: gr.Request) -> Changes:
        """The answer after, judged or not; behind the last, the first that nobody has judged."""
        queue = await self._calls.queue()
        place = _place(queue, at)
        wanted = _id_at(queue, place + 1) if place is not None else ""
        return self._shown(queue, wanted or _next_open(queue, ""), request)

    def _judging(self, finding: Finding) -> Callable[..., Any]:
        async def judge(at: str, note: str, request: gr.Request) -> Changes:
            return await self.judge(finding, at, note, request)

        return judge

    def _taking(self, faq: FaqTab, tabs: gr.Tabs) -> Callable[..., Any]:
        async def take(at: str, note: str, request: gr.Request) -> Changes:
            queue = await self._calls.queue()
            place = _place(queue, at)
            if place is None:
                return {part: gr.skip() for part in (tabs, *faq.on.formed)}
            one = queue[place]
            # A note says what would be right; an answer that was wrong is only where to begin, and
            # the desk's words for not knowing are none.
            begun = one.answer.text if one.answer.outcome is Outcome.ANSWERED else ""
            draft = FaqDraft(
                question=one.question, answer=note.strip() or begun, language=one.answer.language
            )
            return {tabs: gr.Tabs(selected="faq")} | faq.opened(draft, request)

        return take

    def _shown(self, queue: Sequence[Reviewable], at: str, request: gr.Request) -> Changes:
        on, words, spoken = self.on, _words(request), words_for(_language(request))
        place = _place(queue, at)
        one = queue[place] if place is not None else None
        drawn = review_card.card(words, spoken.admin, spoken.chat, one) if one else ""
        note = one.judgement.note if one and one.judgement else ""
        return {
            on.progress: review_card.progress(words, queue),
            on.notice: "",
            on.card: drawn or review_card.nothing(words, queue),
            on.judging: gr.update(visible=one is not None),
            on.note: note,
            on.before: gr.update(interactive=bool(queue) and place != 0),
            on.after: gr.update(interactive=place is not None),
            on.at: at,
        }


def _draw() -> ReviewParts:
    verdicts: dict[Finding, gr.Button] = {}
    parts: dict[str, Any] = {}
    with gr.Tab("Review", id="review") as parts["tab"]:
        parts["head"] = gr.HTML(js_on_load=None)
        parts["progress"] = gr.HTML(js_on_load=None, elem_id="fd-review-progress")
        parts["notice"] = gr.HTML(js_on_load=None, elem_id="fd-review-notice")
        parts["card"] = gr.HTML(js_on_load=theme.keys(), elem_id="fd-review-card")
        with gr.Column(visible=False, elem_id="fd-judging") as parts["judging"]:
            with gr.Row(elem_classes="fd-verdicts"):
                for finding in FINDINGS:
                    verdicts[finding] = gr.Button("", elem_id=f"fd-{finding}", min_width=140)
            parts["note"] = gr.Textbox(lines=2, max_lines=6, elem_id="fd-review-note")
            parts["make_entry"] = gr.Button("", elem_id="fd-make-entry", elem_classes="fd-narrow")
        with gr.Row(elem_classes="fd-acts"):
            parts["before"] = gr.Button("", elem_id="fd-review-back", size="sm", interactive=False)
            parts["after"] = gr.Button("", elem_id="fd-review-skip", size="sm", interactive=False)
            parts["refresh"] = gr.Button("", size="sm")
        parts["keys"] = gr.HTML(js_on_load=None)
        # Beside the tab instead of in it, gradio would count it as a tab.
        parts["at"] = gr.State("")
    return ReviewParts(verdicts=verdicts, **parts)


def _place(queue: Sequence[Reviewable], at: str) -> int | None:
    return next((place for place, one in enumerate(queue) if one.answer.id == at), None)


def _id_at(queue: Sequence[Reviewable], place: int) -> str:
    return queue[place].answer.id if place < len(queue) else ""


def _next_open(queue: Sequence[Reviewable], at: str) -> str:
    """The first that nobody has judged after this one, else the first of all; empty where all are."""
    place = _place(queue, at)
    start = 0 if place is None else place + 1
    ordered = [*queue[start:], *queue[:start]]
    return next((one.answer.id for one in ordered if one.judgement is None), "")


def _language(request: gr.Request) -> str | None:
    header: str | None = request.headers.get("accept-language")
    return header


def _words(request: gr.Request) -> ReviewWords:
    return knowledge_words_for(_language(request)).review
