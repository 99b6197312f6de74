"""How alike utterances are, in meaning, in letters and in words, as one number between 0 and 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.search import Vector

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

HASHED = 2**14
"""Columns for letters, and as many for words; four times as many gain nothing."""
MEANING = 9.0
"""How much the sentence vector weighs, where letters weigh 1 and words 1."""
WIDTH = 0.1
"""How fast likeness falls with distance; 0.05 and 0.2 tell fewer intents apart."""
MOST_CHARACTERS = 2000
"""So much of a text is looked at for letters and words."""
ROWS_AT_ONCE = 256


class Likeness:
    """The examples that other texts are compared with. Make one with `of`.

    A Gaussian kernel over the sentence vector beside tf-idf of letter groups and of words.
    It is positive definite, so a kernel method can stand on it.
    """

    def __init__(self, words: csr_matrix, rarity: Vector, vectors: Vector) -> None:
        self._words = words
        self._by_column = words.T.tocsr()
        self._rarity = rarity
        self._vectors = vectors

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Vector) -> Likeness:
        """The examples `texts` with their sentence vectors, unit rows in the same order."""
        counts = _counts(texts)
        seen = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.asarray(np.log((1 + len(texts)) / (1 + seen)) + 1, np.float32)
        return cls(_weighed(counts, rarity), rarity, np.asarray(vectors, np.float32))

    def to(self, texts: Sequence[str], vectors: Vector) -> Vector:
        """Shape (texts, examples): how alike each text is to each example."""
        return self._between(_weighed(_counts(texts), self._rarity), vectors)

    def among_examples(self) -> Iterator[Vector]:
        """How alike the examples are to each other, some rows at a time."""
        for first in range(0, len(self._vectors), ROWS_AT_ONCE):
            rows = slice(first, first + ROWS_AT_ONCE)
            yield self._between(self._words[rows], self._vectors[rows])

    def _between(self, words: csr_matrix, vectors: Vector) -> Vector:
        apart = vectors @ self._vectors.T
        apart -= 1
        apart *= MEANING
        apart += (words @ self._by_column).toarray()
        apart -= 2
        apart *= 2 * WIDTH
        return np.asarray(np.exp(apart, out=apart), np.float32)


def _counts(texts: Sequence[str]) -> csr_matrix:
    """How often each group of two to four letters, and each word and pair of words, stands in a text."""
    from scipy.sparse import hstack  # noqa: PLC0415 - a second at import
    from sklearn.feature_extraction.text import HashingVectorizer  # noqa: PLC0415 - likewise

    # Half a character, which no encoding has, is read as a question mark.
    read = [text[:MOST_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
    shared = {"n_features": HASHED, "norm": None, "alternate_sign": False, "dtype": np.float32}
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), **shared)
    words = HashingVectorizer(ngram_range=(1, 2), **shared)
    return hstack([letters.transform(read), words.transform(read)], format="csr")


def _weighed(counts: csr_matrix, rarity: Vector) -> csr_matrix:
    """Letters and words by how often here and how rare among the examples, each part of length 1."""
    from scipy.sparse import hstack  # noqa: PLC0415 - see above
    from sklearn.preprocessing import normalize  # noqa: PLC0415 - see above

    weighed = counts.copy()
    weighed.data = (1 + np.log(weighed.data)) * rarity[weighed.indices]
    letters, words = normalize(weighed[:, :HASHED]), normalize(weighed[:, HASHED:])
    return hstack([letters, words], format="csr")
