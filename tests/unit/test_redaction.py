"""Personal data: what is found in a table of messages, what is left alone, and what comes back."""

import json
import logging
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.personal_data import KINDS, find
from core.redaction import mask, mask_all, redact, redacted, unmask
from core.telemetry import JsonLines
from tests.unit import personal_data_cases as cases

MARK = re.compile(r"\{([^|{}]+)\|([^{}]*)\}")
LINES = "\n".join((cases.ENGLISH, cases.SPANISH_GERMAN_FRENCH, cases.NOTHING_PERSONAL)).splitlines()
HOSTILE = [
    *(
        "1",
        "1 ",
        "1-",
        "1.",
        "+1 ",
        "(1",
        "a@",
        "a.",
        "@",
        "DE89 ",
        "4111 ",
        ":1",
        "tel 1234567 ",
        "sk-",
        "Aa-",
    ),
    *(
        "my password is ",
        "1 Rue A ",
        "12 Aa ",
        "born on 1",
        "Calle A ",
        "eyJaaaaaaaaa.",
        "passport A1 ",
        "live at 1 a ",
    ),
]
ALPHABET = "0123456789 .-/()+:@[]{}aA,#€=_ \u00a0\nßé"


def unmarked(line: str) -> tuple[str, list[tuple[str, str]]]:
    return MARK.sub(lambda match: match[2], line), [(match[1], match[2]) for match in MARK.finditer(line)]


@pytest.mark.parametrize("line", LINES)
def test_what_is_marked_in_the_table_is_found_and_nothing_else(line: str) -> None:
    text, wanted = unmarked(line)
    assert [(each.kind, text[each.start : each.end]) for each in find(text)] == wanted


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(LINES) >= 160
    assert {kind for line in LINES for kind, _ in unmarked(line)[1]} == set(KINDS)


def test_a_customer_number_that_passes_as_a_card_is_taken_for_one() -> None:
    assert redact("customer 4000123412341234") == "customer [card]"


def test_only_the_kinds_that_are_asked_for_are_redacted() -> None:
    assert redact("jo@x.example, 555-123-4567", {"phone"}) == "jo@x.example, [phone]"


@settings(deadline=None)
@given(st.text(ALPHABET, max_size=400) | st.text(max_size=200))
def test_what_is_found_lies_in_the_text_in_order_and_apart(text: str) -> None:
    ends = [0]
    for each in find(text):
        assert ends[-1] <= each.start < each.end <= len(text)
        ends.append(each.end)


@settings(deadline=None)
@given(st.lists(st.text(ALPHABET, max_size=120) | st.sampled_from([unmarked(line)[0] for line in LINES])))
def test_what_is_masked_comes_back_as_it_was(texts: list[str]) -> None:
    masked, key = mask_all(texts)
    assert [unmask(text, key) for text in masked] == texts


@pytest.mark.parametrize("piece", HOSTILE)
def test_twenty_thousand_hostile_characters_are_read_to_the_end(piece: str) -> None:
    # Were the time to grow with the square of the length, this would take minutes.
    text = "1 " + piece * (20_000 // len(piece))
    assert all(0 <= each.start < each.end <= len(text) for each in find(text))


def test_one_value_has_one_placeholder_in_all_texts() -> None:
    masked, key = mask_all(["I am jo@x.example", "jo@x.example and al@x.example, +1 415 555 0100"])
    assert masked == ["I am [e-mail 1]", "[e-mail 1] and [e-mail 2], [phone 1]"]
    assert key == {"[e-mail 1]": "jo@x.example", "[e-mail 2]": "al@x.example", "[phone 1]": "+1 415 555 0100"}


def test_a_placeholder_that_a_text_holds_already_never_stands_for_a_value() -> None:
    masked, key = mask_all(["What is [e-mail 1]? I am jo@x.example", "[e-mail 2]"])
    assert masked[0] == "What is [e-mail 1]? I am [e-mail 3]"
    assert unmask("[e-mail 1] [e-mail 2] [e-mail 3]", key) == "[e-mail 1] [e-mail 2] jo@x.example"


def test_a_placeholder_that_a_model_invents_stays_as_it_is() -> None:
    _, key = mask("jo@x.example")
    assert (
        unmask("Ask [e-mail 2], [phone 1] or [e-mail 1].", key)
        == "Ask [e-mail 2], [phone 1] or jo@x.example."
    )


def test_a_value_that_reads_like_a_placeholder_is_not_replaced_in_its_turn() -> None:
    assert unmask("[secret 1]", {"[secret 1]": "[e-mail 1]", "[e-mail 1]": "jo@x.example"}) == "[e-mail 1]"


def test_values_are_redacted_at_any_depth() -> None:
    value = {"to": ["jo@x.example", 5], "more": {"x": ("+1 415 555 0100",)}}
    assert redacted(value) == {"to": ["[e-mail]", 5], "more": {"x": ["[phone]"]}}


def record(level: int, message: str, *values: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger("core.test").makeRecord(
        "core.test", level, "f", 1, message, values, None, extra=extra
    )


def test_log_lines_above_debug_hold_no_personal_data() -> None:
    line = JsonLines().format(
        record(logging.WARNING, "sent to %s", "jo@x.example", phone="+1 415 555 0100", tenant="shop", ms=12.5)
    )
    said = json.loads(line)
    assert said["event"] == "sent to [e-mail]"
    assert (said["phone"], said["tenant"], said["ms"]) == ("[phone]", "shop", 12.5)


def test_an_error_in_a_log_line_is_redacted_too() -> None:
    try:
        raise ValueError("no such person: jo@x.example")
    except ValueError:
        made = record(logging.ERROR, "failed")
        made.exc_info = sys.exc_info()
    assert "jo@x.example" not in JsonLines().format(made)


def test_the_log_keeps_what_it_is_told_to_keep() -> None:
    assert "jo@x.example" in JsonLines().format(record(logging.DEBUG, "to jo@x.example"))
    assert "jo@x.example" in JsonLines(redacts=False).format(record(logging.ERROR, "to jo@x.example"))


def test_times_ids_and_addresses_of_ones_own_machines_stay_in_the_log() -> None:
    extra = {
        "at": "2026-11-21T17:18:07.123+00:00", "id": "0b7c1d5e9f3a4c2287654321aabbccdd",
        "server": "127.0.0.1:9200",
        "job": "20261121-171807", "owner": "desk-7/4711/ab12cd34", "took": "0.12345678",
    }  # fmt: skip
    said = json.loads(JsonLines().format(record(logging.INFO, "job_done", **extra)))
    assert {name: said[name] for name in extra} == extra
