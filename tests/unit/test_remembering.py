"""Token vectors that are kept for the next question."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.remembering import RememberingEmbedder
from core.search import TokenVectors

pytestmark = pytest.mark.anyio


class Counting:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.asked.append(list(texts))
        return [
            TokenVectors(
                places=np.array([[0, len(text)]]), vectors=np.full((1, 4), len(text) / 10, np.float32)
            )
            for text in texts
        ]


async def test_a_text_is_embedded_once() -> None:
    behind = Counting()
    embedder = RememberingEmbedder(behind)
    first = await embedder.embed_tokens(["a", "bb", "a"])
    second = await embedder.embed_tokens(["bb", "ccc"])
    assert behind.asked == [["a", "bb"], ["ccc"]]
    assert [tokens.places[0, 1] for tokens in (*first, *second)] == [1, 2, 1, 2, 3]


async def test_what_is_remembered_differs_by_less_than_a_thousandth() -> None:
    embedder = RememberingEmbedder(Counting())
    (fresh,) = await embedder.embed_tokens(["abcdefg"])
    (kept,) = await embedder.embed_tokens(["abcdefg"])
    assert kept.vectors.dtype == np.float32
    assert np.allclose(fresh.vectors, kept.vectors, atol=1e-3)


async def test_only_the_last_texts_are_kept() -> None:
    behind = Counting()
    embedder = RememberingEmbedder(behind, most=2)
    for text in ("a", "b", "c", "a"):
        await embedder.embed_tokens([text])
    assert behind.asked == [["a"], ["b"], ["c"], ["a"]]
