"""Which of a tenant's intents an utterance has, or that it has none of them: trained from examples.

Every intent scores an utterance by kernel ridge regression on its likeness to the examples.
What the same regression says of examples it has not seen, and of intents it has not seen,
shows what belonging looks like and what it does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio.to_thread
import numpy as np

from core.errors import Refused
from core.leave_out import Numbers, Regression, fit
from core.likeness import ROWS_AT_ONCE, Likeness
from core.search import Embedder, Vector

MOST_EXAMPLES = 12_000
"""Training holds the likeness of each example to each: 0.6 GB for so many."""
SHARPEST = 5.0
"""The greatest logarithm that scores are multiplied with on the way to chances."""
ANCHORS = 3
"""So many made-up rows of each kind steady the weights of "none of these" where examples are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something that people say, and what they want by it."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The likeliest intent, its chance among the known ones, and the chance that it is any of them."""

    intent: str
    chance: float
    belongs: float

    @property
    def is_known(self) -> bool:
        """Whether it is likelier one of the known intents than none."""
        return self.belongs >= 0.5


class IntentClassifier:
    """A trained choice between intents. Make one with `train`.

    The same examples in the same order give the same classifier.
    """

    def __init__(self, embedder: Embedder, trained: _Trained) -> None:
        self._embedder = embedder
        self._trained = trained

    @classmethod
    async def train(
        cls,
        embedder: Embedder,
        utterances: Sequence[Utterance],
        *,
        others: Sequence[str] = (),
        moved: Callable[[int, int], None] = lambda done, total: None,
    ) -> IntentClassifier:
        """A classifier of the intents that `utterances` show, two at least.

        The names of the intents are examples too, read as words. `others` are utterances that
        have none of the intents. Blank texts are passed over; of more than 12,000 examples
        the first of each intent are taken, as many of each, and of the others the first 3,000.
        `moved` is told how many of how many examples are embedded.

        Raises:
            Refused: there are fewer than two intents.
        """
        examples = _taken([one for one in dict.fromkeys(utterances) if one.text.strip()])
        names = sorted({one.intent for one in examples})
        if len(names) < 2:
            raise Refused(f"a choice needs examples of two intents or more, and there are {len(names)}")
        strangers = [text for text in dict.fromkeys(others) if text.strip()][: MOST_EXAMPLES // 4]
        texts = [*(one.text for one in examples), *map(_words_of, names), *strangers]
        places = {name: place for place, name in enumerate(names)}
        groups = np.array(
            [*(places[one.intent] for one in examples), *range(len(names)), *(-1 for _ in strangers)]
        )
        blocks = []
        for first in range(0, len(texts), ROWS_AT_ONCE):
            blocks.append(await embedder.embed_passages(texts[first : first + ROWS_AT_ONCE]))
            moved(min(first + ROWS_AT_ONCE, len(texts)), len(texts))
        vectors = np.concatenate(blocks)
        trained = await anyio.to_thread.run_sync(_Trained.fit, tuple(names), texts, groups, vectors)
        return cls(embedder, trained)

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents it knows, in alphabetical order."""
        return self._trained.intents

    async def understand(self, text: str, vector: Vector | None = None) -> Understood:
        """What the utterance wants; `vector` is its `embed_query`, where that is known already."""
        if vector is None:
            vector = await self._embedder.embed_query(text)
        # Short enough for the event loop: 1 to 2 ms for hundreds of examples, 4 for 10,000.
        return self._trained.understand([text], vector[None])[0]

    async def understand_all(self, texts: Sequence[str]) -> list[Understood]:
        """What each utterance wants, in the order of `texts`."""
        found: list[Understood] = []
        for first in range(0, len(texts), ROWS_AT_ONCE):
            some = texts[first : first + ROWS_AT_ONCE]
            vectors = await self._embedder.embed_passages(some)
            found += await anyio.to_thread.run_sync(self._trained.understand, some, vectors)
        return found


@dataclass(frozen=True, slots=True)
class _Trained:
    """What training leaves: the examples, the regression, and how its scores become chances.

    `strangers` is how many examples, the last ones, are of no intent.
    """

    intents: tuple[str, ...]
    likeness: Likeness
    strangers: int
    coefficients: Vector
    sharpness: float
    belonging: Vector

    @classmethod
    def fit(
        cls, intents: tuple[str, ...], texts: Sequence[str], groups: Numbers, vectors: Vector
    ) -> _Trained:
        likeness = Likeness.of(texts, vectors)
        between = np.empty((len(texts), len(texts)), np.float32)
        nearest, nearest_other = np.empty((2, len(texts)), np.float32)
        first = 0
        for rows in likeness.among_examples():
            here = np.arange(first, first + len(rows))
            between[here] = rows
            nearest[here], nearest_other[here] = _nearest(rows, here, groups)
            first += len(rows)
        regression = fit(between, groups, len(intents))
        return cls(
            intents,
            likeness,
            int((groups < 0).sum()),
            regression.coefficients,
            _sharpness(regression.without_itself, groups),
            _belonging(regression, groups, nearest, nearest_other),
        )

    def understand(self, texts: Sequence[str], vectors: Vector) -> list[Understood]:
        alike = self.likeness.to(texts, vectors)
        scores = alike @ self.coefficients
        best = scores.argmax(axis=1)
        nearest = alike[:, : alike.shape[1] - self.strangers].max(axis=1)
        features = np.stack([scores.max(axis=1), nearest, np.ones(len(texts))], axis=1)
        belongs = 1 / (1 + np.exp(-(features @ self.belonging)))
        chances = _softmax(scores * self.sharpness).max(axis=1)
        return [
            Understood(
                intent=self.intents[place],
                chance=float(chance),
                belongs=float(share) if text.strip() else 0.0,
            )
            for text, place, chance, share in zip(texts, best, chances, belongs, strict=True)
        ]


def _nearest(rows: Vector, here: Numbers, groups: Numbers) -> tuple[Vector, Vector]:
    """The likeness of the nearest other example, and of the nearest of another intent.

    Examples of no intent are near to nobody.
    """
    among = np.where(groups < 0, np.float32(0), rows)
    others = np.where(groups[here][:, None] == groups, np.float32(0), among)
    among[np.arange(len(here)), here] = 0
    return among.max(axis=1), others.max(axis=1)


def _sharpness(scores: Vector, groups: Numbers) -> float:
    """What to multiply scores with, so that their softmax gives chances: the likeliest on unseen examples."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - a tenth of a second at import

    known = groups >= 0
    scores, right = scores[known], groups[known]

    def surprise(sharp: float) -> float:
        chances = _softmax(scores * np.exp(sharp))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(0.0, SHARPEST), method="bounded").x))


