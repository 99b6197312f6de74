"""How good the desk is, on data in the field's own formats: BEIR folders and SQuAD files."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from core import measures
from core.answer import Answerer
from core.datasets import Question, RetrievalSet
from core.documents import DocumentStatus
from core.errors import FrontdeskError, Refused
from core.follow_up import standalone
from core.ingest import Ingester
from core.mentions import KnownNames
from core.messages import Address, Answer, Message, MessageId, Outcome
from core.search import Found, Scope, SearchStage, ranked
from core.tenants import TenantId
from core.uploads import Upload

DEPTH = 10
ACCEPT_AT_ONCE = 64
EVALUATOR = Address(channel="evaluation")

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


class EvaluationFailed(FrontdeskError):
    """The data could not be taken in as it is, so no figure would mean anything."""


def silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


async def ingest_texts(
    ingester: Ingester, texts: Mapping[str, tuple[str, str]], tenant: TenantId, progress: Progress
) -> dict[str, list[str]]:
    """Take in `{key: (title, text)}`; the keys that each document stands for, by its id.

    Equal texts are one document. Raises:
        EvaluationFailed: a text was refused.
    """
    uploads = [
        Upload(data=text.encode(), name=title or key, source=f"evaluation:{key}", tenant=tenant)
        for key, (title, text) in texts.items()
    ]
    keys: dict[str, list[str]] = {}
    names = list(texts)
    for first in range(0, len(uploads), ACCEPT_AT_ONCE):
        accepted = await ingester.accept(uploads[first : first + ACCEPT_AT_ONCE])
        for key, document in zip(names[first:], accepted, strict=False):
            if isinstance(document, Refused):
                raise EvaluationFailed(f"{key!r} was refused: {document}") from document
            keys.setdefault(document.id, []).append(key)
    done = 0
    async for document in ingester.run():
        if document.status is DocumentStatus.REFUSED:
            raise EvaluationFailed(f"{document.source!r} was refused: {document.reason}")
        done += 1
        progress(done, len(keys))
    return keys


async def evaluate_retrieval(
    data: RetrievalSet,
    answerer: Answerer,
    keys: Mapping[str, list[str]],
    tenant: TenantId,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Each stage's figures over the questions, in the shape `eval retrieval` prints.

    The times of `bm25`, `dense` and `hybrid` are those of the one search that scores all
    three; those of `rerank`, measured in a second pass, hold the search and the reading.
    """
    searched: list[float] = []
    reranked: list[float] = []
    rankings: dict[SearchStage, dict[str, list[str]]] = {"bm25": {}, "dense": {}, "hybrid": {}, "rerank": {}}
    for query_id, query in data.queries.items():
        began = time.perf_counter()
        found = await answerer.searcher.search(query, Scope(tenant=tenant))
        searched.append((time.perf_counter() - began) * 1000)
        for stage in ("bm25", "dense", "hybrid"):
            rankings[stage][query_id] = _texts(ranked(found, stage), keys)
        progress(len(searched), 2 * len(data.queries))
    for query_id, query in data.queries.items():
        began = time.perf_counter()
        found = await answerer.searcher.search(query, Scope(tenant=tenant))
        rankings["rerank"][query_id] = _texts(await answerer.rerank(query, found), keys)
        reranked.append((time.perf_counter() - began) * 1000)
        progress(len(searched) + len(reranked), 2 * len(data.queries))
    return {
        "passages": await answerer.searcher.index.count(tenant),
        "queries": len(data.queries),
        "stages": {
            stage: _figures(ranking, data, reranked if stage == "rerank" else searched)
            for stage, ranking in rankings.items()
        },
    }


async def made_standalone(data: RetrievalSet) -> tuple[RetrievalSet, int]:
    """The set with each question made standalone from its history, and how many took something from it.

    The names that may be carried are the titles of the texts.
    """
    names = KnownNames(title for title, _ in data.corpus.values()) if data.history else KnownNames(())
    asked = {
        key: await standalone(data.queries[key], turns, names=names) for key, turns in data.history.items()
    }
    queries = {**data.queries, **{key: each.text for key, each in asked.items()}}
    return replace(data, queries=queries), sum(each.is_follow_up for each in asked.values())


