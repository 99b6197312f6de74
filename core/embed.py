"""Text to vectors: the `Embedder` contract."""

from collections.abc import Sequence
from typing import Protocol

from core.search import Vector


class Embedder(Protocol):
    """Turns text into unit vectors whose dot product says how near two meanings are.

    `name` says model and runtime; passages embedded under one model are searched with it.
    """

    name: str
    dimensions: int

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Shape (texts, dimensions), rows in the order of `texts`, each of length 1."""

    async def embed_query(self, text: str) -> Vector:
        """Shape (dimensions,), of length 1."""

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads `text` as, without its special ones."""
