"""The JSON of personas and utterances, as it goes in and out over HTTP and on the command line."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from channels.shapes import Moment
from core.intents import Utterance
from core.persona import FIELDS, Persona, as_json
from core.personas import SavedPersona
from core.teaching import MOST_UTTERANCES, Taught
from core.utterances import TaughtUtterance

Language = Literal["en", "es", "de", "fr"]
Door = Literal["web", "slack", "sms", "voice"]


class PersonaFields(BaseModel):
    """How a desk speaks. What is left out is as the desk's settings say.

    `address` is how customers are spoken to in Spanish, German and French. `wishes` are words
    for the language model, which shape its manner and never the desk's rules. The first of
    `languages` is for messages that show none. `doors` are those that are open; null: all.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    company: str = ""
    tone: str = ""
    address: Literal["", "formal", "informal"] = ""
    wishes: str = ""
    languages: list[Language] = []
    greeting: dict[Language, str] = {}
    sign_off: dict[Language, str] = {}
    dont_know: dict[Language, str] = {}
    abstain_below: Annotated[float, Field(ge=0, le=1)] | None = None
    doors: Annotated[list[Door], Field(min_length=1)] | None = None

    def persona(self) -> Persona:
        """The persona that core takes."""
        texts = {name: dict(getattr(self, name)) for name in ("greeting", "sign_off", "dont_know")}
        return Persona(
            name=self.name,
            company=self.company,
            tone=self.tone,
            address=self.address,
            wishes=self.wishes,
            languages=tuple(self.languages),
            abstain_below=self.abstain_below,
            doors=None if self.doors is None else tuple(self.doors),
            **texts,
        )


class PersonaIn(PersonaFields):
    """A persona to be saved, whole. `version` is the one that was looked at and changed."""

    version: Annotated[int, Field(ge=0)]


class PersonaOut(PersonaFields):
    """A persona as it was saved. Version 0 says that none was saved yet."""

    version: int
    saved_by: str
    saved_at: Moment | None

    @classmethod
    def of(cls, saved: SavedPersona) -> Self:
        """The persona, with who saved it and when."""
        values = as_json(saved.persona)
        return cls.model_validate(
            {name: values[name] for name in FIELDS}
            | {"version": saved.version, "saved_by": saved.saved_by, "saved_at": saved.saved_at}
        )


class UndoIn(BaseModel):
    """Which version is to be undone: the one that counts now."""

    version: Annotated[int, Field(ge=1)]


class UtteranceIn(BaseModel):
    """Something people say and what they want by it: a sort of small talk, human, tool:NAME or documents."""

    model_config = ConfigDict(extra="forbid")

    text: str
    label: str

    def utterance(self) -> Utterance:
        """The utterance that core takes."""
        return Utterance(text=self.text, intent=self.label)


class UtterancesIn(BaseModel):
    """Utterances to be taken in, all or none. A `trial` only says what they would do."""

    model_config = ConfigDict(extra="forbid")

    utterances: Annotated[list[UtteranceIn], Field(min_length=1, max_length=MOST_UTTERANCES)]
    trial: bool = False


class UtteranceOut(BaseModel):
    """An utterance that was taken in."""

    utterance_id: str
    text: str
    label: str
    created_at: Moment

    @classmethod
    def of(cls, taught: TaughtUtterance) -> Self:
        """The utterance with its id."""
        return cls(utterance_id=taught.id, text=taught.text, label=taught.label, created_at=taught.created_at)


class UtterancesOut(BaseModel):
    """Every utterance that was taken in, oldest first, and the labels that there are."""

    utterances: list[UtteranceOut]
    labels: list[str]


class TaughtOut(BaseModel):
    """What became of utterances.

    Of the `asked` sentences that the desk never learns from `changed` go another way than
    before; those in `mended` now go where they should, those in `broken` no longer do.
    """

    added: int
    unchanged: int
    asked: int
    changed: int
    mended: list[str]
    broken: list[str]

    @classmethod
    def of(cls, taught: Taught) -> Self:
        """What became of them, in one flat table."""
        effect = taught.effect
        return cls(
            added=taught.added,
            unchanged=taught.unchanged,
            asked=effect.asked,
            changed=effect.changed,
            mended=list(effect.mended),
            broken=list(effect.broken),
        )
