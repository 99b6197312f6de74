"""How well the desk follows a talk: which turns ask for knowledge, and which FAQ entry answers them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from statistics import fmean
from typing import Any, Literal

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from core import measures
from core.datasets import Dialogue, DialogueSet, Entry
from core.documents import Document, DocumentId, Passage, PassageId
from core.follow_up import standalone
from core.mentions import KnownNames
from core.search import Found, Scope, Searcher, Vector
from core.tenants import TenantId

DEPTH = 5
AT_ONCE = 512
"""Entries that are embedded at once."""
REGULARISATION = 0.001
"""Inverse strength, as scikit-learn's C: hundreds of measures, few dialogues."""
VECTOR_WEIGHT = 5.0
NO_SIMILARITY = (0.0,) * 3
_FORMS = (
    re.compile(r"\bwh(?:at|en|ere|ich|o)\b|\bhow\b|\?"),
    re.compile(r"\b(?:do|does|are|is|can|could) (?:they|it|there|you|i|that)\b"),
    re.compile(r"\b(?:book|reserve|looking for|find|recommend|help me)\b"),
    re.compile(r"\b(?:if|whether)\b"),
)

View = Literal["last_turn", "history"]
VIEWS: tuple[View, ...] = ("last_turn", "history")
Measures = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What one view of a dialogue found: entry ids best first, the measures of it, the time it took."""

    ranking: tuple[str, ...]
    measures: tuple[float, ...]
    spent_ms: float


async def index_entries(
    entries: Sequence[Entry], searcher: Searcher, tenant: TenantId, progress: Callable[[int, int], None]
) -> None:
    """Put the FAQ into the index: one document a thing it is about, one passage a question."""
    vectors: list[Vector] = []
    for first in range(0, len(entries), AT_ONCE):
        texts = [f"{entry.entity}: {entry.question}" for entry in entries[first : first + AT_ONCE]]
        vectors.extend(await searcher.embedder.embed_passages(texts))
        progress(len(vectors), len(entries))
    pairs = sorted(zip(entries, vectors, strict=True), key=lambda pair: pair[0].entity)
    for entity, group in groupby(pairs, key=lambda pair: pair[0].entity):
        own = list(group)
        document = _document(entity, tenant)
        passages = [_passage(document, place, entry) for place, (entry, _) in enumerate(own)]
        await searcher.index.replace(document, passages, np.stack([vector for _, vector in own]))


async def evaluate_dialogues(
    data: DialogueSet, searcher: Searcher, tenant: TenantId, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """The figures of `eval dialogues`, by the last turn alone and with the turns before it.

    Selection (`r@1`, `r@5`, `mrr@5`) is over the turns that do seek knowledge. Detection is
    learned on one half of the dialogues and judged on the other, both ways round; turns of
    one dialogue are in the same half. `p50_ms` is the time of one turn with history.
    """
    names = KnownNames(entry.entity for entry in data.entries)
    looked: dict[View, list[Looked]] = {view: [] for view in VIEWS}
    for done, dialogue in enumerate(data.dialogues, start=1):
        alone = await _look(dialogue.question, searcher, tenant)
        began = time.perf_counter()
        asked = await standalone(dialogue.question, dialogue.turns, names=names)
        leaned_ms = (time.perf_counter() - began) * 1000
        told = await _look(asked.text, searcher, tenant)
        looked["last_turn"].append(alone)
        looked["history"].append(
            Looked(
                ranking=told.ranking,
                measures=(*alone.measures, *told.measures[: len(NO_SIMILARITY)], float(asked.is_follow_up)),
                spent_ms=leaned_ms + told.spent_ms,
            )
        )
        progress(done, len(data.dialogues))
    figures: dict[str, Any] = {
        "entries": len(data.entries),
        "dialogues": len(data.dialogues),
        "seeking": sum(dialogue.seeks_knowledge for dialogue in data.dialogues),
    }
    for view in VIEWS:
        detection = await anyio.to_thread.run_sync(_detection, data.dialogues, looked[view])
        figures[view] = {**detection, **_selection(data.dialogues, looked[view])}
    figures["p50_ms"] = measures.percentile([each.spent_ms for each in looked["history"]], 50)
    return figures


async def _look(text: str, searcher: Searcher, tenant: TenantId) -> Looked:
    began = time.perf_counter()
    vector = await searcher.embedder.embed_query(text)
    found = await searcher.search(text, Scope(tenant=tenant), vector)
    spent_ms = (time.perf_counter() - began) * 1000
    forms = (float(bool(form.search(text.lower()))) for form in _FORMS)
    return Looked(
        ranking=tuple(_entry_id(each) for each in found[:DEPTH]),
        measures=(*_similarities(found), *forms, *(float(value) * VECTOR_WEIGHT for value in vector)),
        spent_ms=spent_ms,
    )


def _similarities(found: Sequence[Found]) -> tuple[float, ...]:
    """The best cosine, the mean of the five best and the best BM25 (in tens)."""
    if not found:
        return NO_SIMILARITY
    cosines = sorted((each.stages["dense"] for each in found), reverse=True)
    return cosines[0], fmean(cosines[:DEPTH]), max(each.stages["bm25"] for each in found) / 10


def _selection(dialogues: Sequence[Dialogue], looked: Sequence[Looked]) -> dict[str, float | None]:
    pairs = [
        (each.ranking, dialogue.knowledge)
        for dialogue, each in zip(dialogues, looked, strict=True)
        if dialogue.seeks_knowledge
    ]
    if not pairs:
        return {"r@1": None, "r@5": None, "mrr@5": None}
    return {
        "r@1": round(fmean(measures.recall(ranking, right, k=1) for ranking, right in pairs), 4),
        "r@5": round(fmean(measures.recall(ranking, right, k=DEPTH) for ranking, right in pairs), 4),
        "mrr@5": round(
            fmean(measures.reciprocal_rank(ranking, right, k=DEPTH) for ranking, right in pairs), 4
        ),
    }


def _detection(dialogues: Sequence[Dialogue], looked: Sequence[Looked]) -> dict[str, float | None]:
    """Precision, recall and F1 of a logistic regression, each half judged by the other's."""
    seeks = np.array([dialogue.seeks_knowledge for dialogue in dialogues])
    seen = np.array([each.measures for each in looked])
    first = np.array([_half(dialogue) for dialogue in dialogues])
    guessed = np.zeros(len(seeks), dtype=bool)
    for judged in (first, ~first):
        if judged.any():
            if len(set(seeks[~judged])) < 2:
                return {"precision": None, "recall": None, "f1": None}
            guessed[judged] = _guesses(seen[~judged], seeks[~judged], seen[judged])
    right = float((guessed & seeks).sum())
    return {
        "precision": round(right / max(guessed.sum(), 1), 4),
        "recall": round(right / max(seeks.sum(), 1), 4),
        "f1": round(2 * right / max(guessed.sum() + seeks.sum(), 1), 4),
    }


