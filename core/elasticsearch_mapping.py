"""How passages lie in Elasticsearch: names of indexes, their mapping, a passage and its source, a search."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.documents import Document, DocumentId, Passage, PassageId
from core.errors import Misconfigured
from core.language import language_of, telling_words
from core.search import Scope, Vector
from core.tenants import TenantId, tenant_id

LANGUAGES = (
    "english",
    "german",
    "spanish",
    "french",
    "portuguese",
    "italian",
    "russian",
    "greek",
    "arabic",
    "hindi",
)
"""Each has a field with the analyzer of the same name; a passage fills the one of its document's language."""
COMMON_LANGUAGES = LANGUAGES[:6]
"""What a server has that was put together with few analyzers."""
MOST_WORDS = 48
"""Words of a query that are looked for: so many never add up to the `NEAREST_SCORE`."""
NEAREST_SCORE = 2048.0
"""Added to the BM25 of a passage that is among the nearest by meaning."""
HEAD_SCORE = 1e6
"""The score of a document's head that says which passages are not to be seen."""

_PREFIX = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_NO_NAME = re.compile(r"[^a-z0-9.-]+")
_NAMES_AT_MOST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The indexes of one embedding model, one a tenant, and how they are called.

    A tenant's alias names the index in use; that index has a second alias, its door, which
    goes when the index goes: what is written through a door never makes an index anew.
    """

    prefix: str
    model: str
    dimensions: int

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise Misconfigured(
                f"FRONTDESK_ELASTICSEARCH__PREFIX is {self.prefix!r}: use lower-case letters, digits, hyphens"
            )

    @property
    def name(self) -> str:
        """What the names of all its indexes begin with."""
        spelled = _NO_NAME.sub("-", self.model.lower()).strip(".-")[:_NAMES_AT_MOST]
        digest = hashlib.sha256(self.model.encode()).hexdigest()[:8]
        return f"{self.prefix}_{spelled}-{digest}_{self.dimensions}"

    def alias(self, tenant: TenantId) -> str:
        """The alias of the tenant's index in use.

        Raises:
            UnknownTenant: `tenant` is no group id.
        """
        return f"{self.name}_{tenant_id(tenant)}"


def aliases_of(prefix: str, tenant: TenantId | None = None) -> str:
    """A pattern of the aliases of every family; what else it matches, `tenant_of` gives no tenant for."""
    return f"{prefix}_*_*_{tenant_id(tenant) if tenant else '*'}"


def tenant_of(alias: str) -> TenantId | None:
    """The tenant whose alias this is; None for a name of another kind."""
    parts = alias.split("_")
    return TenantId(parts[3]) if len(parts) == 4 else None


def numbered(alias: str, number: int) -> str:
    """The name of the alias's index of that number."""
    return f"{alias}_{number:06d}"


def door_of(index: str) -> str:
    """The alias through which `index` is written."""
    return f"{index}_door"


def mapping(family: Family, tenant: TenantId, *, analyzers: Collection[str] = LANGUAGES) -> dict[str, Any]:
    """What an index of passages and heads is made of; `_meta` says for whom and in which layout.

    A language that has no analyzer among `analyzers` has its words taken as they stand.
    """
    words = {
        name: {
            "type": "text",
            "analyzer": name if name in analyzers else "standard",
            "index_options": "freqs",
        }
        for name in LANGUAGES
    }
    properties: dict[str, Any] = {
        "document_id": {"type": "keyword"},
        "generation": {"type": "keyword"},
        "audience": {"type": "keyword"},
        "labels": {"type": "keyword"},
        "version": {"type": "long"},
        "passages": {"type": "integer"},
        "hidden": {"properties": {"generation": {"type": "keyword"}}},
        "words": {"properties": words},
        "vector": {
            "type": "dense_vector",
            "dims": family.dimensions,
            "index": True,
            "similarity": "dot_product",
            "index_options": {"type": "int8_hnsw", "m": 16, "ef_construction": 100},
        },
    }
    # What is searched is written once: the words stand in `text`, the vector in `half`.
    body = {"dynamic": False, "_source": {"excludes": ["words", "vector"]}, "properties": properties}
    layout = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
    return body | {"_meta": {"model": family.model, "tenant": tenant, "layout": layout}}


def layouts(family: Family, tenant: TenantId) -> set[str]:
    """The layouts an index of today may have, by the analyzers of its server."""
    return {
        mapping(family, tenant, analyzers=analyzers)["_meta"]["layout"]
        for analyzers in (LANGUAGES, COMMON_LANGUAGES)
    }


