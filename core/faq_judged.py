"""How a question was judged against the FAQ book."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.faq import Faq


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqMatch:
    """The entry that a question asks, as it is in the records now.

    `phrase` is the question or variant that matched. `score` is the cosine of both, 1.0
    where both have one form; `margin` is how far behind the next entry is, 0 to 2.
    """

    faq: Faq
    phrase: str
    score: float
    margin: float


Why = Literal["same_form", "sure", "unlike", "rivalled", "differs", "no_entry"]
"""How a question was judged: the first two are sure. `unlike`: the nearest phrase is too far;
`rivalled`: another answer is too near for that; `differs`: it differs in a number, a name or its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question as the matcher sees it: the nearest entry, if there is any, and how sure that is."""

    nearest: FaqMatch | None
    why: Why

    @property
    def match(self) -> FaqMatch | None:
        """The entry that is asked; none where that is not sure."""
        return self.nearest if self.why in {"same_form", "sure"} else None
