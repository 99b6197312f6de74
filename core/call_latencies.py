"""How long each part of an answer on the phone took, over many turns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select

from core.call_tables import call_turns
from core.records import Records
from core.tenants import TenantId

Part = Literal[
    "eot_wait",
    "asr_final",
    "retrieval",
    "first_token",
    "first_sentence",
    "send",
    "tts_first_audio",
    "until_sound",
    "heard",
]
"""The parts of a turn, in milliseconds: `until_sound` is what a caller feels, from their last sound to the
answer's first; `heard` is how long the answer sounded; the others lie in between (see `one_by_one`).
"""
PARTS: tuple[Part, ...] = get_args(Part)
_WITHIN: Mapping[Part, Part] = {"first_token": "retrieval", "tts_first_audio": "send"}
"""A part, and one that is a piece of it."""
MOST_TURNS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Half of the turns took `p50_ms` at most, nineteen of twenty `p95_ms`."""

    p50_ms: float
    p95_ms: float
    turns: int


def spreads(taken: Iterable[Mapping[str, float]]) -> dict[Part, Spread]:
    """The spread of each part that was measured, in the order of the parts; nearest ranks.

    >>> spreads([{"send": 1.0}, {"send": 3.0}, {"send": 2.0}])["send"]
    Spread(p50_ms=2.0, p95_ms=3.0, turns=3)
    """
    by_part: dict[Part, list[float]] = {part: [] for part in PARTS}
    for latencies in taken:
        for part in PARTS:
            value = latencies.get(part)
            if value is not None and math.isfinite(value):
                by_part[part].append(value)
    return {
        part: Spread(p50_ms=_rank(found, 0.5), p95_ms=_rank(found, 0.95), turns=len(found))
        for part, found in ((part, sorted(values)) for part, values in by_part.items())
        if found
    }


def one_by_one(latencies: Mapping[str, float]) -> dict[Part, float]:
    """What of a turn went to each part in milliseconds, one after the other; parts of no length are left out.

    The documents are searched before the first token comes, and a sentence is handed over before it sounds:
    here `first_token` and `tts_first_audio` are what is left of them without that. With all parts measured
    the sum is `until_sound`.

    >>> one_by_one({"eot_wait": 700, "retrieval": 30, "first_token": 40, "send": 1, "tts_first_audio": 90})
    {'eot_wait': 700, 'retrieval': 30, 'first_token': 10, 'send': 1, 'tts_first_audio': 89}
    """
    taken = {part: latencies[part] for part in PARTS if math.isfinite(latencies.get(part) or math.nan)}
    for whole, within in _WITHIN.items():
        if whole in taken and within in taken:
            taken[within] = min(taken[within], taken[whole])
            taken[whole] -= taken[within]
    return {part: ms for part, ms in taken.items() if ms > 0 and part not in {"until_sound", "heard"}}


async def call_spreads(
    records: Records, tenant: TenantId, *, since: datetime | None = None, call_id: str = ""
) -> dict[Part, Spread]:
    """The spreads over the tenant's newest turns: of one call, or of all since a moment."""
    query = select(call_turns.c.latencies).where(call_turns.c.tenant == tenant)
    if since is not None:
        query = query.where(call_turns.c.created_at >= since)
    if call_id:
        query = query.where(call_turns.c.call_id == call_id)
    async with records.reading() as connection:
        newest = query.order_by(call_turns.c.created_at.desc()).limit(MOST_TURNS)
        return spreads([row.latencies for row in await connection.execute(newest)])


def _rank(found: Sequence[float], share: float) -> float:
    """The value at or under which such a share of the values lies; `found` is sorted and not empty."""
    return round(found[max(0, math.ceil(share * len(found)) - 1)], 3)
