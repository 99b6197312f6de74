"""How well slots are found, on data in the span format of restaurant8k: the F1 of exact places."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from core.errors import UnreadableDocument
from core.slot_tagger import Example, Span, train_tagger
from core.slots import Context, extractor_for

Found = Mapping[str, Sequence[Span]]
TYPED = {"people": "people", "time": "time", "date": "date"}
_NAMED = {"first_name": "first_name", "last_name": "last_name"}
_DAY, _NOW = date(2018, 7, 30), time(12)
_SEES_ASKED = "-if-asked"


def load_slot_examples(path: Path) -> list[Example]:
    """The messages of a file in the span format, in its order.

    Each row has `userInput.text`, `labels` with `slot` and `valueSpan` (whose `startIndex` is 0 when
    absent), and `context.requestedSlots`.

    Raises:
        UnreadableDocument: the file is not in that format.
    """
    try:
        return [_example(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableDocument(f"{str(path)!r} is no file of messages with slots: {error!r}") from error


def _example(row: Mapping[str, Any]) -> Example:
    spans: dict[str, list[Span]] = {}
    for label in row.get("labels", ()):
        place = label["valueSpan"]
        spans.setdefault(str(label["slot"]), []).append(
            (int(place.get("startIndex", 0)), int(place["endIndex"]))
        )
    requested = (row.get("context") or {}).get("requestedSlots") or ()
    return Example(text=str(row["userInput"]["text"]), requested=frozenset(map(str, requested)), spans=spans)


def evaluate_slots(train: Sequence[Example], test: Sequence[Example]) -> dict[str, Any]:
    """The figures of the typed extractors alone, and of a tagger trained on `train` that sees their marks.

    `exact` counts a value whose place is the same sign for sign; `near` one whose place overlaps. Times are
    of the processor, in seconds for the training and in milliseconds for a message.
    """
    began = clock.process_time()
    tagger = train_tagger(train, marks_in)
    trained_s = clock.process_time() - began
    slots = sorted({slot for example in (*train, *test) for slot in example.spans})
    typed = [slot for slot in slots if slot in TYPED]

    def tagged(example: Example) -> Found:
        return tagger.spans(example.text, example.requested, marks_in(example.text, example.requested))

    alone, alone_ms = _timed(test, typed_spans)
    both, both_ms = _timed(test, tagged)
    return {
        "train": len(train),
        "test": len(test),
        "extractors": scores(test, alone, typed) | {"ms": alone_ms},
        "tagger": scores(test, both, slots) | {"train_s": round(trained_s, 1), "ms": both_ms},
    }


def typed_spans(example: Example) -> Found:
    """What the typed extractors find of people, time and date, without any training."""
    return {slot: _places(kind, example.text, slot in example.requested) for slot, kind in TYPED.items()}


def marks_in(text: str, requested: frozenset[str]) -> Found:
    """The marks that the tagger sees: what is found as things stand, and what if each slot were asked for."""
    marks = {slot: _places(kind, text, slot in requested) for slot, kind in (TYPED | _NAMED).items()}
    return marks | {f"{slot}{_SEES_ASKED}": _places(kind, text, True) for slot, kind in TYPED.items()}


def _places(kind: str, text: str, is_asked: bool) -> list[Span]:
    context = Context(today=_DAY, now=_NOW, is_asked=is_asked)
    return sorted({(each.start, each.end) for each in extractor_for(kind).read(text, context)})


def _timed(examples: Sequence[Example], find: Callable[[Example], Found]) -> tuple[list[Found], float]:
    began = clock.process_time()
    found = [find(example) for example in examples]
    return found, round(1000 * (clock.process_time() - began) / max(1, len(examples)), 2)


def scores(examples: Sequence[Example], found: Sequence[Found], slots: Iterable[str]) -> dict[str, Any]:
    """F1 of the values' places, for each slot and over all of them, exact and near."""
    counts = {slot: [0, 0, 0, 0, 0] for slot in slots}
    for example, places in zip(examples, found, strict=True):
        for slot, count in counts.items():
            gold, seen = set(example.spans.get(slot, ())), set(places.get(slot, ()))
            count[0] += len(gold & seen)
            count[1] += len(gold)
            count[2] += len(seen)
            count[3] += sum(any(_overlap(one, other) for other in seen) for one in gold)
            count[4] += sum(any(_overlap(one, other) for other in gold) for one in seen)
    total = [sum(column) for column in zip(*counts.values(), strict=True)] or [0] * 5
    return {slot: _figures(count) for slot, count in (counts | {"all": total}).items()}


def _figures(count: Sequence[int]) -> dict[str, float]:
    same, gold, seen, gold_near, seen_near = count
    recall, precision = gold_near / max(1, gold), seen_near / max(1, seen)
    return {
        "exact": round(2 * same / max(1, gold + seen), 4),
        "precision": round(same / max(1, seen), 4),
        "recall": round(same / max(1, gold), 4),
        "near": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "values": gold,
    }


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
