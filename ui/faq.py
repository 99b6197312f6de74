"""The FAQ tab: the book, the form of an entry, an import with its report, and a question to try."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import FrontdeskError
from core.faq import Faq, FaqDraft
from core.tenants import PUBLIC, STAFF
from ui import faq_form, faq_table
from ui.faq_parts import FaqParts, draw
from ui.knowledge_calls import FaqCalls
from ui.knowledge_words import FaqWords, knowledge_words_for
from ui.notices import notice, with_undo
from ui.words import AdminWords, words_for

Changes = dict[Any, Any]
Given = dict[Any, Any]

SHOW_FORM = (
    "() => setTimeout(() => document.querySelector('#fd-entry')?.scrollIntoView({block: 'start'}), 150)"
)


class FaqTab:
    """The tab, drawn where it is made: inside `gr.Tabs`. Nothing about the admin is held here."""

    def __init__(self, calls: FaqCalls, script: str) -> None:
        self._calls = calls
        self.on: FaqParts = draw(script)

    def listen(self, page: gr.Blocks) -> None:
        """Tie the tab's events to what happens; none of it is an API endpoint."""
        on = self.on
        quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
        looked = [on.table, on.near]
        form = {*on.fields.values(), on.editing}
        page.load(self.arrive, None, on.worded, **quiet)
        on.tab.select(self.look, [on.filter], looked, **quiet)
        on.filter.input(self.search, [on.filter], [on.table], trigger_mode="always_last", **quiet)
        on.new.click(self.begin, None, on.formed, **quiet).then(None, js=SHOW_FORM)
        for part in (on.table, on.near):
            part.edit(self.edit, None, on.formed, **quiet).then(None, js=SHOW_FORM)
        on.table.delete(self.delete, None, [on.notice, on.removed], **quiet).then(
            self.look, [on.filter], looked, **quiet
        )
        on.notice.undo(self.undo, [on.removed], [on.notice, on.removed], **quiet).then(
            self.look, [on.filter], looked, **quiet
        )
        # One listener for all fields: of several, an older answer could come after a newer one.
        drawn = [on.fields[name].change for name in ("question", "answer", "category", "language")]
        gr.on(drawn, self.preview, form, [on.preview], trigger_mode="always_last", **quiet)
        left = [on.fields[name].blur for name in ("question", "variants", "valid_from", "valid_until")]
        gr.on(left, self.check, form, [on.near_here], trigger_mode="always_last", **quiet)
        on.save.click(self.save, form, [*on.formed, on.notice], **quiet).then(
            self.look, [on.filter], looked, **quiet
        )
        on.cancel.click(self.close, None, on.formed, **quiet)
        reported = [on.importing, on.report, on.keep, on.sheet, on.notice]
        on.bring_in.upload(self.rehearse, [on.bring_in], reported, **quiet)
        on.keep.click(self.keep, [on.sheet], reported, **quiet).then(self.look, [on.filter], looked, **quiet)
        on.drop.click(self.drop, None, reported, **quiet)
        asked = [on.question, on.asked_as]
        gr.on([on.question.submit, on.ask.click], self.ask, asked, [on.answered], **quiet)

    async def arrive(self, request: gr.Request) -> Changes:
        """The tab in the admin's language."""
        on, words, admin = self.on, _words(request), _admin(request)
        who = [(admin.public, PUBLIC), (admin.staff, STAFF)]
        hints = {
            "question": words.question_hint, "variants": words.variants_hint, "answer": words.answer_hint,
            "language": words.language_hint, "valid_from": words.day_hint, "valid_until": words.day_hint,
        }  # fmt: skip
        fields: Changes = {
            part: gr.update(label=getattr(words, name), placeholder=hints.get(name, ""))
            for name, part in on.fields.items()
            if name != "audience"
        }
        return fields | {
            on.tab: gr.update(label=words.tab),
            on.head: faq_table.head(words),
            on.filter: gr.update(placeholder=words.filter, label=words.filter),
            on.new: words.new,
            on.bring_in: gr.update(label=words.bring_in),
            on.fields["audience"]: gr.update(label=words.audience, choices=who),
            on.save: words.save,
            on.cancel: admin.cancel,
            on.drop: words.drop,
            on.trying: gr.update(label=words.try_title),
            on.question: gr.update(label=words.try_label, placeholder=words.try_hint),
            on.asked_as: gr.update(label=admin.search_as, choices=who, value=PUBLIC),
            on.ask: words.try_button,
        }

    async def look(self, wanted: str, request: gr.Request) -> Changes:
        """The book as it is now, with the entries that are near each other."""
        words = _words(request)
        return {
            self.on.table: await self.search(wanted, request),
            self.on.near: faq_table.near_list(words, await self._calls.near()),
        }

    async def search(self, wanted: str, request: gr.Request) -> str:
        """The entries that are looked for."""
        entries, uses = await self._calls.entries(), await self._calls.uses()
        day = datetime.now(UTC).date()
        return faq_table.table(_words(request), _admin(request), entries, uses, day=day, wanted=wanted)

    def begin(self, request: gr.Request) -> Changes:
        """The form, empty."""
        return self.opened(FaqDraft(question="", answer=""), request)

    async def edit(self, event: gr.EventData, request: gr.Request) -> Changes:
        """The form with an entry in it as it is now, or why there is none."""
        try:
            return self.opened(await self._calls.entry(str(event.faq)), request)
        except FrontdeskError as error:
            return self.close() | {self.on.told: notice(_failed(request, error), is_bad=True)}

    def opened(self, draft: FaqDraft, request: gr.Request) -> Changes:
        """The form with this draft in it; an entry is changed by saving it, another draft is added."""
        on, words = self.on, _words(request)
        is_known = isinstance(draft, Faq)
        typed = faq_form.typed_of(draft)
        shown = faq_form.preview(words, self._calls, typed, _language(request))
        return {
            on.form: gr.update(visible=True),
            on.form_title: faq_table.title(words.edit_title if is_known else words.new_title),
            **{part: typed[name] for name, part in on.fields.items()},
            on.editing: (draft.id, draft.version) if isinstance(draft, Faq) else ("", 0),
            on.preview: shown.html,
            on.near_here: "",
            on.told: "",
        }

    def close(self) -> Changes:
        """The form put away."""
        return {part: gr.skip() for part in self.on.formed} | {
            self.on.form: gr.update(visible=False),
            self.on.told: "",
        }

    def preview(self, given: Given, request: gr.Request) -> str:
        """What a customer will see."""
        return faq_form.preview(_words(request), self._calls, self._typed(given), _language(request)).html

    async def check(self, given: Given, request: gr.Request) -> str:
        """Why what was typed can't be kept, or the entries that it is near to."""
        words = _words(request)
        shown = faq_form.preview(words, self._calls, self._typed(given), _language(request))
        if shown.draft is None:
            return notice(shown.reason, is_bad=True)
        return faq_table.near_here(words, await self._calls.near_to(shown.draft, given[self.on.editing][0]))

    async def save(self, given: Given, request: gr.Request) -> Changes:
        """The form put away and what was typed kept; or everything as it stands, and why not."""
        on, words = self.on, _words(request)
        faq_id, version = given[on.editing]
        try:
            await self._calls.save(faq_form.draft_of(words, self._typed(given)), faq_id, version)
        except FrontdeskError as error:
            as_typed = {part: gr.skip() for part in (*on.formed, on.notice)}
            return as_typed | {on.told: notice(_failed(request, error), is_bad=True)}
        return self.close() | {on.notice: notice(words.saved)}

    async def delete(self, event: gr.EventData, request: gr.Request) -> tuple[str, Faq | None]:
        """The entry gone at once, with a way to have it back."""
        words = _words(request)
        try:
            removed = await self._calls.remove(str(event.faq))
        except FrontdeskError as error:
            return notice(_failed(request, error), is_bad=True), None
        return with_undo(words.removed.format(question=removed.question), words.undo), removed

    async def undo(self, removed: Faq | None, request: gr.Request) -> tuple[str, Faq | None]:
        """The entry that was deleted last, back again."""
        words = _words(request)
        if removed is None:
            return notice(words.nothing_to_undo), None
        try:
            await self._calls.restore(removed)
        except FrontdeskError as error:
            return notice(_failed(request, error), is_bad=True), removed
        return notice(words.restored.format(question=removed.question)), None

    async def rehearse(self, path: str, request: gr.Request) -> Changes:
        """What an import would do; nothing is kept."""
        on, words = self.on, _words(request)
        data = await self._calls.read(Path(path))
        try:
            imported = await self._calls.take(data, dry_run=True)
        except FrontdeskError as error:
            return self.drop() | {on.notice: notice(_failed(request, error), is_bad=True)}
        count = sum(row.status in {"added", "replaced"} for row in imported.rows)
        says = words.keep.format(count=count, all=len(imported.rows)) if count else words.keep_none
        return {
            on.importing: gr.update(visible=True),
            on.report: faq_table.report(words, imported),
            on.keep: gr.update(value=says, interactive=count > 0),
            on.sheet: data,
            on.notice: "",
        }

    async def keep(self, data: bytes, request: gr.Request) -> Changes:
        """The import done, and what came of it."""
        words = _words(request)
        try:
            imported = await self._calls.take(data, dry_run=False)
        except FrontdeskError as error:
            as_shown = {part: gr.skip() for part in (self.on.importing, self.on.report, self.on.keep)}
            told = notice(_failed(request, error), is_bad=True)
            return as_shown | {self.on.sheet: data, self.on.notice: told}
        return self.drop() | {self.on.notice: notice(faq_table.taken(words, imported))}

    def drop(self) -> Changes:
        """The report put away."""
        on = self.on
        closed = gr.update(visible=False)
        return {on.importing: closed, on.report: "", on.keep: gr.skip(), on.sheet: b"", on.notice: ""}

    async def ask(self, question: str, asked_as: str, request: gr.Request) -> str:
        """Which entry answers a question, or that documents do."""
        if not question.strip():
            return ""
        try:
            result = await self._calls.tried(question, as_staff=asked_as == STAFF)
        except FrontdeskError as error:
            return notice(_failed(request, error), is_bad=True)
        return faq_table.tried(_words(request), _admin(request), result)

    def _typed(self, given: Given) -> dict[str, str]:
        return {name: str(given[part] or "") for name, part in self.on.fields.items()}


def _language(request: gr.Request) -> str | None:
    header: str | None = request.headers.get("accept-language")
    return header


def _words(request: gr.Request) -> FaqWords:
    return knowledge_words_for(_language(request)).faq


def _admin(request: gr.Request) -> AdminWords:
    return words_for(_language(request)).admin


def _failed(request: gr.Request, error: FrontdeskError) -> str:
    return _admin(request).failed.format(reason=error)