def _guesses(seen: Measures, seeks: NDArray[np.bool_], asked: Measures) -> NDArray[np.bool_]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - heavy
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - heavy

    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=REGULARISATION, class_weight="balanced", max_iter=1000)
    )
    return np.asarray(model.fit(seen, seeks).predict(asked), dtype=bool)


def _half(dialogue: Dialogue) -> bool:
    """Which half a dialogue is in, by how it opens."""
    opening = (dialogue.turns[0].text if dialogue.turns else dialogue.question).encode()
    return sha256(opening).digest()[0] % 2 == 0


def _document(entity: str, tenant: TenantId) -> Document:
    name = sha256(entity.encode()).hexdigest()[:24]
    now = datetime.now(UTC)
    return Document(
        id=DocumentId(f"faq-{name}"),
        tenant=tenant,
        name=entity,
        source=f"evaluation:{name}",
        media_type="text/plain",
        content_hash=name,
        size_bytes=0,
        created_at=now,
        updated_at=now,
    )


def _passage(document: Document, place: int, entry: Entry) -> Passage:
    return Passage(
        id=PassageId(f"{document.id}:{entry.id}"),
        document_id=document.id,
        version=1,
        ordinal=place,
        title=entry.entity,
        heading=(),
        page=None,
        start=0,
        end=len(entry.question),
        text=entry.question,
    )


def _entry_id(found: Found) -> str:
    return found.passage.id.partition(":")[2]
