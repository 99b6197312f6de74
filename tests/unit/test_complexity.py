"""How hard a question looks: what raises the score, what a fit learns, and what it must not forget."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complexity import FEATURES, START, WEIGHTS, ComplexityWeights, features_of, fit, question_features
from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, Sentence
from core.generate import Task
from core.models import fit_complexity
from core.search import Found

SHIPPED = ComplexityWeights.shipped()
PLAIN = "When do you open?"


def found(text: str, document: str = "d") -> Found:
    passage = Passage(
        id=PassageId(text[:8]), document_id=DocumentId(document), version=1, ordinal=0, title="Help",
        heading=(), page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Found(passage=passage, score=1.0)


def evidence(*scores: float, confidence: float = 0.9, documents: str = "aaaa") -> Evidence:
    texts = ["The shop opens at nine and closes at six on all days."] * len(scores)
    return Evidence(
        passages=[found(text, name) for text, name in zip(texts, documents, strict=False)],
        sentences=[
            Sentence(passage=place, start=0, end=len(text), score=score)
            for place, (text, score) in enumerate(zip(texts, scores, strict=True))
        ],
        confidence=confidence,
    )


def score(question: str, read: Evidence | None = None) -> float:
    return SHIPPED.score(features_of(Task(question=question, passages=[], evidence=read)))


@pytest.mark.parametrize(
    "harder",
    [
        "Why do you close so early, and what can I do if I only have time in the evening?",
        "What is the difference between standard and express shipping, and which one is better for glass?",
        "Explain the steps to set up the account, and give an example.",
        "Warum ist der Versand so teuer, und was kann ich tun, wenn das Paket nicht ankommt?",
        "¿Cuál es la diferencia entre los dos planes y cuál es mejor si viajo mucho?",
        "Pourquoi ma commande est-elle en retard, et que faire si elle n'arrive pas ?",
    ],
)
def test_reasons_comparisons_conditions_and_many_clauses_look_hard(harder: str) -> None:
    assert score(harder) > score(PLAIN)


def test_a_plain_question_goes_to_the_small_model_and_a_tangle_to_the_large_one() -> None:
    assert score(PLAIN, evidence(0.9, 0.05)) < SHIPPED.threshold
    tangle = (
        "Could you explain, with an example, what the difference between the two contracts is, and why the "
        "fee changes if I cancel early, but not when I move, and what happens to my deposit?"
    )
    assert score(tangle, evidence(0.3, 0.3, 0.2, 0.2, documents="abcd", confidence=0.4)) >= SHIPPED.threshold


@pytest.mark.parametrize(
    "harder",
    [
        evidence(0.9, 0.05, confidence=0.3),
        evidence(0.5, 0.45, documents="ab"),
        evidence(0.3, 0.3, 0.2, 0.2),
    ],
    ids=["doubtful", "in two documents", "spread"],
)
def test_evidence_that_is_doubtful_or_scattered_looks_hard(harder: Evidence) -> None:
    assert score(PLAIN, harder) > score(PLAIN, evidence(0.9, 0.05))


def test_a_question_in_another_language_than_its_evidence_looks_hard() -> None:
    names = dict(
        zip(
            FEATURES,
            features_of(Task(question="¿Cuándo abren la tienda?", passages=[], evidence=evidence(0.9))),
            strict=True,
        )
    )
    assert names["foreign"] == 1.0


@given(st.text(max_size=300), st.lists(st.floats(0, 1), max_size=6), st.floats(0, 1))
def test_every_measure_is_a_number_from_zero_to_one(text: str, scores: list[float], sure: float) -> None:
    read = evidence(*scores, confidence=sure, documents="abcabc")
    measured = features_of(Task(question=text, passages=[], evidence=read))
    assert len(measured) == len(FEATURES)
    assert all(0 <= each <= 1 and math.isfinite(each) for each in measured)
    assert 0 <= SHIPPED.score(measured) <= 1


def outcomes(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Bare questions of which the long ones were hard, as a generator with a seed deals them."""
    dice = np.random.default_rng(3)
    rows = np.zeros((count, len(FEATURES)))
    rows[:, 0] = dice.random(count)
    rows[:, 4] = dice.integers(0, 2, count)
    hard = (dice.random(count) < 1 / (1 + np.exp(-(8 * rows[:, 0] - 4)))).astype(float)
    return rows, hard


def test_a_fit_finds_what_made_questions_hard() -> None:
    fitted = fit(*outcomes(), penalty=1.0)
    assert fitted.weights[0] > 4
    assert abs(fitted.weights[4]) < 1
    assert fitted.fitted_on == "400 questions"


def test_what_a_fit_saw_nothing_of_keeps_its_weight() -> None:
    assert fit(*outcomes()).weights[8:] == START.weights[8:]


def test_few_outcomes_move_the_weights_little() -> None:
    rows, hard = outcomes(8)
    moved = np.abs(np.array(fit(rows, hard).weights) - START.weights)
    assert moved.max() < 0.3


def test_outcomes_of_one_kind_do_no_harm() -> None:
    fitted = fit(np.zeros((5, len(FEATURES))), np.zeros(5))
    assert all(math.isfinite(weight) for weight in (fitted.bias, *fitted.weights))
    assert fitted.score(question_features(PLAIN) + (0.0,) * 4) < 0.3


def test_the_shipped_weights_are_read_as_they_were_written() -> None:
    assert SHIPPED.as_json() == WEIGHTS.read_text(encoding="utf-8")


def test_the_fit_on_a_file_says_how_good_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hard = "Why is it late, and what is the difference between the two, if I may ask, number {}?"
    lines = [
        {"question": hard.format(n) if n % 3 == 0 else f"When is {n}?", "target": n % 3 != 0}
        for n in range(90)
    ]
    file, written = tmp_path / "routing.jsonl", tmp_path / "complexity.json"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["fit_complexity", str(file), "--write"])
    monkeypatch.setattr(fit_complexity, "WEIGHTS", written)
    fit_complexity.main()
    shown = json.loads(capsys.readouterr().out)
    assert shown["questions"] == 90
    assert shown["fitted"]["auroc"] == 1.0
    assert json.loads(written.read_text(encoding="utf-8"))["fitted_on"] == "90 questions"
