"""How well intents are told apart, and what is none of them: `eval intents`."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import Refused, UnreadableDocument
from core.intents import IntentClassifier, Understood, Utterance
from core.measures import auroc, percentile
from core.search import Embedder

TEXT_COLUMNS = ("text", "utterance", "question")
INTENT_COLUMNS = ("category", "intent", "label")


def load_utterances(file: Path) -> list[Utterance]:
    """The rows of a CSV with a header: a column `text` and one `category`, `intent` or `label`.

    Rows that lack either are passed over.

    Raises:
        UnreadableDocument: the file is missing, is no CSV, lacks a column or has no rows.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines)
            text, intent = (_column(file, rows, names) for names in (TEXT_COLUMNS, INTENT_COLUMNS))
            pairs = [((row[text] or "").strip(), (row[intent] or "").strip()) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableDocument(f"{str(file)!r} is no CSV of utterances and intents: {error}") from error
    read = [Utterance(text=words, intent=name) for words, name in pairs if words and name]
    if not read:
        raise UnreadableDocument(f"{str(file)!r} has no row with a text and its intent")
    return read


def first_of_each(utterances: Sequence[Utterance], most: int) -> list[Utterance]:
    """The first `most` of each intent, in their order."""
    seen: Counter[str] = Counter()
    kept = []
    for one in utterances:
        seen[one.intent] += 1
        if seen[one.intent] <= most:
            kept.append(one)
    return kept


def without_some_intents(utterances: Sequence[Utterance], count: int) -> list[Utterance]:
    """The utterances without `count` of their intents, evenly spread over the alphabet.

    Raises:
        Refused: fewer than two intents would be left.

    >>> some = [Utterance(text=name, intent=name) for name in "abcdef"]
    >>> "".join(one.text for one in without_some_intents(some, 2))
    'bcef'
    """
    names = sorted({one.intent for one in utterances})
    if len(names) - count < 2:
        raise Refused(f"leaving {count} of {len(names)} intents out leaves no choice; leave fewer out")
    out = {names[place * len(names) // count] for place in range(count)}
    return [one for one in utterances if one.intent not in out]


async def evaluate_intents(
    embedder: Embedder,
    train: Sequence[Utterance],
    test: Sequence[Utterance],
    watch: Callable[[str], Callable[[int, int], None]],
) -> dict[str, Any]:
    """Train on one set and measure on the other.

    `watch` opens a bar under a name and gives what moves it: how many of how many.

    A test intent that the training set lacks is out of scope: `oos_recall` and
    `oos_precision` say how many of those are found, and how many of those found are such;
    `auroc` how well the chance of belonging tells them from the others. `accuracy` and
    `macro_f1` are over the others, whatever that chance; `kept_rate` is the share of them
    that is taken for known. Shares are 0 to 1, and None where there is nothing to count;
    times are of one message, embedded and understood, in milliseconds.

    Raises:
        Refused: the training set has fewer than two intents.
    """
    began = time.perf_counter()
    classifier = await IntentClassifier.train(embedder, train, moved=watch("learning"))
    trained = time.perf_counter() - began
    given: list[tuple[str, Understood]] = []
    spent: list[float] = []
    moved = watch("understanding")
    for one in test:
        began = time.perf_counter()
        given.append((one.intent, await classifier.understand(one.text)))
        spent.append((time.perf_counter() - began) * 1000)
        moved(len(given), len(test))
    return {
        "train": len(train),
        "test": len(test),
        "intents": len(classifier.intents),
        **_figures(given, set(classifier.intents)),
        "p50_ms": percentile(spent, 50),
        "p95_ms": percentile(spent, 95),
        "train_s": round(trained, 2),
    }


def _figures(given: Sequence[tuple[str, Understood]], known: set[str]) -> dict[str, float | None]:
    inside = [(intent, each) for intent, each in given if intent in known]
    outside = [each for intent, each in given if intent not in known]
    refused = sum(not each.is_known for each in outside)
    all_refused = sum(not each.is_known for _, each in given)
    return {
        "accuracy": _share(sum(intent == each.intent for intent, each in inside), len(inside)),
        "macro_f1": _macro_f1([(intent, each.intent) for intent, each in inside]),
        "oos_recall": _share(refused, len(outside)),
        "oos_precision": _share(refused, all_refused) if outside else None,
        "auroc": _rounded(auroc([each.belongs for _, each in inside], [each.belongs for each in outside])),
        "kept_rate": _share(sum(each.is_known for _, each in inside), len(inside)),
    }


def _column(file: Path, rows: csv.DictReader[str], names: Sequence[str]) -> str:
    there = rows.fieldnames or ()
    found = next((name for name in names if name in there), None)
    if found is None:
        wanted = f"{', '.join(names[:-1])} or {names[-1]}"
        first = ", ".join(map(repr, there)) or "empty"
        raise UnreadableDocument(f"{str(file)!r} needs a column {wanted}, and its first line is {first:.200}")
    return found


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """The mean, over the intents in the test, of the harmonic mean of precision and recall."""
    right = Counter(wanted for wanted, got in pairs if wanted == got)
    wanted, got = Counter(wanted for wanted, _ in pairs), Counter(got for _, got in pairs)
    scores = [2 * right[name] / (wanted[name] + got[name]) for name in wanted]
    return _rounded(sum(scores) / len(scores)) if scores else None


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
