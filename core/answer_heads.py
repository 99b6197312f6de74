"""What decides whether a kept answer is given again, and which of them a change of a document undoes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.documents import DocumentId
from core.search import Vector

_ROUNDING = 0.002
"""What half precision may take from a cosine, and a little more."""
_BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is known of an answer without its words.

    `words` stands for its question letter by letter, `vector` is that question's. `documents`
    are those it cites, with their versions, and `farthest` is the cosine of the farthest
    passage it cites. `audiences` and `only` say what its asker could see.
    """

    words: str
    vector: Vector
    documents: dict[DocumentId, int]
    audiences: list[str]
    only: list[str] | None
    farthest: float
    ends: int

    @classmethod
    def unpacked(cls, packed: bytes) -> Head:
        """The head that `packed` gave."""
        head, _, vector = packed.partition(b"\n")
        values: dict[str, Any] = json.loads(head)
        return cls(vector=np.frombuffer(vector, np.float16).astype(np.float32), **values)

    def packed(self) -> bytes:
        """The head as it is stored: one line of JSON, and the vector in half precision."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "vector"}
        return json.dumps(values).encode() + b"\n" + np.asarray(self.vector, np.float16).tobytes()

    def is_asked_by(self, words: str, vector: Vector, likeness: float) -> bool:
        """Whether a question of the same form is the same by its letters or its vector."""
        if self.words == words:
            return True
        return self.vector.shape == vector.shape and float(self.vector @ vector) >= likeness

    def could_see(self, document_id: DocumentId, audience: str | None) -> bool:
        """Whether its asker could have been answered from a document; none knows no audience."""
        is_asked = self.only is None or document_id in self.only
        return is_asked and (audience is None or audience in self.audiences)


class Heads:
    """All heads of a tenant, as they were at one moment."""

    def __init__(self, packed: Mapping[bytes, bytes]) -> None:
        self._heads = {name: Head.unpacked(head) for name, head in packed.items()}
        self._farthest = np.array([head.farthest for head in self._heads.values()], np.float32)
        rows: dict[int, list[int]] = {}
        for row, head in enumerate(self._heads.values()):
            rows.setdefault(len(head.vector), []).append(row)
        vectors = [head.vector for head in self._heads.values()]
        self._vectors = {
            size: (np.array(of), np.stack([vectors[row] for row in of])) for size, of in rows.items()
        }

    def dependent(self, document_id: DocumentId, vectors: Vector | None, audience: str | None) -> list[bytes]:
        """The names of the answers that a document undoes, whose new passages have these vectors."""
        near = self._near(vectors)
        return [
            name
            for (name, head), is_near in zip(self._heads.items(), near, strict=True)
            if document_id in head.documents or (is_near and head.could_see(document_id, audience))
        ]

    def _near(self, vectors: Vector | None) -> NDArray[np.bool_]:
        """Which questions are as near to a passage as to the farthest cited; in doubt they are."""
        if vectors is None or not len(vectors):
            return np.zeros(len(self._heads), np.bool_)
        nearest = np.full(len(self._heads), np.nan, np.float32)
        if vectors.shape[1] in self._vectors:
            rows, questions = self._vectors[vectors.shape[1]]
            parts = [vectors[at : at + _BATCH] for at in range(0, len(vectors), _BATCH)]
            nearest[rows] = np.max([(questions @ part.T).max(axis=1) for part in parts], axis=0)
        return ~(nearest < self._farthest - _ROUNDING)
