"""What every embedder promises, whichever runtime is behind it."""

import numpy as np
import pytest

from core.errors import Misconfigured
from core.minilm import OnnxEmbedder

pytestmark = pytest.mark.anyio

CASES = {
    "openvino": lambda: OnnxEmbedder(runtime="openvino"),
    "onnxruntime": lambda: OnnxEmbedder(runtime="onnxruntime"),
}


@pytest.fixture(params=CASES, scope="module")
def made(request: pytest.FixtureRequest) -> OnnxEmbedder:
    return CASES[request.param]()


async def test_vectors_have_the_stated_shape_and_length_one(made: OnnxEmbedder) -> None:
    vectors = await made.embed_passages(["one", "two words", "three more words"])
    assert vectors.shape == (3, made.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert (await made.embed_query("one")).shape == (made.dimensions,)


async def test_no_texts_give_no_vectors(made: OnnxEmbedder) -> None:
    assert (await made.embed_passages([])).shape == (0, made.dimensions)


async def test_rows_come_in_the_order_of_the_texts(made: OnnxEmbedder) -> None:
    texts = ["short", "a much longer text about lamps and parcels " * 10, "middle sized text", ""]
    together = await made.embed_passages(texts)
    for place, text in enumerate(texts):
        alone = (await made.embed_passages([text]))[0]
        assert float(together[place] @ alone) > 0.995


async def test_like_meanings_are_nearer_than_unlike_ones(made: OnnxEmbedder) -> None:
    asked = await made.embed_query("How do I get my money back?")
    near, far = await made.embed_passages(["Refunds are paid within a week.", "The tower is 40 metres high."])
    assert asked @ near > asked @ far + 0.2


async def test_text_beyond_the_models_reach_is_cut_not_refused(made: OnnxEmbedder) -> None:
    vectors = await made.embed_passages(["word " * 20_000])
    assert np.isfinite(vectors).all()


async def test_every_token_has_its_place_in_the_text(made: OnnxEmbedder) -> None:
    text = "Lamps cost ten pounds."
    (tokens,) = await made.embed_tokens([text])
    assert [text[start:end] for start, end in tokens.places] == ["Lamps", "cost", "ten", "pounds", "."]
    assert tokens.vectors.shape == (5, made.dimensions)


async def test_both_runtimes_give_the_same_vectors() -> None:
    texts = ["How long does a refund take?", "Card payments take three to five working days. " * 6]
    one, two = [await CASES[name]().embed_passages(texts) for name in CASES]
    assert float((one * two).sum(axis=1).min()) > 0.999


def test_a_folder_without_a_model_is_refused_by_name() -> None:
    with pytest.raises(Misconfigured, match="/no/such/folder"):
        OnnxEmbedder("/no/such/folder")
