"""How hard a question looks: the chance that a small model will not do, from its words and its evidence.

A logistic regression on a dozen measures. It starts from weights set by hand and is fitted
to what was recorded: which questions a small model answered well, and which it did not.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.evidence import Evidence
from core.generate import Task
from core.language import language_of

WEIGHTS = Path(__file__).parent / "models" / "complexity.json"

FEATURES = (
    "length", "clauses", "questions", "reason", "comparison", "worked_example", "condition", "vague",
    "doubt", "documents", "spread", "foreign",
)  # fmt: skip
"""Those of the question first. Each is 0 for a plain question that one place of one document answers."""

Numbers = NDArray[np.float64]

_WORD = re.compile(r"\w+")
_CLAUSE = re.compile(
    r"[,;:]|\b(and|or|but|because|which|that|while|when|if"
    r"|y|o|pero|porque|que|cuando|si|et|ou|mais|parce|qui|quand|und|oder|aber|weil|dass|wenn)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\bwhy\b|\breasons?\b|\bexplain|\bpurpose\b|\bhow come\b"
    r"|\bpor qué\b|\bexplic|\bpourquoi\b|\bexpliqu|\bwarum\b|\bwieso\b|\berklär",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\bcompar|\bdifferen|\bdiffers?\b|\bversus\b|\bvs\b|\bbetter\b|\bbetween\b|\binstead\b|\brather\b"
    r"|\bpros\b|\b(?:dis)?advantages?\b|\bmejor\b|\bdiferenci|\bentre\b|\bmieux\b|\bdifféren"
    r"|\bbesser\b|\bunterschied|\bzwischen\b|\bvergleich",
    re.IGNORECASE,
)
_WORKED_EXAMPLE = re.compile(
    r"\bexamples?\b|\bsteps?\b|\bguide\b|\btutorial\b|\bset ?up\b|\bconfigur|\bmigrat|\bcalculat"
    r"|\bejemplos?\b|\bpasos\b|\bexemples?\b|\bétapes\b|\bbeispiele?\b|\bschritte?\b|\bberechn",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(if|unless|without|except|however|although|while|assuming"
    r"|si|salvo|sin|aunque|sauf|sans|wenn|falls|außer|ohne|obwohl)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(how|what|why|where|when|which|who|can|could|is|are|do|does|will"
    r"|cómo|qué|dónde|cuándo|quién|comment|quel|où|quand|qui|wie|was|wo|wann|wer|welche\w?|kann)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexityWeights:
    """The weights of a fit, in the order of `FEATURES`, and the score from which a question is hard."""

    bias: float
    weights: tuple[float, ...]
    threshold: float
    fitted_on: str = field(default="", compare=False)

    @classmethod
    def shipped(cls) -> ComplexityWeights:
        """The weights in the tree."""
        read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        return cls(
            bias=read["bias"],
            weights=tuple(read["weights"][name] for name in FEATURES),
            threshold=read["threshold"],
            fitted_on=read["fitted_on"],
        )

    def as_json(self) -> str:
        """What `shipped` reads."""
        names = dict(zip(FEATURES, self.weights, strict=True))
        written = {
            "bias": self.bias,
            "weights": names,
            "threshold": self.threshold,
            "fitted_on": self.fitted_on,
        }
        return json.dumps(written, indent=1) + "\n"

    def score(self, features: Sequence[float]) -> float:
        """The chance, 0 to 1, that a small model will not do."""
        odds = self.bias + float(np.dot(self.weights, features))
        return 1 / (1 + math.exp(-odds))


START = ComplexityWeights(
    bias=-2.5,
    weights=(1.0, 1.5, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5),
    threshold=0.3,
    fitted_on="nothing: set by hand",
)
"""Where a fit begins, and what it stays near for features it saw nothing of."""


def features_of(task: Task) -> tuple[float, ...]:
    """The measures of a question and its evidence, in the order of `FEATURES`, each about 0 to 1."""
    return (*question_features(task.question), *_evidence_features(task.question, task.evidence))


def question_features(question: str) -> tuple[float, ...]:
    """The measures that need nothing but the question."""
    words = len(_WORD.findall(question))
    return (
        min(math.log1p(words) / math.log(64), 1.0),
        min(len(_CLAUSE.findall(question)) / 6, 1.0),
        min(max(question.count("?") - 1, 0) / 2, 1.0),
        float(bool(_REASON.search(question))),
        float(bool(_COMPARISON.search(question))),
        float(bool(_WORKED_EXAMPLE.search(question))),
        float(bool(_CONDITION.search(question))),
        float(words < 6 and not _ASKS.search(question)),
    )


def _evidence_features(question: str, evidence: Evidence | None) -> tuple[float, float, float, float]:
    """Doubt, documents, spread and foreign: nothing known is nothing special."""
    if evidence is None or not evidence.sentences:
        return 0.0, 0.0, 0.0, 0.0
    scores = np.array([max(sentence.score, 0.0) for sentence in evidence.sentences])
    scores = scores / scores.sum() if scores.sum() > 0 else np.full(len(scores), 1 / len(scores))
    held: dict[str, float] = {}
    for sentence, score in zip(evidence.sentences, scores, strict=True):
        document = evidence.passages[sentence.passage].passage.document_id
        held[document] = held.get(document, 0.0) + float(score)
    best = max(evidence.sentences, key=lambda sentence: sentence.score)
    text = evidence.passages[best.passage].passage.text
    return (
        1.0 - evidence.confidence,
        min((_how_many(np.array(list(held.values()))) - 1) / 3, 1.0),
        min((_how_many(scores) - 1) / 9, 1.0),
        float(language_of(question) != language_of(text)),
    )


def _how_many(shares: Numbers) -> float:
    """How many equal shares would be as evenly spread: 1 where one has all."""
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def fit(
    features: Numbers, is_hard: Numbers, *, start: ComplexityWeights = START, penalty: float = 10.0
) -> ComplexityWeights:
    """Weights fitted to which questions were hard; `penalty` holds them near those of `start`.

    A logistic regression by Newton's method, shape (questions, features). A feature that
    never varies keeps its weight, so a fit on bare questions leaves those of the evidence.
    """
    rows = np.hstack([np.ones((len(features), 1)), features])
    first = np.array([start.bias, *start.weights])
    pull = np.diag([1e-6, *[penalty] * features.shape[1]])
    weights = first.copy()
    for _ in range(30):
        chances = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (chances - is_hard) + pull @ (weights - first)
        curvature = (rows * (chances * (1 - chances))[:, None]).T @ rows + pull
        step = np.linalg.solve(curvature, slope)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return ComplexityWeights(
        bias=round(float(weights[0]), 4),
        weights=tuple(round(float(weight), 4) for weight in weights[1:]),
        threshold=start.threshold,
        fitted_on=f"{len(features)} questions",
    )