def _texts(found: Sequence[Found], keys: Mapping[str, list[str]]) -> list[str]:
    """The corpus keys of the passages, each once, best first."""
    names = (key for each in found for key in keys.get(each.passage.document_id, ()))
    return list(dict.fromkeys(names))[:DEPTH]


def _figures(
    rankings: Mapping[str, list[str]], data: RetrievalSet, spent: Sequence[float]
) -> dict[str, float]:
    pairs = [(ranking, data.relevant[query]) for query, ranking in rankings.items()]
    return {
        "ndcg@10": round(fmean(measures.ndcg(ranking, right) for ranking, right in pairs), 4),
        "recall@10": round(fmean(measures.recall(ranking, right) for ranking, right in pairs), 4),
        "mrr@10": round(fmean(measures.reciprocal_rank(ranking, right) for ranking, right in pairs), 4),
        "hit@1": round(fmean(bool(set(ranking[:1]) & set(right)) for ranking, right in pairs), 4),
        "p50_ms": measures.percentile(spent, 50),
        "p95_ms": measures.percentile(spent, 95),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question with the answer the desk would give, had it to give one."""

    question: Question
    answer: Answer
    cited_gold: bool
    spent_ms: float

    @property
    def contains(self) -> bool:
        """Whether the answer holds a gold text."""
        return measures.contains(self.answer.text, self.question.golds)


async def answer_all(
    answerer: Answerer, questions: Iterable[Question], keys: Mapping[str, list[str]], tenant: TenantId
) -> AsyncIterator[Answered]:
    """Every question the whole way; nothing is abstained from or asked back, so that each has an answer."""
    policy = replace(answerer.policy, abstain_below=0.0, is_final=True)
    eager = replace(answerer, clarifier=None, policy=policy)
    for question in questions:
        conversation = await eager.conversations.start(tenant, EVALUATOR)
        message = Message(
            id=MessageId(conversation.id),
            tenant=tenant,
            conversation_id=conversation.id,
            text=question.text,
            address=EVALUATOR,
        )
        began = time.perf_counter()
        async for event in eager.answer(message):
            if isinstance(event, Answer):
                yield Answered(
                    question=question,
                    answer=event,
                    cited_gold=any(
                        question.paragraph in keys.get(citation.document_id, ())
                        for citation in event.citations
                    ),
                    spent_ms=(time.perf_counter() - began) * 1000,
                )


def answer_figures(answered: Sequence[Answered], threshold: float) -> dict[str, Any]:
    """The figures of `eval answers`, abstaining below `threshold`.

    `answered_rate` is the share of answerable questions that got an answer, and `contains`
    and `cited_gold` are shares of those answers; `words` is the mean length of all answers.
    """
    given = [one for one in answered if _is_given(one, threshold)]
    answerable = [one for one in answered if one.question.golds]
    unanswerable = [one for one in answered if not one.question.golds]
    right = [one for one in given if one.question.golds]
    return {
        "questions": len(answered),
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "answered_rate": _share(len(right), answerable),
        "contains": _share(sum(one.contains for one in right), right),
        "cited_gold": _share(sum(one.cited_gold for one in right), right),
        "words": round(fmean(len(one.answer.text.split()) for one in given), 1) if given else 0.0,
        "false_answer_rate": _share(len(given) - len(right), unanswerable),
        "auroc": _rounded(
            measures.auroc(
                [one.answer.confidence for one in answerable],
                [one.answer.confidence for one in unanswerable],
            )
        ),
        "coverage_at_5pct_error": round(
            measures.coverage_at_error(
                [one.answer.confidence for one in answered],
                [bool(one.question.golds) and one.contains for one in answered],
                most=0.05,
            ),
            4,
        ),
        "p50_ms": measures.percentile([one.spent_ms for one in answered], 50),
        "p95_ms": measures.percentile([one.spent_ms for one in answered], 95),
    }


def _is_given(one: Answered, threshold: float) -> bool:
    return one.answer.outcome is Outcome.ANSWERED and one.answer.confidence >= threshold


def _share(count: int, of: Sequence[Answered]) -> float | None:
    return round(count / len(of), 4) if of else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
