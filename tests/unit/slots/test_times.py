"""Times of day, and the two readings of one without am or pm."""

from datetime import time

import pytest

from tests.unit.slots.reading_words import asked, certain, reasons, unasked, values


@pytest.mark.parametrize(
    ("words", "hour", "minute"),
    [
        ("7.15 pm", 19, 15),
        ("at 7:30PM.", 19, 30),
        ("0730pm", 19, 30),
        ("19:30", 19, 30),
        ("noon", 12, 0),
        ("midnight please", 0, 0),
        ("12 am", 0, 0),
        ("12:15 pm", 12, 15),
        ("half past seven in the evening", 19, 30),
        ("quarter to 8 pm", 19, 45),
        ("ten past noon", 12, 10),
        ("in half an hour", 12, 30),
        ("um 19 Uhr", 19, 0),
        ("14h30", 14, 30),
        ("07:15", 7, 15),
        ("not 10 p.m., I meant 10 a.m.", 10, 0),
    ],
)
def test_a_time_is_read(words: str, hour: int, minute: int) -> None:
    assert values("time", words) == [time(hour, minute)]


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ("half past seven", time(7, 30), time(19, 30)),
        ("quarter to 8", time(7, 45), time(19, 45)),
        ("at 7", time(7), time(19)),
        ("at 3", time(15), time(3)),
        ("sevenish", time(7), time(19)),
        ("five to one", time(12, 55), time(0, 55)),
        ("halb acht", time(7, 30), time(19, 30)),
        ("6:15", time(18, 15), time(6, 15)),
    ],
)
def test_a_time_without_am_or_pm_has_two_readings(words: str, first: time, second: time) -> None:
    assert values("time", words) == [first, second]
    assert certain("time", words) == [False, False]


def test_opening_hours_settle_which_half_of_the_day_is_meant() -> None:
    hours = (time(11), time(23))
    assert values("time", "at 7", hours=hours) == [time(19)]
    assert certain("time", "at 7", hours=hours) == [True]


def test_a_bare_number_is_a_time_only_when_one_was_asked_for() -> None:
    assert values("time", "13", asked()) == [time(13)]
    assert values("time", "13", unasked()) == []
    assert values("time", "for 4 people", asked()) == []


def test_a_time_that_is_none_is_refused_with_a_reason() -> None:
    assert reasons("time", "at 25:10") == ["25:10 is no time of day"]
