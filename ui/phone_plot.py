"""The HTML plots of the calls tab: bars that say how long each part of an answer took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from core.call_latencies import PARTS, Part, Spread, one_by_one
from core.kept_calls import CallTurn
from ui.phone_list import clock
from ui.phone_words import PhoneWords

STACKED: tuple[Part, ...] = tuple(part for part in PARTS if part not in {"until_sound", "heard"})
"""The parts of a bar, from the caller's last sound on."""


def turns_plot(words: PhoneWords, turns: Sequence[tuple[float, CallTurn]]) -> str:
    """A bar of parts for each turn, and the numbers below; a turn comes with its talk's beginning."""
    measured = [(begins_s + turn.at_s, turn) for begins_s, turn in turns if one_by_one(turn.latencies)]
    if not measured:
        return ""
    stacks = [one_by_one(turn.latencies) for _, turn in measured]
    longest = max(sum(stack.values()) for stack in stacks)
    bars = "".join(
        _bar(words, f"{place}. {clock(at_s)}", stack, longest)
        for place, ((at_s, _), stack) in enumerate(zip(measured, stacks, strict=True), start=1)
    )
    used = [part for part in STACKED if any(part in stack for stack in stacks)]
    return (
        f'<section class="fd-plots"><h3>{escape(words.latencies)}</h3>'
        f'<p class="fd-hint">{escape(words.latencies_hint)}</p>'
        f'<figure class="fd-plot" aria-label="{escape(words.latencies)}">{bars}'
        f"{_legend(words, used)}</figure>"
        f"{_numbers(words, measured)}</section>"
    )


def spreads_plot(words: PhoneWords, day: Mapping[Part, Spread], week: Mapping[Part, Spread]) -> str:
    """The p50 and p95 of each part over the last day and the last week, on one scale."""
    both = ((words.day, day), (words.week, week))
    longest = max(
        (spread.p95_ms for _, found in both for part, spread in found.items() if part != "heard"), default=0.0
    )
    boxes = "".join(_span(words, name, found, longest) for name, found in both)
    return (
        f'<section class="fd-plots"><h2 class="fd-section">{escape(words.speed)}</h2>'
        f'<p class="fd-hint">{escape(words.speed_hint)}</p><div class="fd-spans">{boxes}</div></section>'
    )


def milliseconds(ms: float) -> str:
    """A time as people read it.

    >>> milliseconds(87.4), milliseconds(1240)
    ('87 ms', '1.24 s')
    """
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def _bar(words: PhoneWords, name: str, stack: Mapping[Part, float], longest: float) -> str:
    parts = "".join(
        f'<b class="fd-part-{part}" style="width:{_percent(ms, longest)}%" '
        f'title="{escape(words.parts[part])}: {milliseconds(ms)}"></b>'
        for part, ms in stack.items()
    )
    return (
        f'<div class="fd-stack"><span>{escape(name)}</span><i aria-hidden="true">{parts}</i>'
        f"<span>{milliseconds(sum(stack.values()))}</span></div>"
    )


def _legend(words: PhoneWords, parts: Iterable[Part]) -> str:
    lines = "".join(
        f'<li><b class="fd-part-{part}" aria-hidden="true"></b>{escape(words.parts[part])}</li>'
        for part in parts
    )
    return f'<figcaption><ul class="fd-legend">{lines}</ul></figcaption>'


def _numbers(words: PhoneWords, measured: Sequence[tuple[float, CallTurn]]) -> str:
    used = [part for part in PARTS if any(turn.latencies.get(part) is not None for _, turn in measured)]
    heads = "".join(
        f'<th scope="col" class="fd-right" title="{escape(words.parts[part])}">{part}</th>' for part in used
    )
    rows = "".join(
        f'<tr><th scope="row">{place}. {clock(at_s)}{_filler(words, turn)}</th>{_cells(turn, used)}</tr>'
        for place, (at_s, turn) in enumerate(measured, start=1)
    )
    return (
        f'<details class="fd-numbers"><summary>{escape(words.numbers)}</summary>'
        f'<div class="fd-table" tabindex="0"><table><thead><tr>'
        f'<th scope="col">{escape(words.turn)}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _filler(words: PhoneWords, turn: CallTurn) -> str:
    return f" · {escape(words.had_filler)}" if turn.had_filler else ""


def _cells(turn: CallTurn, parts: Iterable[Part]) -> str:
    taken = (turn.latencies.get(part) for part in parts)
    return "".join(f'<td class="fd-right">{"" if ms is None else f"{ms:.0f}"}</td>' for ms in taken)


def _span(words: PhoneWords, name: str, found: Mapping[Part, Spread], longest: float) -> str:
    if not found:
        told = f'<p class="fd-hint">{escape(words.no_turns)}</p>'
        return f'<div class="fd-box"><h3>{escape(name)}</h3>{told}</div>'
    turns = max(spread.turns for spread in found.values())
    rows = "".join(_spread(words, part, spread, longest) for part, spread in found.items())
    head = (
        f'<thead><tr><th scope="col">{turns} {escape(words.turns)}</th><td aria-hidden="true"></td>'
        f'<th scope="col" class="fd-right">{escape(words.half)}</th>'
        f'<th scope="col" class="fd-right">{escape(words.most)}</th></tr></thead>'
    )
    return (
        f'<div class="fd-box"><h3>{escape(name)}</h3>'
        f'<table class="fd-spreads">{head}<tbody>{rows}</tbody></table></div>'
    )


def _spread(words: PhoneWords, part: Part, spread: Spread, longest: float) -> str:
    drawn = ""
    if part != "heard":
        half, most = _percent(spread.p50_ms, longest), _percent(spread.p95_ms, longest)
        widest = f'<b class="fd-most" style="width:{most}%"></b>'
        drawn = f'<i>{widest}<b class="fd-half" style="width:{half}%"></b></i>'
    return (
        f'<tr><th scope="row" title="{part}">{escape(words.parts[part])}</th>'
        f'<td aria-hidden="true">{drawn}</td>'
        f'<td class="fd-right">{milliseconds(spread.p50_ms)}</td>'
        f'<td class="fd-right">{milliseconds(spread.p95_ms)}</td></tr>'
    )


def _percent(ms: float, longest: float) -> float:
    """The share of the longest, so that what took any time is seen."""
    return round(min(100.0, max(100 * ms / longest, 0.4)), 2) if longest > 0 else 0.0
