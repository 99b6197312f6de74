"""The embedder for any model that sentence-transformers runs, such as BGE-M3, on a GPU or a processor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import Misconfigured, SearchUnavailable
from core.minilm import batches_by_length, unit
from core.search import TokenVectors, Vector
from core.torch_models import (
    BEST_FIT,
    Source,
    TorchOptions,
    batch_characters,
    failing_as,
    is_classifier,
    loading,
    made_ready,
    readable,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer
    from torch import Tensor

Read = TypeVar("Read")

CHARACTERS_A_TOKEN = 5
"""No text counts for more than its model's reach times this when texts are put into batches."""
QUERY_PROMPTS = ("query",)
PASSAGE_PROMPTS = ("document", "passage", "corpus")
"""Under which names models keep the words that go before a passage; the first that is not empty counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """What is put before a question and before a passage; empty: as the model says itself."""

    query: str = ""
    passage: str = ""


AS_THE_MODEL_SAYS = Prompts()


class SentenceEmbedder:
    """Vectors from a folder or a hub name that sentence-transformers can load, run by torch.

    `BAAI/bge-m3` is what to take in production. Questions and passages get the prompts that
    the model keeps in `config_sentence_transformers.json`, or those given here; models that
    want some without saying so, such as the E5 family, need them given. Other passage
    prompts make other vectors, so they are part of `name`.

    Texts of like length run together, one batch at a time in a thread of the model's own, so
    that a question waits for one batch at most while a book is embedded. An exported
    `model.onnx` is not run here but by `core.minilm.OnnxEmbedder`, which needs no torch.

    Raises:
        Misconfigured: the `models` extra, the model or the device is not there.
    """

    def __init__(
        self, model: str, options: TorchOptions = BEST_FIT, *, prompts: Prompts = AS_THE_MODEL_SAYS
    ) -> None:
        source = Source(model=model, settings="FRONTDESK_EMBEDDER")
        self._model = _load(source, options)
        self.max_tokens = made_ready(self._model)
        """Tokens of a text that are read, special ones and the prompt's included."""
        self._query_prompt = prompts.query or _own_prompt(self._model.prompts, QUERY_PROMPTS)
        self._passage_prompt = prompts.passage or _own_prompt(self._model.prompts, PASSAGE_PROMPTS)
        self._counter = _counter(self._model, source)
        self._budget = batch_characters(self._model, options)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self.name = f"{source.name}{_mark(prompts.passage)}@sentence-transformers"
        self.dimensions = int(self._passages(["a"]).shape[1])

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Shape (texts, dimensions), rows in the order of `texts`, each of length 1.

        Raises:
            SearchUnavailable: the model failed, for instance for want of memory.
        """
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for rows in self._batches(texts):
            vectors[rows] = await self._in_thread(self._passages, [texts[row] for row in rows])
        return vectors

    async def embed_query(self, text: str) -> Vector:
        """Shape (dimensions,), of length 1.

        Raises:
            SearchUnavailable: the model failed, for instance for want of memory.
        """
        vectors = await self._in_thread(self._queries, [text])
        return np.asarray(vectors[0], dtype=np.float32)

    async def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text's tokens with their places and vectors, in the order of `texts`, without a prompt.

        Raises:
            SearchUnavailable: the model failed, for instance for want of memory.
        """
        read: dict[int, TokenVectors] = {}
        for rows in self._batches(texts):
            tokens = await self._in_thread(self._tokens, [texts[row] for row in rows])
            read |= zip(rows, tokens, strict=True)
        return [read[row] for row in range(len(texts))]

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads `text` as, without its special ones."""
        return len(self._counter.encode(readable(text), add_special_tokens=False).ids)

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        longest = self.max_tokens * CHARACTERS_A_TOKEN
        return batches_by_length([min(len(text), longest) for text in texts], budget=self._budget)

    async def _in_thread(self, run: Callable[[list[str]], Read], texts: Sequence[str]) -> Read:
        loop = asyncio.get_running_loop()
        with failing_as(SearchUnavailable, self.name):
            return await loop.run_in_executor(self._thread, run, [readable(text) for text in texts])

    def _passages(self, texts: list[str]) -> Vector:
        return _rows(self._model.encode_document(texts, prompt=self._passage_prompt, **_whole(texts)))

    def _queries(self, texts: list[str]) -> Vector:
        return _rows(self._model.encode_query(texts, prompt=self._query_prompt, **_whole(texts)))

    def _tokens(self, texts: list[str]) -> list[TokenVectors]:
        import torch  # noqa: PLC0415 - takes seconds and half a gigabyte

        read = self._model.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self.max_tokens,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
            return_tensors="pt",
        )
        places = read.pop("offset_mapping").numpy()
        special = read.pop("special_tokens_mask").numpy().astype(bool)
        with torch.inference_mode():
            vectors = self._model(dict(read.to(self._model.device)), task="document")["token_embeddings"]
        return [
            _spelt(text, place[~of], vector[~of])
            for text, place, of, vector in zip(
                texts, places, special, vectors.float().cpu().numpy(), strict=True
            )
        ]


def _load(source: Source, options: TorchOptions) -> SentenceTransformer:
    with loading(source, options) as arguments:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds

        model = SentenceTransformer(source.model, **arguments)
    if is_classifier(model):
        raise Misconfigured(
            f"{source.model!r} is a cross-encoder, which gives no vectors: name it in "
            "FRONTDESK_RERANKER__MODEL, and an embedding model in FRONTDESK_EMBEDDER__MODEL"
        )
    return model


def _counter(model: SentenceTransformer, source: Source) -> Tokenizer:
    """A copy of the model's tokenizer that counts while its own is busy in its thread."""
    if not getattr(model.tokenizer, "is_fast", False):
        raise Misconfigured(
            f"{source.model!r} has no tokenizer.json, so its tokens have no places in a text: "
            "name another model in FRONTDESK_EMBEDDER__MODEL"
        )
    counter: Tokenizer = deepcopy(model.tokenizer.backend_tokenizer)
    counter.no_truncation()
    counter.no_padding()
    return counter


def _own_prompt(prompts: Mapping[str, str | None], names: Sequence[str]) -> str:
    return next((prompt for name in names if (prompt := prompts.get(name))), "")


def _mark(prompt: str) -> str:
    """What tells vectors made with this prompt from those made with the model's own."""
    return f"+{blake2b(prompt.encode(), digest_size=4).hexdigest()}" if prompt else ""


def _whole(texts: Sequence[str]) -> dict[str, Any]:
    """Arguments under which `texts` go through the model in one piece."""
    return {"batch_size": len(texts), "convert_to_tensor": True, "show_progress_bar": False}


def _rows(vectors: Tensor) -> Vector:
    rows = vectors.float().cpu().numpy()
    if not np.isfinite(rows).all():
        raise SearchUnavailable("the embedding model gave vectors that are no numbers")
    return unit(rows)


def _spelt(text: str, places: NDArray[np.int64], vectors: Vector) -> TokenVectors:
    """The tokens that spell something, each from its first letter: some tokenizers count the space before."""
    places = places.astype(np.int64)
    for place in places:
        while place[0] < place[1] and text[place[0]].isspace():
            place[0] += 1
    told = places[:, 0] < places[:, 1]
    return TokenVectors(places=places[told], vectors=unit(vectors[told]))
