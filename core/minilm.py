"""The embedder that ships with the desk: all-MiniLM-L6-v2 as an ONNX graph, on the processor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Literal

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from core.errors import Misconfigured
from core.search import TokenVectors, Vector

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

MODELS = Path(__file__).parent / "models"
SHIPPED = "all-MiniLM-L6-v2"
MAX_TOKENS = 256
BATCH_TOKENS = 3072
"""Padded tokens per run of the graph: 16 passages of 192 tokens, measured fastest on two cores."""
PADDED_TO = 8
"""Lengths are rounded up to this, so that a runtime meets few shapes and prepares for each once."""

OVERLAPPING = 4
"""Calls of one model at a time, beyond which they wait: OpenVINO runs one after the other anyway."""

Runtime = Literal["auto", "openvino", "onnxruntime"]
Graph = Callable[[NDArray[np.int64], NDArray[np.int64]], tuple[Vector, Vector]]
"""Token ids and mask to one pooled vector a text and one vector a token."""


class OnnxEmbedder:
    """Vectors from a folder that holds `model.onnx` and `tokenizer.json`.

    The graph takes `input_ids` and `attention_mask` and gives `sentence`, one pooled vector
    a text, and `tokens`, one vector a token. Text beyond 256 tokens is not read.
    """

    def __init__(self, model: str = SHIPPED, *, runtime: Runtime = "auto", threads: int = 0) -> None:
        folder = MODELS / model.lower() if model == SHIPPED else Path(model)
        self._tokenizer = load_tokenizer(folder, max_tokens=MAX_TOKENS)
        self._counter = load_tokenizer(folder, max_tokens=None)
        self.max_tokens = MAX_TOKENS
        self._graph, ran_by = load_graph(folder / "model.onnx", runtime=runtime, threads=threads)
        self.name = f"{folder.name}@{ran_by}"
        self.dimensions = int(self._run(self._tokenizer.encode_batch(["a"])).shape[1])

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Shape (texts, dimensions), rows in the order of `texts`, each of length 1."""
        return await anyio.to_thread.run_sync(self._embed, texts)

    async def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Each text's tokens with their places and vectors, in the order of `texts`."""
        return await anyio.to_thread.run_sync(self._tokens, texts)

    async def embed_query(self, text: str) -> Vector:
        """Shape (dimensions,), of length 1."""
        vectors = await anyio.to_thread.run_sync(self._embed, [text])
        return np.asarray(vectors[0], dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads `text` as, without its special ones."""
        return len(self._counter.encode(_whole(text), add_special_tokens=False).ids)

    def _embed(self, texts: Sequence[str]) -> Vector:
        encoded = self._tokenizer.encode_batch(list(map(_whole, texts)))
        vectors = np.empty((len(encoded), getattr(self, "dimensions", 0)), dtype=np.float32)
        for rows in batches_by_length([len(text.ids) for text in encoded]):
            vectors[rows] = self._run([encoded[row] for row in rows])
        return vectors

    def _tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        encoded = self._tokenizer.encode_batch(list(map(_whole, texts)))
        read: dict[int, TokenVectors] = {}
        for rows in batches_by_length([len(text.ids) for text in encoded]):
            _, vectors = self._graph(*pad([encoded[row] for row in rows]))
            for row, of in zip(rows, vectors, strict=True):
                # The first and the last token stand for no word.
                places = np.array(encoded[row].offsets, np.int64)[1:-1]
                read[row] = TokenVectors(places=places, vectors=unit(of[1 : len(places) + 1]))
        return [read[row] for row in range(len(encoded))]

    def _run(self, encoded: Sequence[Encoding]) -> Vector:
        pooled, _ = self._graph(*pad(encoded))
        return unit(pooled)


def _whole(text: str) -> str:
    """The text with a question mark for each half character, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()


def unit(vectors: Vector) -> Vector:
    """The rows at length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def load_tokenizer(folder: Path, *, max_tokens: int | None) -> Tokenizer:
    """The tokenizer of `folder`, cutting at `max_tokens`, if any are given, and padding nothing.

    Raises:
        Misconfigured: the folder holds no tokenizer.
    """
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise Misconfigured(f"{str(folder)!r} holds no tokenizer.json: name a folder with an exported model")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    if max_tokens is not None:
        tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer


def pad(encoded: Sequence[Encoding]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and attention mask, each of shape (texts, tokens), padded with zeros."""
    longest = -(-max(len(text.ids) for text in encoded) // PADDED_TO) * PADDED_TO
    ids = np.zeros((len(encoded), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(encoded):
        ids[row, : len(text.ids)] = text.ids
        mask[row, : len(text.ids)] = 1
    return ids, mask


def batches_by_length(lengths: Sequence[int], *, budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Rows grouped so that texts of like length run together and padding stays small.

    >>> list(batches_by_length([5, 100, 6, 90], budget=200))
    [[1, 3], [2, 0]]
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def load_graph(path: Path, *, runtime: Runtime, threads: int) -> tuple[Graph, str]:
    """The model at `path`, ready to run, and the name of what runs it.

    `auto` takes OpenVINO, the fastest measured on Intel and AMD servers, and ONNX Runtime
    where OpenVINO is not installed.

    Raises:
        Misconfigured: no file, or the runtime is not installed.
    """
    if not path.is_file():
        raise Misconfigured(f"{str(path)!r} is missing: name a folder with an exported model")
    if runtime == "auto":
        runtime = "openvino" if find_spec("openvino") else "onnxruntime"
    if not find_spec(runtime):
        raise Misconfigured(f"{runtime} is not installed: set FRONTDESK_EMBEDDER__RUNTIME=auto")
    load = _load_openvino if runtime == "openvino" else _load_onnxruntime
    return load(path, threads), runtime


def _load_openvino(path: Path, threads: int) -> Graph:
    requests = _openvino_requests(path.resolve(), path.stat().st_mtime_ns, threads)

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Vector, Vector]:
        request = requests.get()
        try:
            outputs = request.infer({"input_ids": ids, "attention_mask": mask})
            return outputs["sentence"], outputs["tokens"]
        finally:
            requests.put(request)

    return run


@cache
def _openvino_requests(path: Path, changed_ns: int, threads: int) -> SimpleQueue[Any]:
    """Requests for the model at `path`, each with the buffers of a run, to be given back.

    They stay for the life of the process with the model they
    run: taking them down gives Python's lock away in the middle of whatever came upon it.
    """
    import openvino

    options: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    model = openvino.Core().compile_model(str(path), "CPU", options)
    requests: SimpleQueue[Any] = SimpleQueue()
    for _ in range(OVERLAPPING):
        requests.put(model.create_infer_request())
    return requests


def _load_onnxruntime(path: Path, threads: int) -> Graph:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if threads:
        options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[Vector, Vector]:
        sentence, tokens = session.run(["sentence", "tokens"], {"input_ids": ids, "attention_mask": mask})
        return sentence, tokens

    return run
