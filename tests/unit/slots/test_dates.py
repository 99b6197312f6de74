"""Dates, near and far, and those that may be two."""

from datetime import date

import pytest

from tests.unit.slots.reading_words import asked, certain, reasons, shown, unasked, values


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("tomorrow", date(2026, 5, 7)),
        ("the day after tomorrow", date(2026, 5, 8)),
        ("tonight", date(2026, 5, 6)),
        ("yesterday", date(2026, 5, 5)),
        ("in 3 days", date(2026, 5, 9)),
        ("in two weeks", date(2026, 5, 20)),
        ("a month from now", date(2026, 6, 6)),
        ("this Friday", date(2026, 5, 8)),
        ("on Sunday", date(2026, 5, 10)),
        ("the 3rd of June", date(2026, 6, 3)),
        ("the third of June", date(2026, 6, 3)),
        ("3 May", date(2027, 5, 3)),
        ("May 7th", date(2026, 5, 7)),
        ("2026-05-03", date(2026, 5, 3)),
        ("2018/04/18", date(2018, 4, 18)),
        ("30/04/2027", date(2027, 4, 30)),
        ("Friday, Aug 17, 2018", date(2018, 8, 17)),
        ("Fri, 24 Aug, 2018", date(2018, 8, 24)),
        ("the 31st", date(2026, 5, 31)),
        ("29 February", date(2028, 2, 29)),
        ("I booked for 24 June, change that to 3 July", date(2026, 7, 3)),
    ],
)
def test_a_date_is_read(words: str, day: date) -> None:
    assert values("date", words) == [day]
    assert certain("date", words) == [True]


@pytest.mark.parametrize(
    ("language", "words", "day", "seen"),
    [
        ("german", "03/05", date(2027, 5, 3), "Montag, 3. Mai 2027"),
        ("german", "am 3.6.", date(2026, 6, 3), "Mittwoch, 3. Juni 2026"),
        ("german", "12.06.2026", date(2026, 6, 12), "Freitag, 12. Juni 2026"),
        ("spanish", "el 3 de mayo de 2026", date(2026, 5, 3), "domingo 3 de mayo de 2026"),
        ("spanish", "mañana", date(2026, 5, 7), "jueves 7 de mayo de 2026"),
        ("french", "03/06/2026", date(2026, 6, 3), "mercredi 3 juin 2026"),
    ],
)
def test_a_date_is_read_and_shown_in_its_language(language: str, words: str, day: date, seen: str) -> None:
    assert values("date", words, unasked(language)) == [day]
    assert shown("date", words, unasked(language)) == [seen]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("03/05/2026", [date(2026, 5, 3), date(2026, 3, 5)]),
        ("next Friday", [date(2026, 5, 15), date(2026, 5, 8)]),
        ("Wednesday", [date(2026, 5, 6), date(2026, 5, 13)]),
    ],
)
def test_a_date_that_may_be_two_says_so(words: str, days: list[date]) -> None:
    assert values("date", words) == days
    assert certain("date", words) == [False, False]


def test_a_weekday_that_is_not_that_day_makes_the_date_uncertain() -> None:
    assert certain("date", "Sunday 6 May 2026") == [False]


@pytest.mark.parametrize("words", ["31 February", "2026-02-30", "45/45/2026", "June 31st"])
def test_a_day_that_never_comes_is_refused_with_a_reason(words: str) -> None:
    assert reasons("date", words) == [f"{words} is no date"]
    assert values("date", words, asked()) == []


@pytest.mark.parametrize(
    "words", ["May the 3 of us come?", "8", "at 7.15 pm", "the second one", "I sat down"]
)
def test_other_words_are_no_date(words: str) -> None:
    assert values("date", words) == []