def unit_rows(vectors: Vector) -> Vector:
    """The rows at a length of 1 to the last bit that counts, as `dot_product` demands."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def passage_source(
    document: Document, passage: Passage, vector: Vector, generation: str, language: str
) -> dict[str, Any]:
    """What is kept of a passage: itself, who may see it, its vector in half precision."""
    return {
        "id": passage.id,
        "document_id": passage.document_id,
        "generation": generation,
        "version": passage.version,
        "audience": document.audience,
        "labels": sorted(document.labels),
        "ordinal": passage.ordinal,
        "title": passage.title,
        "heading": list(passage.heading),
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "language": language,
        "half": half(vector),
    }


def half(vector: Vector) -> str:
    """A vector in half precision, as it is kept."""
    return base64.b64encode(vector.astype(np.float16).tobytes()).decode()


def searchable(source: Mapping[str, Any], vector: Vector) -> dict[str, Any]:
    """The source of a passage with its searched fields, which are indexed and not kept."""
    words = "\n".join((source["title"], " ".join(source["heading"]), source["text"]))
    # Six places are finer than the half precision that is scored with, and half as long to send.
    numbers = np.round(vector.astype(np.float64), 6).tolist()
    return {**source, "words": {source["language"]: words}, "vector": numbers}


def language_of_passages(texts: Sequence[str]) -> str:
    """The language of a document by its first passages, among those that have a field."""
    found = language_of(" ".join(texts[:3]))
    return found if found in LANGUAGES else LANGUAGES[0]


def passage_of(source: Mapping[str, Any]) -> Passage:
    """The passage as it went in."""
    return Passage(
        id=PassageId(source["id"]),
        document_id=DocumentId(source["document_id"]),
        version=source["version"],
        ordinal=source["ordinal"],
        title=source["title"],
        heading=tuple(source["heading"]),
        page=source["page"],
        start=source["start"],
        end=source["end"],
        text=source["text"],
    )


def vectors_of(sources: Sequence[Mapping[str, Any]], dimensions: int) -> Vector:
    """The kept vectors of passages, one a row, in half precision's accuracy."""
    data = b"".join(base64.b64decode(source["half"]) for source in sources)
    return np.frombuffer(data, np.float16).reshape(len(sources), dimensions).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A search as Elasticsearch is asked it."""

    query: str
    vector: Vector
    scope: Scope
    limit: int
    explored: int
    """Passages that the graph of vectors looks at in each shard; more find better and slower."""

    def body(self, *, without: Sequence[str], heads: int, shards: int) -> dict[str, Any]:
        """One search that gives up to `heads` heads with hidden passages, the nearest and the best by words.

        All come from the same moment of each shard. The passages of generations in `without`
        are left out.
        """
        visible = self._visible(without)
        nearest = {
            "field": "vector",
            "query_vector": unit_rows(self.vector.reshape(1, -1))[0].tolist(),
            "k": self.limit,
            "num_candidates": max(self.limit, self.explored),
            "filter": visible,
        }
        either: list[dict[str, Any]] = [
            {"constant_score": {"filter": {"knn": nearest}, "boost": NEAREST_SCORE}},
            *self._by_words(),
        ]
        hiding = {
            "constant_score": {"filter": {"exists": {"field": "hidden.generation"}}, "boost": HEAD_SCORE}
        }
        found = {"bool": {"filter": [visible], "should": either, "minimum_should_match": 1}}
        return {
            "query": {"bool": {"should": [hiding, found]}},
            "size": heads + self.limit * (shards + 1),
            "track_total_hits": False,
        }

    def _by_words(self) -> list[dict[str, Any]]:
        words = " ".join(telling_words(self.query)[:MOST_WORDS])
        if not words:
            return []
        fields = [f"words.{name}" for name in LANGUAGES]
        return [{"multi_match": {"query": words, "type": "most_fields", "fields": fields}}]

    def _visible(self, without: Sequence[str]) -> dict[str, Any]:
        filters: list[dict[str, Any]] = [{"terms": {"audience": sorted(self.scope.audiences)}}]
        if self.scope.documents is not None:
            filters.append({"terms": {"document_id": sorted(self.scope.documents)}})
        if self.scope.labels is not None:
            filters.append({"terms": {"labels": sorted(self.scope.labels)}})
        return {"bool": {"filter": filters, "must_not": [{"terms": {"generation": list(without)}}]}}
