"""When people of the company are there: weekly hours in their time zone, and holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import Misconfigured

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FARTHEST_DAYS = 400
"""How far ahead an opening is looked for: over a year, so that no holiday of every year hides it."""
_DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
_RULE = re.compile(r"\s*([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+(.+)", re.IGNORECASE)

Span = tuple[int, int]
"""Minutes since midnight: from, and up to but without. The end of a day is 1440."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportHours:
    """Weekly hours. Without any `week`, somebody is always there.

    `week` maps a weekday (0 is Monday) to spans that do not overlap, in order. Days are those
    of `zone`; on a holiday nobody is there.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    @classmethod
    def read(cls, hours: str, *, zone: str = "UTC", holidays: str = "") -> SupportHours:
        """The hours that an operator wrote.

        `hours` is such as `mon-fri 09:00-17:00; sat 10:00-12:00, 13:00-15:00`; a span that ends
        before it begins goes on past midnight. `holidays` are dates with commas.

        Raises:
            Misconfigured: one of them can't be read; the message shows which.

        >>> SupportHours.read("fri 22:00-02:00").week
        {4: ((1320, 1440),), 5: ((0, 120),)}
        """
        try:
            days = frozenset(date.fromisoformat(day.strip()) for day in holidays.split(",") if day.strip())
        except ValueError as error:
            raise Misconfigured(f"the holidays {holidays!r} are not dates such as 2026-12-25") from error
        return cls(zone=_zone(zone), week=_week(hours), holidays=days)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there at a moment that knows its time zone."""
        return not self.week or any(start <= moment < end for start, end in self._open_from(moment, days=2))

    def next_opening(self, moment: datetime) -> datetime | None:
        """When somebody is there again, in the desk's zone: `moment` itself where somebody is.

        None where nobody comes within 400 days.
        """
        if self.is_open(moment):
            return moment.astimezone(self.zone)
        coming = (start for start, _ in self._open_from(moment) if start > moment)
        found = next(coming, None)
        return found and found.astimezone(self.zone)

    def next_closing(self, moment: datetime) -> datetime | None:
        """When the hours end that are running, in UTC; None where none are, or where they never end."""
        end = moment.astimezone(UTC)
        for start, close in self._open_from(moment):
            if start > end:
                break
            end = max(end, close)
        is_endless = end > moment + timedelta(days=FARTHEST_DAYS - 2)
        return None if end <= moment or is_endless else end

    def due(self, moment: datetime, minutes: float) -> datetime | None:
        """The moment, in UTC, when so many minutes of open hours have passed; None where too few come."""
        left = timedelta(minutes=minutes)
        if not self.week:
            return moment.astimezone(UTC) + left
        for start, end in self._open_from(moment):
            begin = max(start, moment.astimezone(UTC))
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        return None

    def _open_from(
        self, moment: datetime, *, days: int = FARTHEST_DAYS
    ) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of open hours in UTC that end after `moment`, in order.

        Times on the clock that a change of summer time skips or repeats are taken as the zone
        first has them, so a stretch across the change is as long as it is in fact.
        """
        first = moment.astimezone(self.zone).date()
        for offset in range(days):
            day = first + timedelta(days=offset)
            if day in self.holidays:
                continue
            for span in self.week.get(day.weekday(), ()):
                start, end = (self._at(day, minute) for minute in span)
                if end > moment:
                    yield start, end

    def _at(self, day: date, minute: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day)
        return (midnight + timedelta(minutes=minute)).replace(tzinfo=self.zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Misconfigured(f"{name!r} is no time zone: it takes one such as Europe/Berlin") from error


def _week(hours: str) -> dict[int, tuple[Span, ...]]:
    spans: dict[int, set[Span]] = {}
    for rule in filter(str.strip, hours.split(";")):
        for day, (start, end) in _ruled(rule):
            if start < end:
                spans.setdefault(day, set()).add((start, end))
            else:
                spans.setdefault(day, set()).add((start, _DAY_MINUTES))
                if end:
                    spans.setdefault((day + 1) % 7, set()).add((0, end))
    return {day: _merged(found) for day, found in sorted(spans.items())}


def _ruled(rule: str) -> Iterator[tuple[int, Span]]:
    match = _RULE.fullmatch(rule.rstrip())
    first, last = (match[1].lower(), (match[2] or match[1]).lower()) if match else ("", "")
    if not match or first not in DAYS or last not in DAYS:
        raise Misconfigured(f"the hours {rule.strip()!r} are not such as `mon-fri 09:00-17:00`")
    begin = DAYS.index(first)
    days = [(begin + step) % 7 for step in range((DAYS.index(last) - begin) % 7 + 1)]
    for text in match[3].split(","):
        found = _SPAN.fullmatch(text.strip())
        start, end = (
            (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
        )
        if not found or start == end or max(start, end) > _DAY_MINUTES:
            raise Misconfigured(f"the hours {text.strip()!r} are no span such as `09:00-17:00`")
        yield from ((day, (start, end)) for day in days)


def _merged(spans: set[Span]) -> tuple[Span, ...]:
    """The same minutes as spans that neither overlap nor touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
