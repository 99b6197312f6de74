"""What every embedder promises, whichever runtime is behind it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import Misconfigured
from core.minilm import OnnxEmbedder
from core.sentence_models import SentenceEmbedder
from tests.services.tiny_models import make_embedder, minilm

pytestmark = pytest.mark.anyio

Embedder = OnnxEmbedder | SentenceEmbedder
CASES: dict[str, Callable[[], Embedder]] = {
    "openvino": lambda: OnnxEmbedder(runtime="openvino"),
    "onnxruntime": lambda: OnnxEmbedder(runtime="onnxruntime"),
    "sentence-transformers": lambda: SentenceEmbedder(minilm()),
}


@pytest.fixture(params=CASES, scope="module")
def made(request: pytest.FixtureRequest) -> Embedder:
    return CASES[request.param]()


async def test_vectors_have_the_stated_shape_and_length_one(made: Embedder) -> None:
    vectors = await made.embed_passages(["one", "two words", "three more words"])
    assert vectors.shape == (3, made.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert (await made.embed_query("one")).shape == (made.dimensions,)


async def test_no_texts_give_no_vectors(made: Embedder) -> None:
    assert (await made.embed_passages([])).shape == (0, made.dimensions)
    assert await made.embed_tokens([]) == []


async def test_rows_come_in_the_order_of_the_texts(made: Embedder) -> None:
    texts = ["short", "a much longer text about lamps and parcels " * 10, "middle sized text", ""]
    together = await made.embed_passages(texts)
    for place, text in enumerate(texts):
        alone = (await made.embed_passages([text]))[0]
        assert float(together[place] @ alone) > 0.995


async def test_like_meanings_are_nearer_than_unlike_ones(made: Embedder) -> None:
    asked = await made.embed_query("How do I get my money back?")
    near, far = await made.embed_passages(["Refunds are paid within a week.", "The tower is 40 metres high."])
    assert asked @ near > asked @ far + 0.2


async def test_text_beyond_the_models_reach_is_cut_not_refused(made: Embedder) -> None:
    vectors = await made.embed_passages(["word " * 20_000])
    assert np.isfinite(vectors).all()


async def test_every_token_has_its_place_in_the_text(made: Embedder) -> None:
    text = "Lamps cost ten pounds."
    tokens, none = await made.embed_tokens([text, ""])
    assert [text[start:end] for start, end in tokens.places] == ["Lamps", "cost", "ten", "pounds", "."]
    assert tokens.vectors.shape == (5, made.dimensions)
    assert tokens.vectors.dtype == np.float32
    assert none.places.shape == (0, 2)


def test_tokens_are_counted_without_the_models_own(made: Embedder) -> None:
    assert made.count_tokens("Lamps cost ten pounds.") == 5
    assert made.count_tokens("") == 0


async def test_the_desk_goes_on_while_texts_are_embedded(made: Embedder) -> None:
    book = asyncio.create_task(made.embed_passages(["Parcels travel back for nothing. " * 20] * 60))
    turns = 0
    while not book.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(await book) == 60
    assert turns > 100


async def test_questions_are_answered_while_a_book_is_embedded(made: Embedder) -> None:
    book = asyncio.create_task(made.embed_passages(["Parcels travel back for nothing. " * 20] * 120))
    await asyncio.sleep(0)
    asked = await asyncio.gather(*(made.embed_query(f"parcel {number}?") for number in range(3)))
    assert len(asked) == 3
    assert not book.done()
    await book


@pytest.mark.parametrize("name", [name for name in CASES if name != "openvino"])
async def test_all_runtimes_give_the_same_vectors(name: str) -> None:
    texts = ["How long does a refund take?", "Card payments take three to five working days. " * 6]
    one, two = [await CASES[case]().embed_passages(texts) for case in ("openvino", name)]
    assert float((one * two).sum(axis=1).min()) > 0.999


def test_the_name_tells_the_model_from_others_and_from_what_runs_it(tmp_path: Path) -> None:
    names = {OnnxEmbedder(runtime=runtime).name for runtime in ("openvino", "onnxruntime")}
    names |= {SentenceEmbedder(make_embedder(tmp_path / "tiny")).name}
    assert {name.partition("@")[0] for name in names} == {"all-minilm-l6-v2", "tiny"}


def test_a_folder_without_a_model_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="/no/such/folder"):
        OnnxEmbedder("/no/such/folder")
