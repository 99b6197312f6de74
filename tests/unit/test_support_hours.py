"""Support hours: who is there when, and by when somebody should have answered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Misconfigured
from core.support_hours import SupportHours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = SupportHours.read(
    "mon-fri 09:00-17:00; sat 10:00-12:00", zone="Europe/Berlin", holidays="2026-12-25"
)


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("moment", "minutes", "due"),
    [
        (at(2, 10), 60, at(2, 11)),
        (at(2, 16, 30), 60, at(3, 9, 30)),
        (at(6, 16), 120, at(7, 11)),
        (at(7, 11), 120, at(9, 10)),
        (at(1, 3), 60, at(2, 10)),
        (at(24, 16, month=12), 120, at(26, 11, month=12)),
    ],
)
def test_time_passes_only_while_somebody_is_there(moment: datetime, minutes: int, due: datetime) -> None:
    assert OFFICE.due(moment, minutes) == due


def test_the_next_opening_is_told_in_the_companys_time() -> None:
    assert OFFICE.next_opening(at(7, 13)) == at(9, 9)
    assert OFFICE.next_opening(at(9, 9)) == at(9, 9)
    assert OFFICE.is_open(at(9, 9))
    assert not OFFICE.is_open(at(9, 17))
    assert not OFFICE.is_open(at(25, 10, month=12))


def test_the_night_summer_time_begins_is_an_hour_shorter() -> None:
    night = SupportHours.read("sat 22:00-06:00", zone="Europe/Berlin")
    assert night.due(at(28, 22), 6 * 60) == at(29, 5)
    assert night.is_open(at(29, 5))
    assert not night.is_open(at(29, 6))


def test_without_hours_somebody_is_always_there() -> None:
    assert SupportHours().is_open(at(1, 3))
    assert SupportHours().due(at(1, 3), 30) == at(1, 3, 30)


def test_a_desk_where_nobody_comes_promises_nothing() -> None:
    days = ",".join(str((at(1, 0) + timedelta(days=7 * week)).date()) for week in range(80))
    never = SupportHours.read("sun 10:00-11:00", zone="Europe/Berlin", holidays=days)
    assert never.next_opening(at(1, 0)) is None
    assert never.due(at(1, 0), 10) is None


@pytest.mark.parametrize(
    "hours",
    ["monday 9-5", "mon 09:00", "mon 25:00-26:00", "mon 09:00-09:00", "foo 09:00-10:00", "mon 24:30-03:00"],
)
def test_hours_that_cannot_be_read_are_named(hours: str) -> None:
    with pytest.raises(Misconfigured, match="hours"):
        SupportHours.read(hours)


def test_a_zone_or_a_holiday_that_is_none_is_named() -> None:
    with pytest.raises(Misconfigured, match="Mars"):
        SupportHours.read("", zone="Mars/Olympus")
    with pytest.raises(Misconfigured, match="soon"):
        SupportHours.read("", holidays="soon")


@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 3000),
)
def test_what_is_due_falls_within_open_hours_and_not_before(moment: datetime, minutes: int) -> None:
    due = OFFICE.due(moment, minutes)
    assert due is not None
    assert due - moment >= timedelta(minutes=minutes)
    assert OFFICE.is_open(due - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("hours", "moment", "closes"),
    [
        ("mon-sun 21:00-08:00", "2026-11-20T22:30+01:00", "2026-11-21T07:00+00:00"),
        ("mon-sun 21:00-08:00", "2026-11-20T07:59+01:00", "2026-11-20T07:00+00:00"),
        ("mon-sun 21:00-08:00", "2026-11-20T08:00+01:00", None),
        (
            "sat 00:00-24:00; sun 00:00-24:00; mon 00:00-08:00",
            "2026-11-21T10:00+01:00",
            "2026-11-23T07:00+00:00",
        ),
        ("mon-sun 00:00-24:00", "2026-11-20T22:30+01:00", None),
        ("mon-sun 00:00-08:00", "2026-10-25T01:00+02:00", "2026-10-25T07:00+00:00"),
    ],
)
def test_hours_that_run_end_where_the_last_of_those_that_touch_ends(
    hours: str, moment: str, closes: str | None
) -> None:
    read = SupportHours.read(hours, zone="Europe/Berlin")
    end = read.next_closing(datetime.fromisoformat(moment))
    assert end == (closes and datetime.fromisoformat(closes))
