"""Replies that are set before anything is looked up: small talk, FAQ entries, a bare yes or no."""

from __future__ import annotations

from functools import cache

from core.asked import Asked
from core.faq_judged import FaqMatch
from core.informal_phrases import INFORMAL
from core.messages import Outcome
from core.phrases import LANGUAGES, phrase
from core.router import Route
from core.tools.filling import yes_or_no
from core.tools.sentences import sentences
from core.turn import Reply


def at_once(asked: Asked, route: Route, reminder: str) -> Reply | None:
    """What is said to small talk, to what an FAQ entry answers, and to a bare yes or no."""
    if route.kind == "small_talk":
        text = joined(asked.persona.says(f"small_talk_{route.name}", asked.language), reminder)
        return Reply(text=text, outcome=Outcome.ANSWERED, route="small_talk", confidence=route.chance)
    if asked.match is not None:
        return approved(asked, asked.match, reminder)
    if not reminder and yes_or_no(asked.question, asked.language) is not None:
        return what_else(asked)
    return None


def what_else(asked: Asked) -> Reply:
    """What is said to a bare yes or no where nothing is open."""
    text = asked.persona.says("what_else", asked.language)
    return Reply(text=text, outcome=Outcome.CLARIFYING, route="small_talk")


def approved(asked: Asked, match: FaqMatch, reminder: str) -> Reply:
    """The approved wording of an FAQ entry, and nothing of ours but what leads back."""
    return Reply(
        text=joined(match.faq.answer, reminder, gap="\n\n"),
        outcome=Outcome.ANSWERED,
        route="faq",
        confidence=min(1.0, match.score),
        citations=(match.faq.cited(asked.public_url),),
    )


def accepts_a_person(asked: Asked) -> bool:
    """Whether it is a yes to a person that the desk has just offered."""
    last = asked.turns[-1].text if asked.turns else ""
    return last.endswith(_offers()) and yes_or_no(asked.question, asked.language) is True


@cache
def _offers() -> tuple[str, ...]:
    """What the desk's sentences end in that offer a person."""
    offers = {phrase("offer_person", language) for language in LANGUAGES} | {
        *INFORMAL["offer_person"].values()
    }
    return tuple(offers | {sentences(language).gave_up for language in LANGUAGES})


def joined(*parts: str, gap: str = " ") -> str:
    """The parts that have words, with `gap` between them."""
    return gap.join(part for part in parts if part)
