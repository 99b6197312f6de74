"""A tagger for slots that no pattern finds, such as names: trained from a tenant's own examples in seconds.

For each slot every token is given a label (begins, inside, outside) by a logistic regression over its
word, its neighbours, the slot asked for and what the typed extractors marked; the best allowed row of
labels is found with Viterbi's algorithm (Rabiner 1989, section III.B).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[int, int]
Marker = Callable[[str, frozenset[str]], Mapping[str, Sequence[Span]]]
"""Says where the typed extractors see values: a name of the mark -> places in the text."""

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]|_")
_FIGURE, _OUTLINE = re.compile(r"\d+"), re.compile(r"[^\W\d_A-Z]{4,}")
_OUTSIDE, _BEGINS, _INSIDE = range(3)
_IMPOSSIBLE = -1e9
_MOST_TOKENS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message, the slots that were just asked for, and the places of its slots' values."""

    text: str
    requested: frozenset[str] = frozenset()
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTagger:
    """Finds the values of slots it was trained for; about a millisecond a message."""

    slots: tuple[str, ...]
    features: Mapping[str, int]
    weights: NDArray[np.float32]
    """Shape (slots, features + 1, 3): what each feature adds to each label's score, at last the constant."""

    def spans(
        self, text: str, requested: frozenset[str], marks: Mapping[str, Sequence[Span]]
    ) -> dict[str, list[Span]]:
        """For each slot the places of its values in `text`; `marks` is what the extractors saw in it."""
        tokens = list(_TOKEN.finditer(text))[:_MOST_TOKENS]
        if not tokens:
            return {slot: [] for slot in self.slots}
        known = [
            [self.features[name] for name in names if name in self.features] + [len(self.features)]
            for names in _described(tokens, text, requested, marks)
        ]
        found: dict[str, list[Span]] = {}
        for place, slot in enumerate(self.slots):
            scores = np.stack([self.weights[place][row].sum(axis=0) for row in known])
            found[slot] = list(_spans_of(_best_labels(scores), tokens))
        return found

    def to_bytes(self) -> bytes:
        """The tagger as JSON, for `from_bytes`."""
        names = sorted(self.features, key=lambda name: self.features[name])
        return json.dumps(
            {"slots": self.slots, "features": names, "weights": np.round(self.weights, 4).tolist()}
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SlotTagger:
        """The tagger that `to_bytes` wrote."""
        read = json.loads(data)
        return cls(
            slots=tuple(read["slots"]),
            features={name: place for place, name in enumerate(read["features"])},
            weights=np.asarray(read["weights"], dtype=np.float32),
        )


def train_tagger(
    examples: Sequence[Example],
    marker: Marker,
    *,
    strength: float = 4.0,
    rarest: int = 2,
    eagerness: float = 1.5,
) -> SlotTagger:
    """A tagger for the slots that occur in the examples.

    `strength` is the inverse of the regularisation; features seen fewer than `rarest` times are left out.
    `eagerness` is taken off the score of "outside": few tokens are values, so without it too few are found.
    """
    slots = tuple(sorted({slot for example in examples for slot in example.spans}))
    rows: list[list[str]] = []
    labels: dict[str, list[int]] = {slot: [] for slot in slots}
    for example in examples:
        tokens = list(_TOKEN.finditer(example.text))[:_MOST_TOKENS]
        rows += _described(tokens, example.text, example.requested, marker(example.text, example.requested))
        for slot in slots:
            labels[slot] += [_label(token, example.spans.get(slot, ())) for token in tokens]
    features = _frequent(rows, rarest)
    weights = np.zeros((len(slots), len(features) + 1, 3), dtype=np.float32)
    for place, slot in enumerate(slots):
        weights[place] = _fitted(rows, np.asarray(labels[slot]), features, strength)
        weights[place, -1, _OUTSIDE] -= eagerness
    return SlotTagger(slots=slots, features=features, weights=weights)


def _frequent(rows: Sequence[Sequence[str]], rarest: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        for name in row:
            counts[name] = counts.get(name, 0) + 1
    return {
        name: place for place, name in enumerate(sorted(n for n, count in counts.items() if count >= rarest))
    }


def _fitted(
    rows: Sequence[Sequence[str]], labels: NDArray[np.int64], features: Mapping[str, int], strength: float
) -> NDArray[np.float32]:
    """The weights of one slot, shape (features + 1, 3); a label that never occurs stays impossible."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - heavy, and only for training
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - likewise

    weights = np.zeros((len(features) + 1, 3), dtype=np.float32)
    present = sorted(set(labels.tolist()))
    weights[-1, [label for label in range(3) if label not in present]] = _IMPOSSIBLE
    if len(present) == 1:
        return weights
    columns = [[features[name] for name in row if name in features] for row in rows]
    starts = np.cumsum([0, *map(len, columns)])
    flat = np.asarray([column for row in columns for column in row], dtype=np.int64)
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(features)))
    model = LogisticRegression(C=strength, max_iter=150).fit(matrix, labels)
    if len(present) == 2:
        weights[:-1, present[1]], weights[-1, present[1]] = model.coef_[0], model.intercept_[0]
    else:
        weights[:-1], weights[-1] = model.coef_.T, model.intercept_
    return weights


def _best_labels(scores: NDArray[np.float32]) -> list[int]:
    """The likeliest row of labels in which no "inside" follows an "outside", of scores shaped (tokens, 3)."""
    logs = (scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)).tolist()
    best = [logs[0][_OUTSIDE], logs[0][_BEGINS], _IMPOSSIBLE * 2]
    back: list[list[int]] = []
    for row in logs[1:]:
        free = _OUTSIDE if best[_OUTSIDE] >= max(best[_BEGINS], best[_INSIDE]) else _BEGINS
        if free == _BEGINS and best[_INSIDE] > best[_BEGINS]:
            free = _INSIDE
        held = _BEGINS if best[_BEGINS] >= best[_INSIDE] else _INSIDE
        back.append([free, free, held])
        best = [best[free] + row[_OUTSIDE], best[free] + row[_BEGINS], best[held] + row[_INSIDE]]
    label = max(range(3), key=lambda each: best[each])
    labels = [label]
    for steps in reversed(back):
        label = steps[label]
        labels.append(label)
    return labels[::-1]


def _spans_of(labels: Sequence[int], tokens: Sequence[re.Match[str]]) -> Iterator[Span]:
    start = -1
    for place, (label, token) in enumerate(zip(labels, tokens, strict=True)):
        if label == _BEGINS:
            start = token.start()
        following = labels[place + 1] if place + 1 < len(labels) else _OUTSIDE
        if label != _OUTSIDE and following != _INSIDE:
            yield start, token.end()


def _label(token: re.Match[str], spans: Sequence[Span]) -> int:
    for start, end in spans:
        if token.start() < end and token.end() > start:
            return _BEGINS if token.start() <= start or not _has_token_before(token, start) else _INSIDE
    return _OUTSIDE


def _has_token_before(token: re.Match[str], start: int) -> bool:
    """Whether the span holds a token before this one: a span may begin with a space."""
    return bool(token.string[start : token.start()].strip())


def _described(
    tokens: Sequence[re.Match[str]], text: str, requested: frozenset[str], marks: Mapping[str, Sequence[Span]]
) -> list[list[str]]:
    """The features of each token, as names."""
    asked = sorted(f"asked={slot}" for slot in requested) or ["asked="]
    words = [token[0].lower() for token in tokens]
    shapes = [_shape(token[0]) for token in tokens]
    marked = [_marks_at(token, marks) for token in tokens]
    glued = [
        "~" if not place or text[token.start() - 1].isspace() else "+" for place, token in enumerate(tokens)
    ]
    glued.append("~")
    described = []
    for place, word in enumerate(words):
        near = {
            shift: (words[place + shift], shapes[place + shift])
            if 0 <= place + shift < len(words)
            else ("", "edge")
            for shift in (-3, -2, -1, 1, 2, 3)
        }
        shape = shapes[place]
        row = [f"w={word}", f"s={shape}", f"p={word[:3]}", f"e={word[-3:]}", f"e2={word[-2:]}", *asked]
        row += [f"{one}|{shape}" for one in asked]
        row += [f"{one}|{min(place, 3)}|{min(len(words) - place, 3)}" for one in asked]
        row += [f"{shift}w={pair[0]}" for shift, pair in near.items()]
        row += [f"{shift}s={pair[1]}" for shift, pair in near.items() if abs(shift) < 3]
        row += [
            f"b={near[-1][0]}|{shape}",
            f"bb={near[-2][0]}|{near[-1][0]}|{shape}",
            f"n={shape}|{near[1][1]}",
            f"sb={near[-1][1]}|{shape}|{near[1][1]}",
            f"glue={glued[place]}{glued[place + 1]}|{shape}",
            f"glue={glued[place]}|{word}|{near[1][0]}|{near[-1][1]}",
            f"wn={word}|{near[1][0]}",
            f"place={min(place, 3)}|{min(len(words) - place, 3)}|{shape}",
        ]
        row += marked[place]
        row += [f"{mark}|{one}" for mark in marked[place] for one in asked]
        row += [f"+{mark}" for mark in (marked[place + 1] if place + 1 < len(words) else [])]
        row += [f"-{mark}" for mark in (marked[place - 1] if place else [])]
        described.append(row)
    return described


def _shape(word: str) -> str:
    """The kinds of signs of a word: "Xx" for Jane, "d2" for 12."""
    if word.isdigit():
        return f"d{min(len(word), 5)}"
    if not word[0].isalpha():
        return word
    if word.isupper():
        return "X" if len(word) == 1 else "XX"
    return "Xx" if word[0].isupper() else "x"


def _marks_at(token: re.Match[str], marks: Mapping[str, Sequence[Span]]) -> list[str]:
    found = []
    for name, spans in marks.items():
        for start, end in spans:
            if token.start() < end and token.end() > start:
                edge = f"{'b' if token.start() <= start else 'i'}{'e' if token.end() >= end else ''}"
                outline = _OUTLINE.sub("x", _FIGURE.sub("0", token.string[start:end]))
                found += [f"m={name}|{edge}", f"m={name}|{edge}|{outline[:24]}|{_shape(token[0])}"]
    return found
