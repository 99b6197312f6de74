"""The HTML of the admin's documents: the table with what can be done to each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import PurePath

from core.documents import Document, DocumentStatus
from core.progress import eta
from core.tenants import PUBLIC, STAFF
from ui.words import AdminWords

MOST_ROWS = 200
_STAGES = frozenset({"reading", "embedding", "indexing"})


def table(words: AdminWords, documents: Sequence[Document], *, wanted: str = "", sure: str = "") -> str:
    """The documents that match `wanted`; the one with the id `sure` asks whether to delete it."""
    if not documents:
        return f'<p class="fd-empty">{escape(words.no_documents)}</p>'
    matching = [document for document in documents if _matches(words, document, wanted)]
    if not matching:
        return f'<p class="fd-empty">{escape(words.no_match)}</p>'
    rows = "".join(_row(words, document, is_sure=document.id == sure) for document in matching[:MOST_ROWS])
    more = len(matching) - MOST_ROWS
    rest = f'<p class="fd-hint">{escape(words.more_rows.format(count=more))}</p>' if more > 0 else ""
    heads = "".join(
        f'<th scope="col"{" class=fd-right" if is_right else ""}>{escape(head)}</th>'
        for head, is_right in (
            (words.name, False),
            (words.status, False),
            (words.passages, True),
            (words.size, True),
            (words.audience, False),
            (words.version, True),
            (words.updated, True),
            (words.actions, True),
        )
    )
    return (
        f'<div class="fd-table" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{rest}"
    )


def is_moving(documents: Sequence[Document]) -> bool:
    """Whether any of them is still on its way."""
    return any(document.status in {DocumentStatus.QUEUED, DocumentStatus.READING} for document in documents)


def size(size_bytes: int) -> str:
    """A size for people.

    >>> size(900), size(20_480), size(3_670_016)
    ('900 B', '20 kB', '3.5 MB')
    """
    if size_bytes < 1024:
        return f"{size_bytes} B"
    if size_bytes < 1024 * 1024:
        return f"{size_bytes / 1024:.0f} kB"
    return f"{size_bytes / 1024 / 1024:.1f} MB"


def _matches(words: AdminWords, document: Document, wanted: str) -> bool:
    known = " ".join((document.name, *document.labels, _status(words, document), _audience(words, document)))
    return all(part in known.casefold() for part in wanted.casefold().split())


def _row(words: AdminWords, document: Document, *, is_sure: bool) -> str:
    name = escape(document.name)
    begin = (
        f'<tr data-name="{name}"><td><div class="fd-name">{_type(document)}'
        f"<div>{name}{_labels(document)}</div></div></td>"
    )
    if is_sure:
        return f'{begin}<td colspan="7">{_sure(words, document)}</td></tr>'
    why = f'<tr class="fd-why"><td colspan="8">{escape(document.reason)}</td></tr>' if document.reason else ""
    status = f'<span class="fd-badge fd-{document.status}">{escape(_status(words, document))}</span>'
    return (
        f'{begin}<td>{status}{_progress(words, document)}</td><td class="fd-right">{document.passages}</td>'
        f'<td class="fd-right">{size(document.size_bytes)}</td><td>{escape(_audience(words, document))}</td>'
        f'<td class="fd-right">{document.version}</td><td class="fd-right">{_when(document.updated_at)}</td>'
        f"<td>{_actions(words, document)}</td></tr>{why}"
    )


def _actions(words: AdminWords, document: Document) -> str:
    links = [_link(document, "replace", words.replace), _link(document, "sure", words.delete, "fd-bad")]
    if document.status is DocumentStatus.REFUSED:
        links.insert(0, _link(document, "retry", words.retry))
    if document.status is DocumentStatus.READY:
        where = f"/sources/{escape(document.id)}"
        says = escape(words.view_text)
        links.insert(0, f'<a class="fd-link" href="{where}" target="_blank" rel="noopener">{says}</a>')
    return f'<div class="fd-links">{"".join(links)}</div>'


def _link(document: Document, do: str, says: str, look: str = "") -> str:
    return (
        f'<button type="button" class="fd-link {look}" data-do="{do}" data-document="{escape(document.id)}" '
        f'aria-label="{escape(says)}: {escape(document.name)}">{escape(says)}</button>'
    )


def _sure(words: AdminWords, document: Document) -> str:
    asks = words.delete_sure_one if document.passages == 1 else words.delete_sure
    says = asks.format(name=document.name, passages=document.passages)
    return (
        f'<div class="fd-confirm" role="alert"><strong>{escape(says)}</strong>'
        f'<button type="button" class="fd-danger" data-do="delete" data-document="{escape(document.id)}">'
        f"{escape(words.delete)}</button>"
        f'<button type="button" class="fd-outline" data-do="cancel">{escape(words.cancel)}</button></div>'
    )


def _type(document: Document) -> str:
    suffix = PurePath(document.name).suffix.lstrip(".")[:4].upper() or "FILE"
    return f'<span class="fd-type" aria-hidden="true">{escape(suffix)}</span>'


def _labels(document: Document) -> str:
    labels = "".join(f'<span class="fd-label">{escape(label)}</span>' for label in sorted(document.labels))
    return f"<div>{labels}</div>" if labels else ""


def _status(words: AdminWords, document: Document) -> str:
    return {
        DocumentStatus.QUEUED: words.queued,
        DocumentStatus.READING: words.reading,
        DocumentStatus.READY: words.ready,
        DocumentStatus.REFUSED: words.refused,
    }[document.status]


def _progress(words: AdminWords, document: Document) -> str:
    """What is being done to a document that is read, how much of it is done, and how long it will take."""
    if document.status is not DocumentStatus.READING or document.stage not in _STAGES:
        return ""
    stage = getattr(words, document.stage)
    parts = [f"{stage} {document.progress:.0%}" if document.progress else stage]
    if left := eta(document, datetime.now(UTC)):
        seconds = math.ceil(left.total_seconds())
        is_long = seconds >= 60
        says = words.minutes_left if is_long else words.seconds_left
        parts.append(says.format(count=math.ceil(seconds / 60) if is_long else seconds))
    bar = f'<progress max="1" value="{document.progress:.2f}" aria-hidden="true"></progress>'
    return f'<div class="fd-hint">{bar} {escape(" · ".join(parts))}</div>'


def _audience(words: AdminWords, document: Document) -> str:
    return {PUBLIC: words.public, STAFF: words.staff}.get(document.audience, words.conversation)


def _when(moment: datetime) -> str:
    return f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%Y-%m-%d %H:%M}</time>'
