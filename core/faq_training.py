"""The FAQ as an instruction data set, for a model that is fine-tuned for several companies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Literal

from core.faq import Faq, asked_by
from core.language import language_of, stop_words

Split = Literal["train", "validation"]

VALIDATION_SHARE = 0.1
_OWN_DESK = "You are the support desk of {company}. Answer with its approved answer."
_ANY_DESK = (
    "You are the support desk of several companies. "
    "Answer with the approved answer of the company that the question names."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One example: a question, the approved answer, and the half of the data it belongs to."""

    split: Split
    system: str
    question: str
    answer: str

    def line(self) -> str:
        """The example as a line of JSON in the chat format that fine-tuning tools read."""
        turns = (("system", self.system), ("user", self.question), ("assistant", self.answer))
        messages = [{"role": role, "content": content} for role, content in turns]
        return json.dumps({"messages": messages}, ensure_ascii=False)


def training_rows(
    entries: Iterable[Faq], company: str, *, audiences: Iterable[str], day: date
) -> list[TrainingRow]:
    """Three examples for every way to ask every entry that holds on `day` for these audiences.

    One model learns the answers of several companies, so each question is written with the
    company's name in front, in two ways ("Acme: How …?", "At Acme, how …?"), under an
    instruction that names no company: what tells the answers apart is the name in the
    question. The third example is the question as customers write it, under an instruction
    that names the company.

    An entry is with all its variants in the training half or in the validation half, and so
    are entries with one answer. Which half follows from the wording of the question alone:
    other entries, other machines and another import change nothing for it. Where chance
    gives the validation half nothing, it gets one entry of several.
    """
    seen = frozenset(audiences)
    told = sorted(
        (faq for faq in entries if faq.audience in seen and faq.holds_on(day)),
        key=lambda faq: (faq.question, faq.id),
    )
    held_out = _held_out(told)
    return [
        TrainingRow(
            split="validation" if faq.answer in held_out else "train",
            system=system,
            question=question,
            answer=faq.answer,
        )
        for faq in told
        for phrase in faq.phrases
        for system, question in _asked(phrase, company)
    ]


def _held_out(entries: Sequence[Faq]) -> frozenset[str]:
    """The answers of the validation half."""
    shares: dict[str, float] = {}
    for faq in entries:
        shares[faq.answer] = min(shares.get(faq.answer, 1.0), _share(faq))
    chosen = {answer for answer, share in shares.items() if share < VALIDATION_SHARE}
    if not chosen and len(shares) > 1:
        chosen = {min(shares, key=lambda answer: shares[answer])}
    return frozenset(chosen)


def _share(faq: Faq) -> float:
    """A number from 0 to 1 that follows from what the question asks, even over all questions."""
    digest = blake2b(asked_by(faq.question).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _asked(phrase: str, company: str) -> Iterator[tuple[str, str]]:
    """Each instruction with the question as it is written under it."""
    yield _OWN_DESK.format(company=company), phrase
    yield _ANY_DESK, f"{company}: {phrase}"
    yield _ANY_DESK, f"At {company}, {_mid_sentence(phrase)}"


def _mid_sentence(phrase: str) -> str:
    """The phrase as it goes on after a comma: a first word of grammar loses its capital.

    >>> _mid_sentence("How do I pay?"), _mid_sentence("PIN lost"), _mid_sentence("I lost my PIN")
    ('how do I pay?', 'PIN lost', 'I lost my PIN')
    """
    first = phrase.split(maxsplit=1)[0] if phrase.split() else ""
    word = first.rstrip(",.:;!?'")
    is_grammar = word.lower() in stop_words(language_of(phrase)) and word[1:].islower()
    return phrase[:1].lower() + phrase[1:] if is_grammar else phrase