def _belonging(regression: Regression, groups: Numbers, nearest: Vector, nearest_other: Vector) -> Vector:
    """Weights of the best score, of the nearest example's likeness and of 1 for "any of these".

    A logistic regression: examples left out alone belong, those left out with their whole
    intent do not, nor do examples of no intent. Both sides weigh alike. The anchors are what
    must hold whatever the examples: what is an example belongs, what is like nothing does not.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second at import

    known = groups >= 0
    left = regression.without_its_group.copy()
    left[known, groups[known]] = -np.inf
    inside = np.stack([regression.without_itself.max(axis=1), nearest], axis=1)[known]
    outside = np.stack([left.max(axis=1), nearest_other], axis=1)
    is_in, is_out = np.ones((ANCHORS, 2)), np.zeros((ANCHORS, 2))
    belongs = np.repeat([1, 1, 0, 0], [len(inside), ANCHORS, len(outside), ANCHORS])
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    model.fit(np.concatenate([inside, is_in, outside, is_out]), belongs)
    return np.concatenate([model.coef_[0], model.intercept_])


def _softmax(scores: Vector) -> Vector:
    lifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(lifted / lifted.sum(axis=1, keepdims=True))


def _taken(examples: Sequence[Utterance]) -> list[Utterance]:
    """All of them or, where they are too many, the first of each intent, as many of each."""
    counts = Counter(one.intent for one in examples)
    most = max(counts.values(), default=0)
    while most > 1 and sum(min(most, count) for count in counts.values()) > MOST_EXAMPLES:
        most = most * 9 // 10
    seen: Counter[str] = Counter()
    taken = []
    for one in examples:
        seen[one.intent] += 1
        if seen[one.intent] <= most:
            taken.append(one)
    return taken


def _words_of(name: str) -> str:
    """A name such as `card_arrival` or `Refund-not_showing` as words.

    >>> _words_of("card_arrival"), _words_of("Refund-not_showing")
    ('card arrival', 'Refund not showing')
    """
    return " ".join(name.replace("_", " ").replace("-", " ").split())
