"""Joining two rankings into one."""

from hypothesis import given
from hypothesis import strategies as st

from core.documents import DocumentId, Passage, PassageId
from core.search import Candidate, fuse, ranked


def candidate(name: str, bm25: float, cosine: float) -> Candidate:
    passage = Passage(
        id=PassageId(name),
        document_id=DocumentId(name),
        version=1,
        ordinal=0,
        title=name,
        heading=(),
        page=None,
        start=0,
        end=1,
        text=name,
    )
    return Candidate(passage=passage, bm25=bm25, cosine=cosine)


def order(*candidates: Candidate) -> list[str]:
    return [found.passage.title for found in fuse(candidates)]


def test_a_passage_good_on_both_sides_beats_one_that_leads_a_single_side() -> None:
    assert (
        order(candidate("words", 10, 0.1), candidate("both", 9, 0.7), candidate("sense", 0, 0.8))[0] == "both"
    )


def test_without_any_matching_word_the_meaning_decides() -> None:
    assert order(candidate("far", 0, 0.1), candidate("near", 0, 0.6)) == ["near", "far"]


def test_nothing_found_stays_nothing() -> None:
    assert fuse([]) == []


def test_every_stage_keeps_its_own_score() -> None:
    found = fuse([candidate("a", 4, 0.5), candidate("b", 0, 0.9)])
    assert {each.passage.title: each.stages["bm25"] for each in found} == {"a": 4, "b": 0}
    assert [each.passage.title for each in ranked(found, "dense")] == ["b", "a"]
    assert [each.passage.title for each in ranked(found, "bm25")] == ["a"]


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(-1, 1)), min_size=1, max_size=20))
def test_a_passage_better_on_both_sides_never_ends_behind(pairs: list[tuple[float, float]]) -> None:
    candidates = [candidate(str(place), *pair) for place, pair in enumerate(pairs)]
    scores = {found.passage.title: found.score for found in fuse(candidates)}
    for one in candidates:
        for other in candidates:
            if one.bm25 >= other.bm25 and one.cosine >= other.cosine:
                assert scores[one.passage.title] >= scores[other.passage.title] - 1e-9
