"""The JSON of FAQ entries, as it goes in and out over HTTP and on the command line."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from channels.shapes import Moment
from core.faq import FIELDS, MOST_VARIANTS, Faq, FaqDraft, FaqId


class FaqIn(BaseModel):
    """What a company lays down about a question; `valid_until` is the last day it holds."""

    question: str
    answer: str
    variants: Annotated[list[str], Field(max_length=MOST_VARIANTS)] = []
    owner: str | None = None
    audience: Literal["public", "staff"] = "public"
    language: str | None = None
    link: str | None = None
    category: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    def draft(self) -> FaqDraft:
        """The draft that core takes."""
        values = {name: getattr(self, name) for name in FIELDS if name not in ("url", "variants")}
        return FaqDraft(**values, url=self.link, variants=tuple(self.variants))


class FaqOut(FaqIn):
    """An entry. `version` counts its wordings from 1."""

    faq_id: FaqId
    version: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, faq: Faq) -> Self:
        """The entry, with everything that is known of it but the tenant."""
        values = {name: getattr(faq, name) for name in FIELDS if name not in ("url", "variants")}
        return cls(
            **values,
            variants=list(faq.variants),
            link=faq.url,
            faq_id=faq.id,
            version=faq.version,
            created_at=faq.created_at,
            updated_at=faq.updated_at,
        )
