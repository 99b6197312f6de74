"""What the tabs that mend the desk's knowledge ask for: the FAQ book, and the review of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from core.faq import Faq, FaqDraft, FaqId
from core.faq_import import Imported
from core.faq_judged import Judged
from core.faq_near import NearPair
from core.messages import Answer
from core.review_queue import Reviewable
from core.search import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A question as it would be taken: how the FAQ book judges it, and what documents hold of it.

    `first` is what it would be heard as before the book is asked: small talk, a tool's, or nothing.
    """

    judged: Judged
    found: tuple[Found, ...]
    first: Literal["", "small_talk", "tool"] = ""


class FaqCalls(Protocol):
    """What an admin can do with the FAQ book."""

    async def entries(self) -> list[Faq]:
        """Every entry, oldest first."""

    async def uses(self) -> Mapping[FaqId, int]:
        """How often each entry was given in the last 30 days, by its id."""

    async def near(self) -> list[NearPair]:
        """Entries that take sureness from each other, the nearest first."""

    async def entry(self, faq_id: str) -> Faq:
        """One entry.

        Raises:
            NotFound: it is gone, or another tenant's.
        """

    async def save(self, draft: FaqDraft, faq_id: str, version: int) -> Faq:
        """A new entry where `faq_id` is empty; else the new wording of the one in that version.

        Raises:
            FrontdeskError: it can't be kept; the message says why.
        """

    async def remove(self, faq_id: str) -> Faq:
        """What was forgotten, so that it can be restored.

        Raises:
            NotFound: it is gone, or another tenant's.
        """

    async def restore(self, faq: Faq) -> Faq:
        """An entry that was removed.

        Raises:
            FrontdeskError: it can't be kept; the message says why.
        """

    def preview(self, draft: FaqDraft) -> Answer:
        """The answer that a customer gets.

        Raises:
            Refused: the draft is not fit to be one.
        """

    async def near_to(self, draft: FaqDraft, faq_id: str) -> list[NearPair]:
        """The entries that the draft takes sureness from; `faq_id` is the one that it replaces."""

    async def read(self, path: Path) -> bytes:
        """What is in a file that the page received."""

    async def take(self, data: bytes, *, dry_run: bool) -> Imported:
        """What becomes of each row of a CSV file; a `dry_run` keeps nothing.

        Raises:
            FrontdeskError: the file can't be read, or somebody else changes the book.
        """

    async def tried(self, question: str, *, as_staff: bool) -> Tried:
        """How a question would be taken."""


class ReviewCalls(Protocol):
    """What a reviewer can do."""

    share: float

    async def queue(self) -> list[Reviewable]:
        """The answers to look at, reviewed or not."""

    async def judge(self, answer_id: str, finding: str, note: str, person: str) -> None:
        """Keep what the person found of an answer.

        Raises:
            FrontdeskError: it can't be kept; the message says why.
        """
