"""The form of an FAQ entry: what was typed to a draft and back, and what a customer will see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from core.conversation import Conversation, Exchange
from core.errors import FrontdeskError, Refused
from core.faq import FaqDraft
from core.faq_csv import read_day
from core.messages import Address, Answer, ConversationId
from core.tenants import DEFAULT_TENANT, PUBLIC
from ui.attendance import Talk
from ui.knowledge_calls import FaqCalls
from ui.knowledge_words import FaqWords
from ui.thread import Memory, thread
from ui.words import words_for

FIELDS = (
    "question", "variants", "answer", "owner", "category", "language", "audience", "link", "valid_from",
    "valid_until",
)  # fmt: skip
"""The fields of the form, by the names of their words."""

Typed = Mapping[str, str]
"""What stands in each field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a draft comes to: HTML of what a customer sees, and the draft, or why it is not fit to be one."""

    html: str
    draft: FaqDraft | None = None
    reason: str = ""


def typed_of(draft: FaqDraft) -> dict[str, str]:
    r"""A draft as it stands in the form.

    >>> typed_of(FaqDraft(question="Open?", answer="Yes.", variants=("Are you open?", "Hours?")))["variants"]
    'Are you open?\nHours?'
    """
    return {
        "question": draft.question,
        "variants": "\n".join(draft.variants),
        "answer": draft.answer,
        "owner": draft.owner or "",
        "category": draft.category or "",
        "language": draft.language or "",
        "audience": draft.audience,
        "link": draft.url or "",
        "valid_from": str(draft.valid_from or ""),
        "valid_until": str(draft.valid_until or ""),
    }


def draft_of(words: FaqWords, typed: Typed) -> FaqDraft:
    """What was typed, as a draft that is still to be checked.

    Raises:
        Refused: a day can't be told; the message names the field.
    """
    days = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = read_day(typed.get(name, ""))
        except Refused as error:
            raise Refused(f"{getattr(words, name)}: {error}") from error
    return FaqDraft(
        question=typed.get("question", ""),
        answer=typed.get("answer", ""),
        variants=tuple(typed.get("variants", "").splitlines()),
        owner=typed.get("owner"),
        category=typed.get("category"),
        language=typed.get("language"),
        audience=typed.get("audience") or PUBLIC,
        url=typed.get("link"),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
    )


def preview(words: FaqWords, calls: FaqCalls, typed: Typed, language: str | None) -> Preview:
    """The question and its answer as the customer's page draws them.

    `language` is the one that the admin reads, which counts where the entry names none. What
    is wrong with the rest of the form does not keep its words from being seen.
    """
    title = f'<p class="fd-eyebrow">{escape(words.preview)}</p>'
    if not (typed.get("question", "").strip() and typed.get("answer", "").strip()):
        return Preview(html=f'{title}<p class="fd-empty">{escape(words.preview_empty)}</p>')
    shown, reason, draft = "", "", None
    try:
        plain = FaqDraft(question=typed["question"], answer=typed["answer"], category=typed.get("category"))
        chat = words_for(typed.get("language") or language).chat
        shown = thread(chat, Talk(conversation=_conversation(plain.question, calls.preview(plain))), Memory())
        draft = draft_of(words, typed)
        calls.preview(draft)
    except FrontdeskError as error:
        reason, draft = str(error), None
    drawn = f'<div class="fd-preview" inert>{shown}</div>' if shown else ""
    return Preview(html=title + drawn, draft=draft, reason=reason)


def _conversation(question: str, answer: Answer) -> Conversation:
    moment = datetime.now(UTC)
    asked = Exchange(message_id="preview", text=question, asked_at=moment, answer=answer)
    return Conversation(
        id=ConversationId("preview"),
        tenant=DEFAULT_TENANT,
        address=Address(channel="web"),
        created_at=moment,
        exchanges=(asked,),
    )
