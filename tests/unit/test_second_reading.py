"""A follow-up read twice: what both readings say together."""

import pytest

from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, Sentence
from core.search import Found
from core.second_reading import read_twice

TEXTS = {"postage": "We pay the postage.", "days": "You have 30 days."}


def evidence(chances: dict[str, float], confidence: float = 0.5) -> Evidence:
    """A reading of the passages, in that order, of one sentence each."""
    return Evidence(
        passages=[found(name) for name in chances],
        sentences=[
            Sentence(passage=place, start=0, end=len(TEXTS[name]), score=chance)
            for place, (name, chance) in enumerate(chances.items())
        ],
        confidence=confidence,
    )


def found(name: str) -> Found:
    text = TEXTS[name]
    passage = Passage(
        id=PassageId(name),
        document_id=DocumentId("returns"),
        version=1,
        ordinal=0,
        title="Returns",
        heading=(),
        page=None,
        start=0,
        end=len(text),
        text=text,
    )
    return Found(passage=passage, score=1.0, stages={"hybrid": 1.0})


def order(read: Evidence) -> list[str]:
    return [each.passage.id for each in read.passages]


def test_what_the_follow_up_asks_outweighs_the_topic_it_carries() -> None:
    read = read_twice(
        evidence({"postage": 0.7, "days": 0.3}, 0.6), evidence({"days": 0.9, "postage": 0.1}), ""
    )
    assert order(read) == ["days", "postage"]
    assert [read.text(each) for each in read.sentences if each.score > 0.5] == [TEXTS["days"]]
    assert read.confidence == 0.6
    assert sum(each.score for each in read.sentences) == pytest.approx(1)
    assert read.passages[0].score == read.passages[0].stages["rerank"] > 0.5


def test_of_two_that_are_alike_the_one_that_was_not_said_comes_first() -> None:
    whole, own = evidence({"postage": 0.5, "days": 0.5}), evidence({"days": 0.5, "postage": 0.5})
    assert order(read_twice(whole, own, f"Well. {TEXTS['postage']}")) == ["days", "postage"]
    assert order(read_twice(whole, own, f"Well. {TEXTS['days']}")) == ["postage", "days"]


def test_an_order_that_is_better_known_stays() -> None:
    whole, own = evidence({"postage": 0.5, "days": 0.5}), evidence({"days": 1.0, "postage": 0.0})
    read = read_twice(whole, own, "", is_ordered=True)
    assert order(read) == ["postage", "days"]
    assert read.passages == whole.passages
    assert max(read.sentences, key=lambda each: each.score).passage == 1


def test_what_only_one_reading_has_seen_is_not_lost() -> None:
    read = read_twice(evidence({"postage": 0.5, "days": 0.5}), evidence({"days": 1.0}), "")
    assert len(read.sentences) == 2
    assert min(each.score for each in read.sentences) > 0


def test_nothing_found_stays_nothing() -> None:
    nothing = Evidence(passages=(), sentences=(), confidence=0.0)
    assert read_twice(nothing, nothing, "what was said") == nothing
