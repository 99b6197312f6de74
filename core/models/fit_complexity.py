"""Fits the weights of `core.complexity` on recorded outcomes, and says how good they are.

    python -m core.models.fit_complexity ROUTING.jsonl [--write]

Each line is `{"question": "...", "target": 1}`: 1 where a small model did well, 0 where it did
not. The figures are means over ten splits: fitted on one half, measured on the other. With
`--write` the fit on all lines becomes `complexity.json`.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from core.complexity import (
    FEATURES,
    START,
    WEIGHTS,
    ComplexityWeights,
    Numbers,
    fit,
    question_features,
)
from core.measures import auroc

SPLITS = 10


def read(path: Path) -> tuple[Numbers, Numbers]:
    """The features of each different question, and the share of its lines that were hard."""
    outcomes: dict[str, list[float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        outcomes.setdefault(" ".join(row["question"].split()), []).append(1.0 - float(row["target"]))
    of_evidence = [0.0] * (len(FEATURES) - len(question_features("")))
    rows = [[*question_features(question), *of_evidence] for question in outcomes]
    return np.array(rows), np.array([float(np.mean(each)) for each in outcomes.values()])


def measured(weights: ComplexityWeights, features: Numbers, is_hard: Numbers) -> tuple[float, float, float]:
    """The area under the ROC curve, and the shares, of all and of the hard, that the large model gets."""
    scores = np.array([weights.score(list(row)) for row in features])
    hard = is_hard >= 0.5
    area = auroc(scores[hard].tolist(), scores[~hard].tolist()) or 0.0
    return (
        area,
        float((scores >= weights.threshold).mean()),
        float((scores[hard] >= weights.threshold).mean()),
    )


def main() -> None:
    """Measure, and write where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    features, is_hard = read(asked.file)
    by_hand, fitted = [], []
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(features))
        one, other = np.array_split(order, 2)
        by_hand.append(measured(START, features[other], is_hard[other]))
        fitted.append(measured(fit(features[one], is_hard[one]), features[other], is_hard[other]))
    names = ("auroc", "share_large", "share_of_hard")
    figures = {
        "questions": len(features),
        "by_hand": dict(zip(names, np.mean(by_hand, axis=0).round(3).tolist(), strict=True)),
        "fitted": dict(zip(names, np.mean(fitted, axis=0).round(3).tolist(), strict=True)),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    if asked.write:
        WEIGHTS.write_text(fit(features, is_hard).as_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
