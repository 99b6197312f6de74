"""Numbers, durations, sums of money, percentages and measures."""

from decimal import Decimal

import pytest

from tests.unit.slots.reading_words import asked, certain, reasons, shown, unasked, values


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("three", 3),
        ("twenty-five", 25),
        ("one hundred and fifty", 150),
        ("two hundred thousand", 200_000),
        ("twelve hundred", 1_200),
        ("1,250", 1_250),
        ("a dozen", 12),
        ("two thousand and five", 2_005),
        ("three million two hundred thousand and one", 3_200_001),
    ],
)
def test_a_whole_number_is_read(words: str, number: int) -> None:
    assert values("integer", words, asked()) == [number]
    assert certain("integer", words, asked()) == [True]
    assert certain("integer", words, unasked()) == [False]


def test_numbers_side_by_side_are_not_added_up() -> None:
    assert values("integer", "two three") == [2, 3]
    assert values("integer", "seven or eight") == [7, 8]
    assert values("integer", "which one is that") == []


def test_a_part_is_no_whole_number() -> None:
    assert reasons("integer", "2.5") == ["2.5 is no whole number"]
    assert values("number", "2.5", asked()) == [Decimal("2.5")]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("30 years", "30 years"),
        ("18 months", "1 year 6 months"),
        ("two and a half years", "2 years 6 months"),
        ("a year and a half", "1 year 6 months"),
        ("30-year", "30 years"),
        ("2 years and 6 months", "2 years 6 months"),
        ("1h 30 min", "1 hour 30 minutes"),
        ("half an hour", "30 minutes"),
        ("a couple of weeks", "14 days"),
        ("no, 30 years", "30 years"),
        ("not 25 years but 30 years", "30 years"),
        ("zwei Jahre", "2 years"),
    ],
)
def test_a_duration_is_read(words: str, seen: str) -> None:
    assert shown("duration", words, unasked("german" if "Jahre" in words else "english")) == [seen]


def test_a_bare_number_takes_the_unit_that_was_asked_for() -> None:
    assert shown("duration", "30", asked(), unit="year") == ["30 years"]
    assert values("duration", "30", unasked(), unit="year") == []


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("€1,250.50", "€1,250.50"),
        ("1.250,50 €", "€1,250.50"),
        ("two hundred thousand dollars", "$200,000"),
        ("$5M", "$5,000,000"),
        ("half a million euros", "€500,000"),
        ("USD 500", "$500"),
        ("five dollars and 50 cents", "$5.50"),
        ("100 bucks", "$100"),
        ("Rs. 500", "500 INR"),
        ("CHF 1'250", "1,250 CHF"),
    ],
)
def test_a_sum_is_read(words: str, seen: str) -> None:
    assert shown("money", words) == [seen]
    assert certain("money", words) == [True]


def test_a_sum_without_a_currency_is_certain_only_when_asked_for() -> None:
    assert shown("money", "12k", asked(), currency="EUR") == ["€12,000"]
    assert certain("money", "12k", unasked()) == [False]
    assert values("money", "300", unasked()) == []
    assert shown("money", "200.000", asked("german"), currency="EUR") == ["€200,000"]


def test_three_figures_after_a_point_may_be_thousands() -> None:
    assert shown("money", "1.250 €") == ["€1,250", "€1.25"]
    assert certain("money", "1.250 €") == [False, False]
    assert shown("money", "1 250,50 €", unasked("french")) == ["€1,250.50"]


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ("4.5%", "4.5"),
        ("four and a half percent", "4.5"),
        ("5 per cent", "5"),
        ("1,5 %", "1.5"),
        ("half a percent", "0.5"),
    ],
)
def test_a_percentage_is_read(words: str, share: str) -> None:
    assert values("percentage", words) == [Decimal(share)]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("2 kg", "2 kg"),
        ("5 miles", "5 mi"),
        ("two and a half litres", "2.5 l"),
        ("1,500 sq ft", "1,500 ft²"),
        ("3,5 km", "3.5 km"),
        ("200 square metres", "200 m²"),
    ],
)
def test_a_measure_is_read(words: str, seen: str) -> None:
    assert shown("quantity", words) == [seen]
