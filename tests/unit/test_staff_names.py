"""The names that customers know colleagues by: never an address, and nothing that breaks a line."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access import Principal, Role
from core.errors import Unauthorized
from core.staff_names import LONGEST_NAME, fit_name, name_in, name_of
from core.staff_sign_in import StaffRules
from core.tenants import DEFAULT_TENANT

ADDRESSES = (
    "ana@acme.example", "Ana <ana@acme.example>", "ana\uff20acme.example", "ana\ufe6bacme.example",
    "ana\u200b@acme.example", "mailto:ana", "https://acme.example/ana", "www.acme.example", "ACME\\ana",
    "<b>Ana</b>", "ana%40acme.example",
)  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ana Kovač", "given_name": "Ana"}, "Ana Kovač"),
        ({"name": "ana@acme.example", "given_name": "Ana"}, "Ana"),
        ({"preferred_username": "ana.kovac"}, "ana.kovac"),
        ({"preferred_username": "ana@acme.example", "email": "ana@acme.example"}, ""),
        ({"name": ["Ana"], "given_name": None, "preferred_username": 7}, ""),
        ({"name": "   ", "given_name": "\u202e"}, ""),
        ({"name": "安娜"}, "安娜"),
        ({}, ""),
    ],
)
def test_the_name_is_the_best_that_the_provider_says(claims: dict[str, Any], name: str) -> None:
    assert name_in(claims) == name


@pytest.mark.parametrize("text", ADDRESSES)
def test_no_address_and_no_markup_is_a_name(text: str) -> None:
    assert fit_name(text) == ""
    assert name_of(f"key:{text}") == ""
    assert name_of(f"link:{text}") == ""


def test_an_address_that_begins_behind_the_end_of_a_name_is_still_seen() -> None:
    assert fit_name(f"{'a' * (LONGEST_NAME - 1)} b@acme.example") == ""


@given(st.text(max_size=400))
def test_whatever_is_written_a_name_is_short_on_one_line_and_has_nothing_hidden(text: str) -> None:
    name = fit_name(text)
    assert len(name) <= LONGEST_NAME
    assert "@" not in unicodedata.normalize("NFKC", name)
    assert name == name.strip()
    assert not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} for sign in name)
    assert fit_name(name) == name


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ("key:Ann", "Ann"),
        ("link:Ana", "Ana"),
        ("Ana", "Ana"),
        ("oidc:anna", ""),
        ("admin", ""),
        ("staff", ""),
    ],
)
def test_of_an_account_alone_customers_learn_nothing(person: str, name: str) -> None:
    assert name_of(person) == name
    assert Principal(tenant=DEFAULT_TENANT, role=Role.STAFF, person=person).known_as == name


def test_the_companys_account_brings_its_name_and_keeps_its_subject() -> None:
    rules = StaffRules(staff=frozenset({"*"}))
    ana = rules.principal({"sub": "f81d4fae", "name": "Ana"})
    assert (ana.person, ana.known_as) == ("oidc:f81d4fae", "Ana")
    with pytest.raises(Unauthorized):
        rules.principal({"name": "Ana"})
