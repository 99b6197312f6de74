"""The admin page's tab about how the desk speaks: a form, what it would sound like, save and undo."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Protocol

import gradio as gr

from core.errors import FrontdeskError, Refused
from core.persona import DOORS, FORMS_OF_ADDRESS, LONGEST_WISHES, TONES, Persona, checked
from core.personas import SavedPersona
from core.phrases import LANGUAGES
from ui.persona_words import PersonaWords, persona_words
from ui.words import words_for

LANGUAGE_NAMES = {"en": "English", "es": "Español", "de": "Deutsch", "fr": "Français"}
"""Each language in its own words."""
_TEXTS = ("greeting", "sign_off", "dont_know")
_PLAIN_FIELDS = ("name", "company", "tone", "address", "languages", "doors", "least", "wishes")


class PersonaCalls(Protocol):
    """What the tab asks of the desk, for its own tenant."""

    async def saved(self) -> SavedPersona:
        """The persona that counts now."""

    async def save(self, persona: Persona, *, version: int, by: str) -> SavedPersona:
        """The persona, which counts from now on.

        Raises:
            Refused: it can't be kept, or `version` is no longer the one that counts.
        """

    async def undo(self, *, version: int, by: str) -> SavedPersona:
        """The persona before this version.

        Raises:
            Refused: there is none, or `version` is no longer the one that counts.
        """


def persona_tab(page: gr.Blocks, calls: PersonaCalls) -> None:
    """The tab, drawn where this is called, inside the page's tabs, and wired to `calls`."""
    with gr.Tab("Persona", id="persona") as tab:
        form = _Form(tab)
    answers = _Answers(calls, form)
    hidden: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
    page.load(answers.arrive, None, form.all, **hidden)
    form.reload.click(answers.arrive, None, form.all, **hidden)
    form.save.click(answers.save, [form.version, *form.inputs], form.all, **hidden)
    form.undo.click(answers.undo, [form.version], form.all, **hidden)
    changes = [each.change for each in form.inputs]
    gr.on(changes, answers.preview, form.inputs, [form.preview], trigger_mode="always_last", **hidden)


class _Form:
    """The parts of the tab. `inputs` are in the order in which `draft_of` reads them."""

    def __init__(self, tab: gr.Tab) -> None:
        self.tab = tab
        self.version = gr.State(0)
        self.intro = gr.HTML(js_on_load=None)
        with gr.Row():
            self.name, self.company = (
                gr.Textbox(max_lines=1, elem_id="fd-persona-name"),
                gr.Textbox(max_lines=1),
            )
        with gr.Row():
            self.tone = gr.Dropdown(choices=[*TONES], value="", allow_custom_value=True)
            self.address = gr.Radio(choices=[*FORMS_OF_ADDRESS], value="")
        with gr.Row():
            self.languages = gr.Dropdown(
                choices=[(LANGUAGE_NAMES[code], code) for code in LANGUAGES], multiselect=True
            )
            self.least = gr.Textbox(max_lines=1)
        self.doors = gr.CheckboxGroup(choices=[*DOORS], value=[*DOORS])
        self.wishes = gr.Textbox(lines=4, max_length=LONGEST_WISHES, elem_id="fd-persona-wishes")
        self.texts: list[gr.Textbox] = []
        with gr.Tabs():
            for code in LANGUAGES:
                with gr.Tab(LANGUAGE_NAMES[code]):
                    self.texts += [gr.Textbox(max_lines=2, elem_id=f"fd-{name}-{code}") for name in _TEXTS]
        self.preview = gr.HTML(js_on_load=None, elem_id="fd-persona-preview")
        self.notice = gr.HTML(js_on_load=None, elem_id="fd-persona-notice")
        with gr.Row():
            self.save = gr.Button("", variant="primary", elem_id="fd-persona-save")
            self.undo = gr.Button("", elem_id="fd-persona-undo")
            self.reload = gr.Button("")
        plain = [getattr(self, name) for name in _PLAIN_FIELDS]
        self.inputs: list[Any] = [*plain, *self.texts]
        buttons = [self.save, self.undo, self.reload]
        self.all = [tab, self.version, self.intro, *self.inputs, self.preview, self.notice, *buttons]


