"""The evidence reader that ships with the desk: every sentence weighed by six measures of the question.

Token by token, as in late interaction (Khattab and Zaharia, 2020, "ColBERT"), but with the
vectors of the embedder that searches anyway, and with words, names and the kind of answer
asked for beside them. The weights are fitted by `core.models.fit`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.evidence import Evidence, Sentence
from core.language import language_of, stemmer, stop_words
from core.question import asked_for, names_in, offers
from core.remembering import TokenEmbedder
from core.search import Found, TokenVectors, Vector
from core.sentences import sentences

WEIGHTS = Path(__file__).parent / "models" / "evidence.json"
FEATURES = ("near", "words", "late", "least", "kind", "names", "hybrid")
_WORD = re.compile(r"\w+(?:[.,]\d+)*")

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a fit found: weights of the sentence score and of the confidence, and the threshold."""

    sentence: tuple[float, ...]
    confidence: tuple[float, ...]
    threshold: float

    @classmethod
    def shipped(cls) -> Weights:
        """The weights in the tree."""
        read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        return cls(
            sentence=tuple(read["sentence"]),
            confidence=tuple(read["confidence"]),
            threshold=read["threshold"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The sentences of some passages, each with its features, in reading order."""

    spans: Sequence[tuple[int, int, int]]
    """Passage (from 0), start and end characters of each sentence."""
    features: Features
    """Shape (sentences, features)."""


class WeighingReader:
    """Puts the sentences that answer first, and the passages that hold them."""

    name = "weighing"

    def __init__(self, embedder: TokenEmbedder, weights: Weights, *, passages: int = 8) -> None:
        self._embedder = embedder
        self._weights = weights
        self._passages = passages

    async def read(self, question: str, found: Sequence[Found]) -> Evidence:
        """The best passages in a better order, their sentences and the confidence."""
        weighed = await self.weigh(question, found)
        found = found[: self._passages]
        if not weighed.spans:
            return Evidence(passages=found, sentences=(), confidence=0.0)
        scores = weighed.features @ np.array(self._weights.sentence)
        chances = np.exp(scores - scores.max()) * _may_answer(weighed.spans, found)
        chances /= chances.sum()
        shares = np.zeros(len(found))
        np.add.at(shares, [passage for passage, _, _ in weighed.spans], chances)
        # A cross-encoder that has read question and passage together knows their order better.
        is_ordered = bool(found) and all("rerank" in each.stages for each in found)
        order = sorted(range(len(found)), key=lambda place: place if is_ordered else -shares[place])
        place_of = {passage: place for place, passage in enumerate(order)}
        return Evidence(
            passages=[
                replace(
                    found[old],
                    score=float(shares[old]),
                    stages={"rerank": float(shares[old]), **found[old].stages},
                )
                for old in order
            ],
            sentences=[
                Sentence(passage=place_of[passage], start=start, end=end, score=float(chance))
                for (passage, start, end), chance in zip(weighed.spans, chances, strict=True)
            ],
            confidence=confidence(weighed.features, scores, self._weights),
        )

    async def weigh(self, question: str, found: Sequence[Found]) -> Weighed:
        """The features of every sentence of the best passages; all tell how rare a word is."""
        texts = [each.passage.text for each in found]
        found = found[: self._passages]
        if not found:
            return Weighed(spans=(), features=np.empty((0, len(FEATURES))))
        asked, *read = await self._embedder.embed_tokens(
            [question, *(_headed(each) + each.passage.text for each in found)]
        )
        query = _Query.of(question, asked, texts)
        # One product for all passages: many small ones cost more than they compute.
        near = query.tokens.vectors @ np.vstack([tokens.vectors for tokens in read]).T
        ends = np.cumsum([len(tokens.places) for tokens in read])[:-1]
        spans: list[tuple[int, int, int]] = []
        rows: list[Features] = []
        for place, (each, tokens, part) in enumerate(
            zip(found, read, np.split(near, ends, axis=1), strict=True)
        ):
            cut = sentences(each.passage.text)
            spans += ((place, start, end) for start, end in cut)
            if cut:
                rows.append(_passage_features(query, each, tokens, part, cut))
        return Weighed(spans=spans, features=np.vstack(rows) if rows else np.empty((0, len(FEATURES))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """A question taken apart: its telling words, their weights, and which tokens spell each."""

    text: str
    vector: Vector
    tokens: TokenVectors
    stems: tuple[str, ...]
    rarity: Features
    groups: tuple[NDArray[np.int64], ...]
    kind: str
    names: frozenset[str]
    language: str

    @classmethod
    def of(cls, question: str, tokens: TokenVectors, texts: Sequence[str]) -> _Query:
        language = language_of(question)
        stop = stop_words(language)
        stem = stemmer(language if language in ("spanish", "french", "german") else "english")
        words = [match for match in _WORD.finditer(question) if match.group().lower() not in stop] or list(
            _WORD.finditer(question)
        )
        groups, stems = [], []
        for word in words:
            inside = (tokens.places[:, 0] >= word.start()) & (tokens.places[:, 1] <= word.end())
            if inside.any():
                groups.append(np.flatnonzero(inside))
                stems.append(stem(word.group().lower()))
        lower = [text.lower() for text in texts]
        held = np.array([sum(stem in text for text in lower) for stem in stems])
        rarity = np.log1p((len(texts) - held + 0.5) / (held + 0.5))
        return cls(
            text=question,
            vector=_pooled(tokens.vectors),
            tokens=tokens,
            stems=tuple(stems),
            rarity=rarity,
            groups=tuple(groups),
            kind=asked_for(question),
            names=names_in(question),
            language=language,
        )


def _passage_features(
    query: _Query, found: Found, tokens: TokenVectors, near: Vector, cut: Sequence[tuple[int, int]]
) -> Features:
    text, heading = found.passage.text, _headed(found)
    places = tokens.places - len(heading)
    inside = [(places[:, 0] >= start) & (places[:, 1] <= end) for start, end in cut]
    stems = [_stems(text[start:end], query.language) for start, end in cut]
    above = _stems(heading, query.language)
    whole = (heading + text).lower()
    late, _ = _late(query, near, np.ones(len(places), bool))
    missing = sum(name not in whole for name in query.names) / max(len(query.names), 1)
    rows = []
    for place, ((start, end), mask) in enumerate(zip(cut, inside, strict=True)):
        window = above.union(*stems[max(place - 1, 0) : place + 2])
        rows.append(
            (
                float(_pooled(tokens.vectors[mask]) @ query.vector) if mask.any() else 0.0,
                _share(query, window),
                late,
                _late(query, near, mask)[1],
                offers(query.kind, text[start:end], query.text),
                missing,
                found.score,
            )
        )
    return np.array(rows)


def _headed(found: Found) -> str:
    """The passage's headings in front of its words, so that its tokens are read in their light."""
    return "".join(f"{heading}\n" for heading in found.passage.heading)


def _may_answer(spans: Sequence[tuple[int, int, int]], found: Sequence[Found]) -> Features:
    """1 for each sentence that states something; next to nothing for one that asks, as in a FAQ."""
    asks = np.array([found[place].passage.text[:end].endswith(("?", "？")) for place, _, end in spans])
    return np.where(asks, 1e-3, 1.0)


def _late(query: _Query, near: Vector, allowed: NDArray[np.bool_]) -> tuple[float, float]:
    """How near each of the question's words comes to some allowed token: weighted mean, and least."""
    if not query.groups or not allowed.any():
        return 0.0, 0.0
    best = near[:, allowed].max(axis=1)
    each = np.array([best[group].mean() for group in query.groups])
    return float(each @ query.rarity / query.rarity.sum()), float(each.min())


def _share(query: _Query, stems: frozenset[str]) -> float:
    if not query.stems:
        return 0.0
    held = np.array([stem in stems for stem in query.stems])
    return float(query.rarity[held].sum() / query.rarity.sum())


def _stems(text: str, language: str) -> frozenset[str]:
    stem = stemmer(language if language in ("spanish", "french", "german") else "english")
    return frozenset(stem(word.lower()) for word in _WORD.findall(text))


def _pooled(vectors: Vector) -> Vector:
    if not len(vectors):
        return np.zeros(vectors.shape[1], np.float32)
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def confidence_features(features: Features, scores: Features) -> Features:
    """What the confidence is made of: the best sentence's features, the highest of some, and its lead."""
    best = int(scores.argmax())
    lead = -np.log(np.exp(scores - scores.max()).sum())
    return np.concatenate([[1.0], features[best], features[:, [0, 2, 3]].max(axis=0), [lead]])


def confidence(features: Features, scores: Features, weights: Weights) -> float:
    """The chance, 0 to 1, that the passages hold the answer."""
    odds = confidence_features(features, scores) @ np.array(weights.confidence)
    return float(1 / (1 + np.exp(-odds)))
