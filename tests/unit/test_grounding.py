"""Grounding: what the passages carry is quoted, and nothing else is let through."""

import time

import pytest

from core.documents import DocumentId, Passage, PassageId
from core.generate import Draft
from core.grounding import Support, support
from core.search import Found
from tests.unit.grounding_pairs import (
    BANK,
    GOLD,
    HELD_OUT,
    PAIRS,
    RETURNS,
    SHIPPING,
    TABLE,
    UNSEEN,
    WARRANTY,
)


def found(text: str, title: str = "Help", heading: tuple[str, ...] = ()) -> Found:
    passage = Passage(
        id=PassageId("p"), document_id=DocumentId("d"), version=1, ordinal=0, title=title,
        heading=heading, page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Found(passage=passage, score=1.0)


def check(text: str, *passages: str, cited: tuple[int, ...] = (1,)) -> Support | None:
    return support(Draft(text=text, cited=cited), [found(passage) for passage in passages])


def quoted(text: str, *passages: str, cited: tuple[int, ...] = (1,)) -> list[str]:
    carried = check(text, *passages, cited=cited)
    assert carried
    return [passages[quote.passage - 1][quote.start : quote.end] for quote in carried.quotes]


@pytest.mark.parametrize(("carried", "kind", "draft", "passage"), [*PAIRS, *HELD_OUT])
def test_each_pair_is_judged_as_a_person_judges_it(
    carried: bool, kind: str, draft: str, passage: str
) -> None:
    assert (check(draft, passage) is not None) == carried, kind


def scores(pairs: list[tuple[bool, str, str, str]]) -> tuple[float, float]:
    """Precision and recall of "carried"."""
    judged = [(carried, check(draft, passage) is not None) for carried, _, draft, passage in pairs]
    right = judged.count((True, True))
    return right / (right + judged.count((False, True))), right / (right + judged.count((True, False)))


def test_the_pairs_written_later_are_judged_rightly_too() -> None:
    precision, recall = scores([*HELD_OUT, *UNSEEN])
    assert precision >= 0.95
    assert recall >= 0.95


def test_the_quote_is_the_sentence_that_carries_it() -> None:
    assert quoted("Gift cards are nonrefundable.", RETURNS) == [
        "Gift cards and final-sale items are not refundable."
    ]


def test_a_row_of_a_table_is_quoted_alone() -> None:
    assert quoted("The Pro plan costs $12 a month.", TABLE) == ["Pro | $12 a month | 100 GB"]


def test_two_neighbouring_sentences_carry_what_neither_does_alone() -> None:
    passage = "The Orion card is our best one. It costs $5 a month. Apply online."
    assert quoted("The Orion card costs $5 a month.", passage) == [
        "The Orion card is our best one. It costs $5 a month."
    ]


def test_every_cited_passage_that_carries_it_is_quoted() -> None:
    assert quoted("Gift cards are not refundable.", RETURNS, SHIPPING, "Gift cards are not refundable!",
                  cited=(1, 2, 3)) == [
        "Gift cards and final-sale items are not refundable.",
        "Gift cards are not refundable!",
    ]  # fmt: skip


def test_two_passages_carry_what_each_holds_half_of() -> None:
    text = "Standard shipping takes 5 business days and foreign transaction fees are 3%."
    assert check(text, SHIPPING, BANK, cited=(1,)) is None
    assert check(text, SHIPPING, BANK, cited=(2,)) is None
    assert len(quoted(text, SHIPPING, BANK, GOLD, cited=(1, 2, 3))) == 2


@pytest.mark.parametrize("cited", [(2,), (0,), (1, 9), (-1,)])
def test_a_passage_that_is_not_there_carries_nothing(cited: tuple[int, ...]) -> None:
    assert check("Members can cancel at any time.", GOLD, cited=cited) is None


def test_without_passages_nothing_is_carried() -> None:
    assert support(Draft(text="It is free.", cited=()), []) is None


def test_a_sentence_without_citation_is_given_to_the_passage_that_clearly_holds_it() -> None:
    carried = check("Members can cancel anytime, at any time.", WARRANTY, GOLD, cited=())
    assert carried is None or carried.quotes[0].passage == 2
    assert quoted("Batteries are covered for 12 months.", GOLD, WARRANTY, cited=()) == [
        "Batteries are covered for twelve months."
    ]
    assert check("Batteries and chargers are covered for 12 months.", GOLD, WARRANTY, cited=()) is None


def test_a_true_sentence_with_the_wrong_citation_is_dropped() -> None:
    assert check("Batteries are covered for 12 months.", GOLD, WARRANTY, cited=(1,)) is None


@pytest.mark.parametrize("passage", [RETURNS, SHIPPING, TABLE, GOLD, BANK, WARRANTY])
def test_every_sentence_of_a_passage_carries_itself(passage: str) -> None:
    from core.sentences import sentences  # noqa: PLC0415

    for start, end in sentences(passage):
        for text in (passage[start:end], f"1. {passage[start:end].rstrip('.')}", passage[start:end].upper()):
            carried = check(text, passage)
            assert carried
            assert (carried.quotes[0].start, carried.quotes[0].end) == (start, end)
            assert carried.coverage == 1


def test_half_a_sentence_is_no_quotation() -> None:
    assert check("Given without a receipt.", "Refunds are never given without a receipt.") is None


def test_who_is_spoken_of_may_stand_in_the_heading() -> None:
    passage = found("The fee is $95 a year.", title="Orion Card", heading=("Fees",))
    assert support(Draft(text="The Orion Card fee is $95 a year.", cited=(1,)), [passage])
    assert support(Draft(text="The Vega Card fee is $95 a year.", cited=(1,)), [passage]) is None


@pytest.mark.parametrize("text", ["", "  ", "Yes.", "[1]", "...", "It is."])
def test_what_says_nothing_is_not_carried(text: str) -> None:
    assert check(text, RETURNS) is None


SAME = [
    ("1,000", "1000"),
    ("$1,000", "1000 dollars"),
    ("1.5 million", "1,500,000"),
    ("€20", "20 EUR"),
    ("20%", "20 percent"),
    ("5th", "fifth"),
    ("twenty-five", "25"),
    ("two hundred and six", "206"),
    ("10k", "10,000"),
    ("3.50", "3.5"),
    ("March 5, 2024", "2024-03-05"),
    ("Sept. 9", "9 September"),
    ("9 a.m.", "9:00 AM"),
    ("17:30", "5:30 p.m."),
    ("+1 (555) 123-4567", "555-123-4567"),
    ("https://www.example.com/help/", "example.com/help"),
    ("COVID-19", "Covid-19"),
    ("½", "1/2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_fact_may_be_written_in_another_way(one: str, other: str) -> None:
    for left, right in ((one, other), (other, one)):
        assert check(f"The stated value is {left} here.", f"The stated value here is {right} indeed.")


DIFFERENT = [
    ("1,000", "100"), ("$20", "€20"), ("20%", "$20"), ("1.5", "15"), ("5 days", "5 weeks"),
    ("March 5", "May 5"), ("9 a.m.", "9 p.m."), ("SKU-12", "SKU-21"), ("a@x.com", "b@x.com"),
    ("fifth", "sixth"), ("x.com/a", "x.com/b"), ("twelve", "ten"), ("555-123-4567", "555-123-4568"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_fact_is_never_the_same(one: str, other: str) -> None:
    for left, right in ((one, other), (other, one)):
        assert check(f"The stated value is {left} here.", f"The stated value here is {right} indeed.") is None


def test_a_sentence_is_judged_in_about_a_millisecond() -> None:
    passages = [" ".join((RETURNS, SHIPPING, WARRANTY, BANK))] * 5
    check("Batteries are covered for 12 months.", *passages, cited=(1, 2, 3, 4, 5))
    began = time.perf_counter()
    for n in range(20):
        check(f"Batteries are covered for {n} months.", *passages, cited=(1, 2))
    assert (time.perf_counter() - began) / 20 < 0.02