class _Answers:
    """What happens in the tab. Nothing about the admin is held here."""

    def __init__(self, calls: PersonaCalls, form: _Form) -> None:
        self._calls = calls
        self._on = form

    async def arrive(self, request: gr.Request) -> dict[Any, Any]:
        """The persona that counts now, in the admin's language."""
        return self._shown(await self._calls.saved(), _words(request))

    async def save(self, request: gr.Request, version: int, *values: object) -> dict[Any, Any]:
        """The form as it was saved, or why it was not."""
        words = _words(request)
        try:
            saved = await self._calls.save(draft_of(values), version=version, by=_who(request))
        except FrontdeskError as error:
            return {self._on.notice: _told(words.failed.format(reason=error), is_bad=True)}
        return self._shown(saved, words, words.saved)

    async def undo(self, request: gr.Request, version: int) -> dict[Any, Any]:
        """The form with the persona before, or why there is none."""
        words = _words(request)
        try:
            saved = await self._calls.undo(version=version, by=_who(request))
        except FrontdeskError as error:
            return {self._on.notice: _told(words.failed.format(reason=error), is_bad=True)}
        return self._shown(saved, words, words.undone)

    def preview(self, request: gr.Request, *values: object) -> str:
        """What the desk would say with the form as it stands."""
        try:
            return preview(_words(request), checked(draft_of(values)))
        except Refused as error:
            return _told(str(error), is_bad=True)

    def _shown(self, saved: SavedPersona, words: PersonaWords, told: str = "") -> dict[Any, Any]:
        on, persona = self._on, saved.persona
        who = words.saved_by.format(version=saved.version, who=saved.saved_by)
        lines = [told, who] if saved.version else []
        values = _values_of(persona)
        fields = {
            getattr(on, name): gr.update(
                value=values[name], label=getattr(words, name), info=getattr(words, f"{name}_help", None)
            )
            for name in _PLAIN_FIELDS
        }
        for place, box in enumerate(on.texts):
            code, name = LANGUAGES[place // len(_TEXTS)], _TEXTS[place % len(_TEXTS)]
            info = words.dont_know_help if name == "dont_know" else None
            text = getattr(persona, name).get(code, "")
            fields[box] = gr.update(value=text, label=getattr(words, name), info=info)
        fields[on.tone]["choices"] = [(getattr(words, tone), tone) for tone in TONES]
        fields[on.address]["choices"] = [
            (getattr(words, f"address_{form or 'open'}"), form) for form in FORMS_OF_ADDRESS
        ]
        fields[on.doors]["choices"] = [(getattr(words, door), door) for door in DOORS]
        return fields | {
            on.tab: gr.update(label=words.tab),
            on.version: saved.version,
            on.intro: f'<p class="fd-hint">{escape(words.intro)}</p>',
            on.preview: preview(words, persona),
            on.notice: _told(*filter(None, lines)),
            on.save: words.save,
            on.undo: gr.update(value=words.undo, interactive=saved.version > 0),
            on.reload: words.reload,
        }


def draft_of(values: Sequence[Any]) -> Persona:
    """The persona that a form's values make, in the order of its inputs.

    Raises:
        Refused: the confidence is no number.
    """
    name, company, tone, address, languages, doors, least, wishes, *texts = values
    said = {
        field: {code: str(texts[place * len(_TEXTS) + nth] or "") for place, code in enumerate(LANGUAGES)}
        for nth, field in enumerate(_TEXTS)
    }
    return Persona(
        name=name or "",
        company=company or "",
        tone=tone or "",
        address=address or "",
        languages=tuple(languages or ()),
        doors=tuple(doors or ()),
        abstain_below=_share(least or ""),
        wishes=wishes or "",
        greeting=said["greeting"],
        sign_off=said["sign_off"],
        dont_know=said["dont_know"],
    )


def preview(words: PersonaWords, persona: Persona) -> str:
    """What visitors would read: the greeting, who speaks, and not knowing, in each language spoken."""
    parts = []
    for code in persona.languages or LANGUAGES:
        greeting = persona.greets(code) or words_for(code).chat.greeting
        lines = [
            ("", greeting),
            ("", persona.says("small_talk_who_are_you", code)),
            (words.lost, persona.says("dont_know", code)),
        ]
        says = "".join(
            (f'<p class="fd-hint">{escape(words.visitor)}: {escape(asked)}</p>' if asked else "")
            + f"<p>{escape(said)}</p>"
            for asked, said in lines
        )
        parts.append(f'<div class="fd-sounds" lang="{code}"><h3>{LANGUAGE_NAMES[code]}</h3>{says}</div>')
    return f'<h2 class="fd-section">{escape(words.preview)}</h2>{"".join(parts)}'


def _values_of(persona: Persona) -> dict[str, Any]:
    least = "" if persona.abstain_below is None else str(persona.abstain_below)
    doors = list(DOORS if persona.doors is None else persona.doors)
    plain = {name: getattr(persona, name) for name in ("name", "company", "tone", "address", "wishes")}
    return {**plain, "languages": list(persona.languages), "doors": doors, "least": least}


def _share(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", ".")) if text.strip() else None
    except ValueError as error:
        raise Refused(f"abstain_below: {text[:40]!r} is no number: give one from 0 to 1") from error


def _told(*lines: str, is_bad: bool = False) -> str:
    kind = "fd-bad" if is_bad else "fd-good"
    says = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="fd-told {kind}" role="status">{says}</div>' if says else ""


def _who(request: gr.Request) -> str:
    return str(request.username or "admin")


def _words(request: gr.Request) -> PersonaWords:
    header: str | None = request.headers.get("accept-language")
    return persona_words(header)
