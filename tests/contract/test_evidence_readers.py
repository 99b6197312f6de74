"""What every evidence reader promises, whichever model is behind it."""

from collections.abc import Callable

import pytest

from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, EvidenceReader
from core.minilm import OnnxEmbedder
from core.search import Found
from core.weigh import WeighingReader, Weights

pytestmark = pytest.mark.anyio

CASES: dict[str, Callable[[OnnxEmbedder], EvidenceReader]] = {
    "weighing": lambda embedder: WeighingReader(embedder, Weights.shipped()),
}

RETURNS = "We opened in 1998. Unused lamps can be returned within thirty days. No bulbs are taken back."
PARCELS = "Standard parcels take three working days. Express parcels arrive on the next working day."


@pytest.fixture(params=CASES)
def reader(request: pytest.FixtureRequest, embedder: OnnxEmbedder) -> EvidenceReader:
    return CASES[request.param](embedder)


def found(*texts: str) -> list[Found]:
    return [
        Found(
            passage=Passage(
                id=PassageId(f"d{place}:1:0"),
                document_id=DocumentId(f"d{place}"),
                version=1,
                ordinal=0,
                title=f"d{place}",
                heading=(),
                page=None,
                start=0,
                end=len(text),
                text=text,
            ),
            score=0.5,
            stages={"hybrid": 0.5},
        )
        for place, text in enumerate(texts)
    ]


def best(evidence: Evidence) -> str:
    return evidence.text(max(evidence.sentences, key=lambda sentence: sentence.score))


async def test_the_sentence_that_answers_scores_highest(reader: EvidenceReader) -> None:
    evidence = await reader.read("How long can unused lamps be returned?", found(PARCELS, RETURNS))
    assert best(evidence) == "Unused lamps can be returned within thirty days."


async def test_the_passage_that_answers_comes_first(reader: EvidenceReader) -> None:
    evidence = await reader.read("When do express parcels arrive?", found(RETURNS, PARCELS))
    assert evidence.passages[0].passage.text == PARCELS
    assert evidence.passages[0].stages["rerank"] >= evidence.passages[1].stages["rerank"]


async def test_every_sentence_is_a_stretch_of_its_passage(reader: EvidenceReader) -> None:
    evidence = await reader.read("lamps?", found(RETURNS, PARCELS))
    assert sorted(map(evidence.text, evidence.sentences)) == sorted(
        [
            "We opened in 1998.",
            "Unused lamps can be returned within thirty days.",
            "No bulbs are taken back.",
            "Standard parcels take three working days.",
            "Express parcels arrive on the next working day.",
        ]
    )


async def test_a_question_about_something_else_gives_little_confidence(reader: EvidenceReader) -> None:
    passages = found(RETURNS, PARCELS)
    about = await reader.read("How long can unused lamps be returned?", passages)
    beside = await reader.read("Who composed the opera about the flying Dutchman?", passages)
    assert beside.confidence < Weights.shipped().threshold < about.confidence


async def test_confidence_is_a_share(reader: EvidenceReader) -> None:
    for question in ("lamps", "?", "🙂", "x " * 600, "Wie lange?"):
        evidence = await reader.read(question, found(RETURNS))
        assert 0 <= evidence.confidence <= 1


async def test_nothing_found_is_no_confidence(reader: EvidenceReader) -> None:
    evidence = await reader.read("lamps", [])
    assert (list(evidence.passages), list(evidence.sentences), evidence.confidence) == ([], [], 0)


async def test_the_same_question_reads_the_same_twice(reader: EvidenceReader) -> None:
    passages = found(RETURNS, PARCELS)
    first = await reader.read("Can bulbs be returned?", passages)
    assert await reader.read("Can bulbs be returned?", passages) == first
