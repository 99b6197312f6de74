"""The tab about the persona: its words in every language, what a form makes, and the preview."""

from __future__ import annotations

import re
from dataclasses import fields

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from core.errors import NotNow, Refused
from core.persona import PLAIN, Persona, checked
from core.personas import SavedPersona
from core.phrases import LANGUAGES, phrase
from ui.persona import draft_of, persona_tab, preview
from ui.persona_words import PersonaWords, persona_words
from ui.words import words_for

EN = persona_words("en")
FORM = ["Juno", "", "friendly", "informal", ["de"], ["web", "slack", "sms", "voice"], "0,4", "Be kind."]
TEXTS = ["Hi!", "", "", "", "", "", "Servus!", "", "Keine Ahnung.", "", "", ""]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_says_everything_with_the_same_names_to_fill_in(code: str) -> None:
    words = persona_words(code)
    for field in fields(PersonaWords):
        said, model = getattr(words, field.name), getattr(EN, field.name)
        assert said.strip(), field.name
        assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", model)), field.name


def test_a_form_makes_the_persona_that_it_shows() -> None:
    assert checked(draft_of([*FORM, *TEXTS])) == Persona(
        name="Juno",
        tone="friendly",
        address="informal",
        languages=("de",),
        abstain_below=0.4,
        wishes="Be kind.",
        greeting={"de": "Servus!", "en": "Hi!"},
        dont_know={"de": "Keine Ahnung."},
    )


def test_an_empty_form_lays_down_nothing() -> None:
    empty = [None, "", None, None, None, ["web", "slack", "sms", "voice"], None, None, *([None] * 12)]
    assert checked(draft_of(empty)) == PLAIN


def test_a_confidence_that_is_no_number_is_refused() -> None:
    with pytest.raises(Refused, match="'half' is no number"):
        draft_of([*FORM[:6], "half", "", *TEXTS])


def test_the_preview_is_what_visitors_would_read() -> None:
    shown = preview(EN, checked(draft_of([*FORM, *TEXTS])))
    assert "Servus!" in shown
    assert "Keine Ahnung. Soll ich einen Menschen hinzuziehen?" in shown
    assert "English" not in shown
    assert words_for("en").chat.greeting in preview(EN, PLAIN)
    assert phrase("dont_know", "fr").replace("'", "&#x27;") in preview(EN, PLAIN)


def test_the_preview_escapes_what_was_typed() -> None:
    hostile = Persona(name="<script>x</script>", greeting={"en": "<img src=x onerror=y>"})
    assert not re.search(r"<script|<img", preview(EN, hostile))


class Kept:
    """A tenant whose persona is kept in memory, with the one before."""

    def __init__(self) -> None:
        self.versions = [SavedPersona(persona=PLAIN)]

    async def saved(self) -> SavedPersona:
        return self.versions[-1]

    async def save(self, persona: Persona, *, version: int, by: str) -> SavedPersona:
        if version != self.versions[-1].version:
            raise NotNow("the persona was changed meanwhile")
        self.versions.append(SavedPersona(persona=checked(persona), version=version + 1, saved_by=by))
        return self.versions[-1]

    async def undo(self, *, version: int, by: str) -> SavedPersona:
        return await self.save(self.versions[-2].persona, version=version, by=by)


@pytest.mark.anyio
async def test_the_tab_is_filled_saves_refuses_and_takes_back() -> None:
    kept = Kept()
    with gr.Blocks(analytics_enabled=False) as page, gr.Tabs():
        persona_tab(page, kept)
    session = SessionState(page)
    request = gr.Request(username="key:ann", headers={"accept-language": "de"})

    async def does(name: str, *values: object) -> str:
        """What the page is sent back after an event."""
        function = next(each for each in page.fns.values() if each.name == name)
        sent = await page.process_api(function, list(values), request=request, state=session)
        return str(sent["data"])

    assert "Was er sagt, wenn jemand fragt" in await does("arrive")
    assert "Servus!" in await does("preview", *FORM, *TEXTS)
    assert "is no number" in await does("preview", *FORM[:6], "half", "", *TEXTS)
    assert "Gespeichert." in await does("save", None, *FORM, *TEXTS)
    assert (kept.versions[-1].version, kept.versions[-1].saved_by) == (1, "key:ann")
    assert kept.versions[-1].persona.greeting == {"de": "Servus!", "en": "Hi!"}
    await kept.save(PLAIN, version=1, by="key:bob")
    assert "meanwhile" in await does("save", None, *FORM, *TEXTS)
    await does("arrive")
    assert "Die vorige Persona ist zurück." in await does("undo", None)
    assert kept.versions[-1].persona.name == "Juno"
