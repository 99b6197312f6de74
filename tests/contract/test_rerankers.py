"""What every reranker promises, and what its stage does when one does not keep it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.cross_encoder import CrossEncoderReranker
from core.documents import DocumentId, Passage, PassageId
from core.errors import Unavailable
from core.rerank import Reranker, RerankStage
from core.search import Found
from core.torch_models import TorchOptions
from tests.services.tiny_models import CORPUS, make_cross_encoder

pytestmark = pytest.mark.anyio

CASES: dict[str, Callable[[Path], Reranker]] = {
    "cross-encoder": lambda folder: CrossEncoderReranker(make_cross_encoder(folder)),
    "cross-encoder-32-bits": lambda folder: CrossEncoderReranker(
        make_cross_encoder(folder), TorchOptions(precision="float32")
    ),
    "cross-encoder-pair-by-pair": lambda folder: CrossEncoderReranker(
        make_cross_encoder(folder), TorchOptions(batch_characters=1)
    ),
}
QUESTION = "How long can unused lamps be returned?"


@pytest.fixture(params=CASES, scope="module")
def reranker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    return CASES[request.param](tmp_path_factory.mktemp("models") / "tiny")


async def test_every_text_gets_a_share_in_its_place(reranker: Reranker) -> None:
    texts = [*CORPUS, "", "lamps " * 400]
    together = await reranker.score(QUESTION, texts)
    assert (together.shape, together.dtype) == ((len(texts),), np.float32)
    assert ((together >= 0) & (together <= 1)).all()
    alone = [(await reranker.score(QUESTION, [text]))[0] for text in texts]
    assert np.allclose(together, alone, atol=0.05)
    assert np.ptp(together) > 0.2, "these weights tell the texts apart"


async def test_no_texts_get_no_scores(reranker: Reranker) -> None:
    assert (await reranker.score(QUESTION, [])).shape == (0,)


async def test_the_question_counts(reranker: Reranker) -> None:
    one, other = [await reranker.score(question, CORPUS) for question in (QUESTION, "Wo ist mein Paket?")]
    assert not np.allclose(one, other, atol=0.01)


@pytest.mark.parametrize("hostile", ["", "\ud800 half a character", "\x00", "[SEP] [CLS]", "🙂" * 5000])
async def test_any_text_can_be_scored(reranker: Reranker, hostile: str) -> None:
    scores = await reranker.score(hostile, [hostile, "lamps"])
    assert np.isfinite(scores).all()


async def test_the_desk_goes_on_while_texts_are_scored(reranker: Reranker) -> None:
    work = asyncio.create_task(reranker.score(QUESTION, ["Bulbs are not taken back. " * 20] * 100))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await work) == 100
    assert turns > 100


async def test_questions_asked_together_keep_their_own_scores(reranker: Reranker) -> None:
    questions = [QUESTION, "Wo ist mein Paket?", "refund?", "x"]
    together = await asyncio.gather(*(reranker.score(question, CORPUS) for question in questions))
    for question, scores in zip(questions, together, strict=True):
        assert np.allclose(scores, await reranker.score(question, CORPUS), atol=1e-6)


class Scripted:
    """A reranker that says what it is told to, as soon as it is let go on."""

    name = "scripted"

    def __init__(self, scores: Sequence[float] = (), failure: Exception | None = None) -> None:
        self.scores, self.failure = scores, failure
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.asked: list[tuple[str, list[str]]] = []

    async def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append((question, list(texts)))
        await self.go_on.wait()
        if self.failure:
            raise self.failure
        return np.array(self.scores or [0.5] * len(texts), np.float32)


def found(*texts: str) -> list[Found]:
    return [
        Found(
            passage=Passage(
                id=PassageId(f"d{place}:1:0"),
                document_id=DocumentId(f"d{place}"),
                version=1,
                ordinal=0,
                title=f"d{place}",
                heading=("Terms", "Returns"),
                page=None,
                start=0,
                end=len(text),
                text=text,
            ),
            score=1 - place / 100,
            stages={"bm25": 3.0, "hybrid": 1 - place / 100},
        )
        for place, text in enumerate(texts)
    ]


def texts_of(passages: Sequence[Found]) -> str:
    return "".join(each.passage.text for each in passages)


async def test_the_best_passages_come_in_the_rerankers_order_and_the_others_after_them() -> None:
    reranker = Scripted([0.1, 0.9, 0.5])
    ordered = await RerankStage(reranker=reranker, passages=3).order("q", found(*"abcde"))
    assert texts_of(ordered) == "bcade"
    assert [each.stages.get("rerank") for each in ordered] == pytest.approx([0.9, 0.5, 0.1, None, None])
    assert [each.stages["hybrid"] for each in ordered] == [0.99, 0.98, 1.0, 0.97, 0.96]
    assert [each.score for each in ordered] == [0.99, 0.98, 1.0, 0.97, 0.96]


async def test_it_reads_the_headings_too() -> None:
    reranker = Scripted([0.5])
    await RerankStage(reranker=reranker).order("q", found("a"))
    assert reranker.asked == [("q", ["Terms\nReturns\na"])]


async def test_equal_scores_keep_the_order_of_the_search() -> None:
    ordered = await RerankStage(reranker=Scripted([0.5] * 5)).order("q", found(*"abcde"))
    assert texts_of(ordered) == "abcde"


async def test_what_was_found_is_left_as_it_was() -> None:
    before = found(*"ab")
    await RerankStage(reranker=Scripted([0.1, 0.9])).order("q", before)
    assert before == found(*"ab")


async def test_nothing_found_asks_nobody() -> None:
    reranker = Scripted()
    assert await RerankStage(reranker=reranker).order("q", []) == []
    assert reranker.asked == []


async def test_a_reranker_over_its_time_leaves_the_order_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reranker = Scripted([0.1, 0.9])
    reranker.go_on.clear()
    with caplog.at_level(logging.WARNING):
        ordered = await RerankStage(reranker=reranker, budget_ms=20).order("secret words", found(*"ab"))
    assert ordered == found(*"ab")
    (line,) = [record for record in caplog.records if record.message == "rerank_skipped"]
    assert (line.reranker, line.reason, line.budget_ms) == ("scripted", "TimeoutError", 20)  # type: ignore[attr-defined]
    assert "secret" not in str(vars(line))


async def test_out_of_time_it_takes_fewer_and_with_time_to_spare_more_again() -> None:
    reranker = Scripted()
    stage = RerankStage(reranker=reranker, passages=32, budget_ms=10)
    reranker.go_on.clear()
    for _ in range(5):
        assert await stage.order("q", found(*"a" * 40)) == found(*"a" * 40)
    assert [len(texts) for _, texts in reranker.asked] == [32, 16, 8, 4, 4]
    reranker.go_on.set()
    stage.budget_ms = 60_000
    for _ in range(12):
        await stage.order("q", found(*"a" * 40))
    numbers = [len(texts) for _, texts in reranker.asked][5:]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 32


async def test_a_broken_reranker_is_asked_about_as_many_the_next_time() -> None:
    reranker = Scripted(failure=Unavailable("the model failed"))
    stage = RerankStage(reranker=reranker, passages=3)
    for _ in range(2):
        await stage.order("q", found(*"abcde"))
    assert [len(texts) for _, texts in reranker.asked] == [3, 3]


async def test_a_broken_reranker_leaves_the_order(caplog: pytest.LogCaptureFixture) -> None:
    stage = RerankStage(reranker=Scripted(failure=Unavailable("the model failed")))
    assert await stage.order("q", found(*"ab")) == found(*"ab")
    assert [record.message for record in caplog.records] == ["rerank_skipped"]


async def test_a_question_taken_back_is_not_answered_with_the_old_order() -> None:
    reranker = Scripted()
    reranker.go_on.clear()
    asked = asyncio.create_task(RerankStage(reranker=reranker).order("q", found(*"ab")))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_a_real_model_over_its_time_stops_at_the_next_batch(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(make_cross_encoder(tmp_path / "tiny"), TorchOptions(batch_characters=1))
    passages = found(*["Bulbs are not taken back. " * 20] * 300)
    batches = 0
    predict = reranker._model.predict

    def counted(*arguments: object, **named: object) -> object:
        nonlocal batches
        batches += 1
        return predict(*arguments, **named)

    reranker._model.predict = counted
    stage = RerankStage(reranker=reranker, passages=300, budget_ms=30)
    assert await stage.order(QUESTION, passages) == passages
    # The thread is free again, long before it could have read everything.
    assert len(await reranker.score(QUESTION, ["lamps"])) == 1
    assert batches < 300


async def test_a_device_out_of_memory_leaves_the_order_and_the_model_goes_on(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(make_cross_encoder(tmp_path / "tiny"))
    import torch  # noqa: PLC0415 - the models extra may be missing

    predict = reranker._model.predict

    def full(*arguments: object, **named: object) -> object:
        raise torch.OutOfMemoryError("no room for the words of a customer")

    reranker._model.predict = full
    stage = RerankStage(reranker=reranker, budget_ms=60_000)
    with pytest.raises(Unavailable, match="tiny@sentence-transformers' failed: OutOfMemoryError"):
        await reranker.score("q", ["a"])
    assert await stage.order(QUESTION, found(*CORPUS)) == found(*CORPUS)
    reranker._model.predict = predict
    assert await stage.order(QUESTION, found(*CORPUS)) != found(*CORPUS)
