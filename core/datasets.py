"""Data sets in the field's own formats: BEIR folders, SQuAD files, an FAQ with dialogues about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UnreadableDocument
from core.generate import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """A BEIR folder: texts, questions, and which texts are right for which question.

    `history` holds the turns before a question, for those that have some.
    """

    corpus: Mapping[str, tuple[str, str]]
    queries: Mapping[str, str]
    relevant: Mapping[str, Mapping[str, int]]
    history: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> RetrievalSet:
        """The set in `folder`; only questions with a judgement in `qrels/test.tsv` are kept.

        Raises:
            UnreadableDocument: a file is missing or not in the BEIR layout.
        """
        try:
            corpus = {
                str(line["_id"]): (str(line.get("title") or ""), str(line["text"]))
                for line in _lines(folder / "corpus.jsonl")
            }
            relevant: dict[str, dict[str, int]] = {}
            judgements = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
            for query, text, score in (line.split("\t") for line in judgements[1:] if line.strip()):
                if int(score) > 0:
                    relevant.setdefault(query, {})[text] = int(score)
            asked = {
                str(line["_id"]): line
                for line in _lines(folder / "queries.jsonl")
                if str(line["_id"]) in relevant
            }
            queries = {key: str(line["text"]) for key, line in asked.items()}
            history = {
                key: _turns(before)
                for key, line in asked.items()
                if (before := (line.get("metadata") or {}).get("history"))
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableDocument(f"{str(folder)!r} is no BEIR folder: {error!r}") from error
        return cls(corpus=corpus, queries=queries, relevant=relevant, history=history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a paragraph. `golds` is empty when the paragraph does not answer it."""

    id: str
    text: str
    paragraph: str
    golds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSet:
    """A SQuAD file: paragraphs `{key: (title, text)}` and questions about them."""

    paragraphs: Mapping[str, tuple[str, str]]
    questions: Sequence[Question]

    @classmethod
    def load(cls, path: Path, *, articles: Callable[[int], bool] = lambda place: True) -> AnswerSet:
        """The set in `path`, SQuAD 1.1 or 2.0, with questions of the chosen articles only.

        Every paragraph is kept, whichever articles are asked about.

        Raises:
            UnreadableDocument: the file is not SQuAD JSON.
        """
        paragraphs: dict[str, tuple[str, str]] = {}
        questions: list[Question] = []
        try:
            for place, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
                title = str(article.get("title") or f"article {place}").replace("_", " ")
                for number, paragraph in enumerate(article["paragraphs"]):
                    key = f"{place}:{number}"
                    paragraphs[key] = (title, paragraph["context"])
                    if articles(place):
                        questions += (_question(asked, key) for asked in paragraph["qas"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableDocument(f"{str(path)!r} is no SQuAD file: {error!r}") from error
        return cls(paragraphs=paragraphs, questions=questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question of an FAQ with its answer, and the thing it is about."""

    id: str
    entity: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A customer's question, the turns before it, and the ids of the entries that answer it.

    A question that does not seek knowledge has none.
    """

    turns: tuple[Turn, ...]
    question: str
    seeks_knowledge: bool
    knowledge: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueSet:
    """An FAQ, and dialogues that end in a customer's turn, as in the tenth DSTC, track 2."""

    entries: Sequence[Entry]
    dialogues: Sequence[Dialogue]

    @classmethod
    def load(cls, faq: Path, turns: Path) -> DialogueSet:
        """The set of both JSONL files.

        Raises:
            UnreadableDocument: one of them is missing, empty or not in that layout.
        """
        try:
            entries = [
                Entry(
                    id=str(line["_id"]),
                    entity=str(line.get("entity") or ""),
                    question=str(line["question"]),
                    answer=str(line.get("answer") or ""),
                )
                for line in _lines(faq)
            ]
            dialogues = [_dialogue(line) for line in _lines(turns)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise UnreadableDocument(
                f"{str(faq)!r} and {str(turns)!r} are no FAQ with dialogues: {error!r}"
            ) from error
        if not entries or not dialogues:
            raise UnreadableDocument(f"{str(turns if entries else faq)!r} is empty")
        return cls(entries=entries, dialogues=dialogues)


def _dialogue(line: Mapping[str, Any]) -> Dialogue:
    *before, last = _turns(line["turns"])
    return Dialogue(
        turns=tuple(before),
        question=last.text,
        seeks_knowledge=bool(line["seeks_knowledge"]),
        knowledge=frozenset(map(str, line.get("knowledge") or ())),
    )


def _turns(said: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    return tuple(Turn(role=str(turn["role"]), text=str(turn["text"])) for turn in said)


def _question(asked: Mapping[str, Any], paragraph: str) -> Question:
    golds = () if asked.get("is_impossible") else tuple(gold["text"] for gold in asked["answers"])
    return Question(id=str(asked["id"]), text=asked["question"], paragraph=paragraph, golds=golds)


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
