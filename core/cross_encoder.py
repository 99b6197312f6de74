"""The reranker that reads question and passage together: any cross-encoder of sentence-transformers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import Misconfigured, Unavailable
from core.minilm import batches_by_length
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
    from sentence_transformers import CrossEncoder


class CrossEncoderReranker:
    """Scores from a folder or a hub name that sentence-transformers loads as a `CrossEncoder`.

    `BAAI/bge-reranker-v2-m3` is what to take in production. One question is scored at a
    time, in a thread of the model's own, in batches of like length; when nobody waits for
    the scores any more, it stops after the batch in hand.

    Raises:
        Misconfigured: the `models` extra, the model or the device is not there, or the model
            is none that scores pairs.
    """

    def __init__(self, model: str, options: TorchOptions = BEST_FIT) -> None:
        source = Source(model=model, settings="FRONTDESK_RERANKER")
        self._model = _load(source, options)
        made_ready(self._model)
        self._budget = batch_characters(self._model, options)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reranker")
        self.name = f"{source.name}@sentence-transformers"
        self._score("a", ["b"], threading.Event())

    async def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers, 0 to 1, in the order of `texts`.

        Raises:
            Unavailable: the model failed, for instance for want of memory.
        """
        nobody_waits = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._score, question, texts, nobody_waits)
        finally:
            nobody_waits.set()

    def _score(
        self, question: str, texts: Sequence[str], nobody_waits: threading.Event
    ) -> NDArray[np.float32]:
        from torch.nn import Sigmoid  # noqa: PLC0415 - takes seconds and half a gigabyte

        pairs = [(readable(question), readable(text)) for text in texts]
        lengths = [len(question) + len(text) for text in texts]
        scores = np.zeros(len(pairs), dtype=np.float32)
        for rows in batches_by_length(lengths, budget=self._budget):
            if nobody_waits.is_set():
                break
            with failing_as(Unavailable, self.name):
                scores[rows] = self._model.predict(
                    [pairs[row] for row in rows],
                    batch_size=len(rows),
                    activation_fn=Sigmoid(),
                    show_progress_bar=False,
                )
        if not np.isfinite(scores).all():
            raise Unavailable(f"the model {self.name!r} gave scores that are no numbers")
        return scores


def _load(source: Source, options: TorchOptions) -> CrossEncoder:
    with loading(source, options) as arguments:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - takes seconds

        model: CrossEncoder = CrossEncoder(source.model, **arguments)
    # A head that the files lack is made up at random, without an error.
    is_headless = model[0].transformer_task == "sequence-classification" and not is_classifier(model)
    scores = 0 if is_headless else model.num_labels
    if scores != 1:
        raise Misconfigured(
            f"{source.model!r} is no reranker: it gives {scores} scores for a question and a passage, and "
            "one is wanted; name another in FRONTDESK_RERANKER__MODEL, such as BAAI/bge-reranker-v2-m3"
        )
    return model
