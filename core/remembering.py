"""Token vectors of the passages read last, so that what many people ask about is read once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

import numpy as np

from core.search import TokenVectors

PASSAGES = 512
"""How many are kept; in half precision some 150 kB each."""


class TokenEmbedder(Protocol):
    """Gives the vectors of a text's tokens."""

    async def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text's tokens with their places and vectors, in the order of `texts`."""


class RememberingEmbedder:
    """A token embedder that keeps the last texts' vectors, under a digest and never under the words."""

    def __init__(self, embedder: TokenEmbedder, *, most: int = PASSAGES) -> None:
        self._embedder = embedder
        self._most = most
        self._known: OrderedDict[bytes, TokenVectors] = OrderedDict()

    async def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text's tokens with their places and vectors, in the order of `texts`."""
        digests = [blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest() for text in texts]
        known = {digest: self._known[digest] for digest in digests if digest in self._known}
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        if new:
            known |= zip(new, await self._embedder.embed_tokens(list(new.values())), strict=True)
        for digest in digests:
            self._known[digest] = _half(known[digest])
            self._known.move_to_end(digest)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return [_single(known[digest]) for digest in digests]


def _half(tokens: TokenVectors) -> TokenVectors:
    return TokenVectors(places=tokens.places, vectors=tokens.vectors.astype(np.float16, copy=False))


def _single(tokens: TokenVectors) -> TokenVectors:
    return TokenVectors(places=tokens.places, vectors=tokens.vectors.astype(np.float32, copy=False))
