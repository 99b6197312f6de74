"""Fits the weights of `core.weigh` on a SQuAD 2.0 file and writes `evidence.json`.

    python -m core.models.fit SQUAD.json OFF_TOPIC… [--articles even|odd|all]

Off-topic questions come from CSV files with a column `text` or JSONL files with a `question`.

The sentence score is a conditional logit: its softmax over all sentences of a question's
passages should fall on those that hold the answer. The confidence is a logistic regression
of "the passages hold the answer", with other domains' questions, thrice, among the negatives.
The threshold lies half way between the confidence that 98 % of the off-topic questions stay
under and the one that 97 % of the answerable questions reach.
"""

import argparse
import asyncio
import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.settings import Settings
from core.assembly import assemble
from core.datasets import AnswerSet, Question
from core.errors import Misconfigured
from core.evaluation import ingest_texts, silent
from core.measures import contains
from core.search import Found, Scope
from core.tenants import DEFAULT_TENANT
from core.weigh import (
    FEATURES,
    WEIGHTS,
    Weighed,
    WeighingReader,
    Weights,
    confidence_features,
)

Numbers = NDArray[np.float64]

OFF_TOPIC_QUESTIONS = 150
"""At most so many of each file, evenly spread."""
OFF_TOPIC_WEIGHT = 3
SENTENCE_PENALTY = 0.005
CONFIDENCE_PENALTY = 3.0
REFUSED, LOST = 0.98, 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question's sentences with their features, and which of them hold the answer."""

    features: Numbers
    holds: NDArray[np.bool_]
    answerable: bool


async def examples(
    squad: Path, off_topic: Sequence[str], chosen: Iterable[int]
) -> tuple[list[Example], list[Example]]:
    """The file's questions as examples, and the off-topic ones, all through a real search."""
    places = set(chosen)
    data = AnswerSet.load(squad, articles=lambda place: place in places)
    with tempfile.TemporaryDirectory() as folder:
        async with assemble(Settings(data=Path(folder), _env_file=None)) as desk:
            keys = await ingest_texts(desk.ingester, data.paragraphs, DEFAULT_TENANT, silent)
            reader = desk.answerer.reader
            if not isinstance(reader, WeighingReader):
                raise Misconfigured(f"{reader.name!r} has no weights to fit")
            made: list[Example] = []
            others = [Question(id="", text=text, paragraph="", golds=()) for text in off_topic]
            for question in (*data.questions, *others):
                found = await desk.searcher.search(question.text, Scope(tenant=DEFAULT_TENANT))
                weighed = await reader.weigh(question.text, found)
                if weighed.spans:
                    made.append(_example(question, found, weighed, keys))
    return made[: len(made) - len(others)], made[len(made) - len(others) :]


def _example(
    question: Question, found: Sequence[Found], weighed: Weighed, keys: dict[str, list[str]]
) -> Example:
    holds = [
        question.paragraph in keys.get(found[passage].passage.document_id, ())
        and contains(found[passage].passage.text[start:end], question.golds)
        for passage, start, end in weighed.spans
    ]
    return Example(features=weighed.features, holds=np.array(holds, bool), answerable=bool(question.golds))


def fit_sentences(made: Sequence[Example], *, steps: int = 3000, rate: float = 0.1) -> Numbers:
    """The weights under which softmax falls on the sentences that hold the answer."""
    used = [each for each in made if each.holds.any()]
    stacked = np.vstack([each.features for each in used])
    scale = stacked.std(axis=0) + 1e-9
    rows = stacked / scale
    holds = np.concatenate([each.holds for each in used])
    question = np.repeat(np.arange(len(used)), [len(each.holds) for each in used])
    weights = np.zeros(rows.shape[1])
    for _ in range(steps):
        scores = rows @ weights
        scores -= np.maximum.reduceat(scores, np.flatnonzero(np.diff(question, prepend=-1)))[question]
        raw = np.exp(scores)
        chance = raw / np.bincount(question, raw)[question]
        right = raw * holds / np.bincount(question, raw * holds)[question]
        gradient = rows.T @ (chance - right) / len(used) + 2 * SENTENCE_PENALTY * weights
        weights -= rate * gradient
    return np.asarray(weights / scale)


def fit_confidence(rows: Numbers, answerable: NDArray[np.bool_]) -> Numbers:
    """Logistic regression by Newton's method; the first column is one and is not penalised."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    mean[0], scale[0] = 0.0, 1.0
    standard = (rows - mean) / scale
    penalty = np.full(rows.shape[1], CONFIDENCE_PENALTY * len(rows) / 100)
    penalty[0] = 0.0
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-standard @ weights))
        gradient = standard.T @ (chance - answerable) + penalty * weights
        curvature = (standard * (chance * (1 - chance))[:, None]).T @ standard + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curvature, gradient)
    raw = weights / scale
    raw[0] -= float((weights * mean / scale).sum())
    return np.asarray(raw)


def fit(made: Sequence[Example], others: Sequence[Example]) -> Weights:
    """All the weights, and the threshold."""
    sentence = fit_sentences(made)

    def rows(some: Sequence[Example]) -> Numbers:
        return np.array([confidence_features(each.features, each.features @ sentence) for each in some])

    everything = [*made, *(each for each in others for _ in range(OFF_TOPIC_WEIGHT))]
    answerable = np.array([each.answerable for each in everything])
    weights = fit_confidence(rows(everything), answerable)
    refused = np.quantile(rows(others) @ weights, REFUSED)
    kept = np.quantile(rows([each for each in made if each.answerable]) @ weights, LOST)
    return Weights(
        sentence=tuple(np.round(sentence, 5)),
        confidence=tuple(np.round(weights, 5)),
        threshold=round(float(1 / (1 + np.exp(-(refused + kept) / 2))), 4),
    )


def off_topic_questions(path: Path) -> list[str]:
    """The questions of a CSV or JSONL file, thinned out."""
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            texts = [line["text"] for line in csv.DictReader(file)]
        else:
            texts = [json.loads(line)["question"] for line in file]
    return texts[:: max(len(texts) // OFF_TOPIC_QUESTIONS, 1)]


def main() -> int:
    """Fit and write; prints what was learned."""
    arguments = argparse.ArgumentParser(description="Fit the weights of core.weigh.")
    arguments.add_argument("squad", type=Path)
    arguments.add_argument("off_topic", type=Path, nargs="+")
    arguments.add_argument("--articles", choices=("even", "odd", "all"), default="all")
    given = arguments.parse_args()
    chosen = {"even": range(0, 1000, 2), "odd": range(1, 1000, 2), "all": range(1000)}[given.articles]
    off_topic = [text for path in given.off_topic for text in off_topic_questions(path)]
    made, others = asyncio.run(examples(given.squad, off_topic, chosen))
    weights = fit(made, others)
    learned = {
        "features": FEATURES,
        "sentence": weights.sentence,
        "confidence": weights.confidence,
        "threshold": weights.threshold,
        "fitted_on": f"{len(made)} questions ({given.articles} articles), {len(others)} off-topic",
    }
    WEIGHTS.write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")
    print(WEIGHTS.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
