"""How fast and how large the desk is, measured on text made up here."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import psutil

from core.assembly import Desk
from core.datasets import Question
from core.evaluation import Progress, answer_all, ingest_texts
from core.measures import percentile
from core.minilm import MAX_TOKENS, MODELS, SHIPPED, load_tokenizer
from core.search import Scope
from core.tenants import TenantId

QUERIES = 200
WORDS_A_PASSAGE = 120
_SEED = 7
COMPOUNDS = 0.12
"""Share of words put together from two, which gives a passage the tokens that prose has."""


class OpenDesk(Protocol):
    """An open desk and the tenant to work for."""

    @property
    def desk(self) -> Desk:
        """The desk."""

    @property
    def tenant(self) -> TenantId:
        """The tenant."""


async def bench_desk(
    open_desk: Callable[[str], AbstractAsyncContextManager[OpenDesk]],
    sizes: Sequence[int],
    watch: Callable[[str], Progress],
) -> dict[str, Any]:
    """Ingest rate beside the bare embedder's, search and answer times at each size, start-up, memory."""
    figures: dict[str, Any] = {}
    for size in sizes:
        texts = made_up_texts(size)
        began = time.perf_counter()
        async with open_desk(str(size)) as session:
            figures.setdefault("start_up_s", round(time.perf_counter() - began, 2))
            figures[f"at_{size}"] = await _measure(session, texts, watch(f"{size:,} passages"))
    figures["peak_memory_mb"] = round(_peak_memory_mb())
    return figures


async def _measure(
    session: OpenDesk, texts: dict[str, tuple[str, str]], progress: Progress
) -> dict[str, Any]:
    desk, tenant = session.desk, session.tenant
    bare = await _bare_rate(desk, [text for _, text in texts.values()][:640])
    began = time.perf_counter()
    keys = await ingest_texts(desk.ingester, texts, tenant, progress)
    rate = len(texts) / (time.perf_counter() - began)
    questions = [
        Question(id=key, text=" ".join(text.split()[3:11]) + "?", paragraph=key, golds=(text,))
        for key, (_, text) in random.Random(_SEED).sample(  # noqa: S311 - made-up text
            sorted(texts.items()), QUERIES
        )
    ]
    searched: list[float] = []
    for question in questions:
        moment = time.perf_counter()
        await desk.searcher.search(question.text, Scope(tenant=tenant))
        searched.append((time.perf_counter() - moment) * 1000)
    answered = [one.spent_ms async for one in answer_all(desk.answerer, questions, keys, tenant)]
    return {
        "passages": await desk.searcher.index.count(tenant),
        "ingest_per_s": round(rate, 1),
        "embedder_per_s": round(bare, 1),
        "ingest_share_of_embedder": round(rate / bare, 3),
        "search_p50_ms": percentile(searched, 50),
        "search_p95_ms": percentile(searched, 95),
        "answer_p50_ms": percentile(answered, 50),
        "answer_p95_ms": percentile(answered, 95),
    }


async def _bare_rate(desk: Desk, texts: Sequence[str]) -> float:
    """Passages a second of the embedder alone, on the same texts in the same run."""
    began = time.perf_counter()
    await desk.searcher.embedder.embed_passages(texts)
    return len(texts) / (time.perf_counter() - began)


def made_up_texts(count: int) -> dict[str, tuple[str, str]]:
    """`count` texts of about 120 words with a natural (Zipf) spread, always the same.

    The words are the shipped tokenizer's own, commonest first.
    """
    source = random.Random(_SEED)  # noqa: S311 - made-up text
    tokens = load_tokenizer(MODELS / SHIPPED.lower(), max_tokens=MAX_TOKENS).get_vocab()
    words = [word for word in sorted(tokens, key=tokens.__getitem__) if word.isalpha() and len(word) > 2]
    vocabulary = [word + source.choice(words) if source.random() < COMPOUNDS else word for word in words]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    texts = {}
    for number in range(count):
        words = source.choices(vocabulary, weights, k=source.randint(100, 140))
        for end in range(14, len(words), 15):
            words[end] += "."
        texts[str(number)] = (f"note {number}", " ".join(words).capitalize() + ".")
    return texts


def _peak_memory_mb() -> float:
    """The most this process and its readers have held resident."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - Windows has none

        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return psutil.Process().memory_info().rss / 1e6
