"""References, e-mail addresses, phone numbers, postal codes, addresses, names, choices, free text."""

import pytest

from core.errors import Misconfigured
from core.slots import extractor_for
from tests.unit.slots.reading_words import asked, certain, reasons, shown, unasked, values

ORDER = "#W[0-9]{7}"
PAYMENTS = {"credit_card": ["visa", "card"], "paypal": ["pay pal"], "gift_card": ["voucher"]}


@pytest.mark.parametrize(
    "words",
    [
        "#W1234567",
        "my order is w1234567, thanks",
        "W 123 4567",
        "hash w one two three four five six seven",
        "it's number w 12 34 56 seven",
        "1234567",
    ],
)
def test_a_reference_is_read_however_it_is_said(words: str) -> None:
    assert values("reference", words, asked(), pattern=ORDER) == ["#W1234567"]


def test_doubled_digits_are_spelled_out() -> None:
    assert values("reference", "w double five 34567", asked(), pattern=ORDER) == ["#W5534567"]


def test_bare_digits_are_no_reference_unless_one_was_asked_for() -> None:
    assert values("reference", "call 1234567", unasked(), pattern=ORDER) == []


def test_a_reference_with_a_digit_missing_is_refused_with_a_reason() -> None:
    assert values("reference", "W123456", asked(), pattern=ORDER) == []
    assert reasons("reference", "W123456", asked(), pattern=ORDER) == [
        "W123456 is not written like one of ours"
    ]


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Jane.Doe@Example.com", "jane.doe@example.com"),
        ("it's jane dot doe at example dot com", "jane.doe@example.com"),
        ("write to a+b@mail.example.co.uk.", "a+b@mail.example.co.uk"),
    ],
)
def test_an_email_address_is_read(words: str, address: str) -> None:
    assert values("email", words) == [address]


def test_half_an_email_address_is_refused_with_a_reason() -> None:
    assert reasons("email", "jane@exa") == ["jane@exa is no whole e-mail address"]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("+49 30 1234567", "+49301234567"),
        ("(555) 123-4567", "5551234567"),
        ("call 555-123-4567 please", "5551234567"),
        ("0044 20 7946 0000", "+442079460000"),
    ],
)
def test_a_phone_number_is_read(words: str, number: str) -> None:
    assert values("phone", words) == [number]


def test_a_country_makes_a_phone_number_international() -> None:
    assert values("phone", "030 1234567", country_code="49") == ["+49301234567"]
    assert values("phone", "2026-05-03") == []


@pytest.mark.parametrize(
    ("country", "words", "code"),
    [
        ("us", "94107-1234", "94107-1234"),
        ("uk", "sw1a 1aa", "SW1A 1AA"),
        ("de", "10115 Berlin", "10115"),
        ("", "10001", "10001"),
    ],
)
def test_a_postal_code_is_read(country: str, words: str, code: str) -> None:
    assert values("postal_code", words, asked(), country=country) == [code]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("12 Main Street, Springfield, IL 62701", "12 Main Street, Springfield, IL 62701"),
        ("I live at 221B Baker Street, London", "221B Baker Street, London"),
        ("Hauptstraße 5, 10115 Berlin", "Hauptstraße 5, 10115 Berlin"),
        ("12 rue de Rivoli, Paris", "12 rue de Rivoli, Paris"),
        ("calle Mayor 5, Madrid", "calle Mayor 5, Madrid"),
    ],
)
def test_an_address_line_is_read(words: str, line: str) -> None:
    assert values("address", words) == [line]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("my name is jane doe", "jane doe"),
        ("My name is Ana de la Cruz.", "Ana de la Cruz"),
        ("the booking is under Smith", "Smith"),
        ("a table for Jane Doe", "Jane Doe"),
        ("first name Jane, last name Doe", "Jane Doe"),
        ("ich heiße Anna Schmidt", "Anna Schmidt"),
        ("je m'appelle Marie Curie", "Marie Curie"),
    ],
)
def test_a_name_is_read(words: str, name: str) -> None:
    assert shown("person_name", words) == [name]


@pytest.mark.parametrize(
    "words", ["for two", "I'm calling about my order", "it's for Friday", "under the table"]
)
def test_other_words_are_no_name(words: str) -> None:
    assert values("person_name", words) == []


def test_the_parts_of_a_name_are_told_apart() -> None:
    assert values("first_name", "Jane Doe", asked()) == ["Jane"]
    assert values("last_name", "Jane Doe", asked()) == ["Doe"]
    assert values("last_name", "Doe", asked()) == ["Doe"]
    assert values("person_name", "yes please", asked()) == []


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        ("the second one", "paypal"),
        ("with my Visa", "credit_card"),
        ("2", "paypal"),
        ("option 3", "gift_card"),
        ("the last one please", "gift_card"),
        ("payapl", "paypal"),
        ("creditcard", "credit_card"),
        ("not paypal, the gift card", "gift_card"),
    ],
)
def test_a_choice_is_read(words: str, choice: str) -> None:
    assert values("choice", words, asked(), choices=PAYMENTS) == [choice]


def test_two_choices_are_not_certain_and_a_near_name_neither() -> None:
    assert certain("choice", "paypal or voucher", asked(), choices=PAYMENTS) == [False, False]
    assert certain("choice", "payapl", asked(), choices=PAYMENTS) == [False]


def test_free_text_is_the_whole_message_unless_it_is_another_act() -> None:
    assert values("free_text", "  it does not fit ", asked()) == ["it does not fit"]
    assert values("free_text", "I meant the blue one", asked()) == ["the blue one"]
    assert values("free_text", "never mind", asked()) == []
    assert values("free_text", "it does not fit", unasked()) == []


def test_an_unknown_kind_or_option_is_named_with_what_there_is() -> None:
    with pytest.raises(Misconfigured, match="did you mean 'money'"):
        extractor_for("mony")
    with pytest.raises(Misconfigured, match="have no option 'colour'"):
        extractor_for("date", colour="blue")
    with pytest.raises(Misconfigured, match="need the option 'pattern'"):
        extractor_for("reference")
    with pytest.raises(Misconfigured, match="no regular expression"):
        extractor_for("reference", pattern="([")
