"""The HTML of the FAQ tab: the book, entries near each other, an import's report, a question tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape

from core.faq import Faq, FaqDraft, FaqId
from core.faq_import import Imported, RowFate, RowStatus
from core.faq_near import NearPair
from core.tenants import STAFF
from ui.insights import where
from ui.knowledge_calls import Tried
from ui.knowledge_words import FaqWords
from ui.words import AdminWords

MOST_ROWS = 200
MOST_PAIRS = 10
SOON = timedelta(days=14)
_FATES: tuple[RowStatus, ...] = ("refused", "replaced", "added", "unchanged")
_LOOKS = {"added": "fd-ready", "replaced": "fd-queued", "unchanged": "", "refused": "fd-refused"}


def head(words: FaqWords) -> str:
    """What the tab is for, and the way to the whole book as a file."""
    return (
        f'<div class="fd-lead"><p class="fd-hint">{escape(words.hint)} {escape(words.bring_in_hint)}</p>'
        f'<a class="fd-outline" href="/v1/faq/export" download>{escape(words.take_out)}</a></div>'
    )


def title(says: str) -> str:
    """A heading within the tab."""
    return f'<h2 class="fd-section">{escape(says)}</h2>'


def taken(words: FaqWords, imported: Imported) -> str:
    """What came of an import, in one sentence."""
    counts = Counter(row.status for row in imported.rows)
    return words.taken.format(**{fate: counts[fate] for fate in _FATES})


def table(
    words: FaqWords,
    admin: AdminWords,
    entries: Sequence[Faq],
    uses: Mapping[FaqId, int],
    *,
    day: date,
    wanted: str = "",
) -> str:
    """The entries that match `wanted`, newest change first; `day` is today, `uses` counts by id."""
    if not entries:
        return f'<p class="fd-empty">{escape(words.empty)}</p>'
    newest = sorted(entries, key=lambda faq: faq.updated_at, reverse=True)
    matching = [faq for faq in newest if _matches(words, admin, faq, day, wanted)]
    if not matching:
        return f'<p class="fd-empty">{escape(words.no_match)}</p>'
    rows = "".join(_row(words, admin, faq, uses.get(faq.id, 0), day) for faq in matching[:MOST_ROWS])
    more = len(matching) - MOST_ROWS
    rest = f'<p class="fd-hint">{escape(admin.more_rows.format(count=more))}</p>' if more > 0 else ""
    heads = "".join(
        f'<th scope="col"{" class=fd-right" if is_right else ""}>{escape(head)}</th>'
        for head, is_right in (
            (words.question, False),
            (words.validity, False),
            (words.owner, False),
            (words.uses, True),
            (admin.actions, True),
        )
    )
    return (
        f'<div class="fd-table fd-entries" tabindex="0"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{rest}"
    )


def validity(words: FaqWords, draft: FaqDraft, day: date) -> tuple[str, str]:
    """Whether the answer holds on that day, in words, and the look of the badge that says so."""
    if draft.valid_from and draft.valid_from > day:
        return words.begins.format(day=draft.valid_from), "fd-queued"
    if draft.valid_until and draft.valid_until < day:
        return words.expired.format(day=draft.valid_until), "fd-refused"
    if draft.valid_until is None:
        return words.valid_now, "fd-ready"
    is_soon = draft.valid_until - day <= SOON
    says = words.ends_soon if is_soon else words.valid_to
    return says.format(day=draft.valid_until), "fd-queued" if is_soon else "fd-ready"


def near_list(words: FaqWords, pairs: Sequence[NearPair]) -> str:
    """The entries of the book that are near each other, each to be opened; nothing where none are."""
    if not pairs:
        return ""
    lines = "".join(
        f"<li>{_side(words, pair.one, pair.phrase)} ↔ {_side(words, pair.other, pair.other_phrase)} "
        f'<span class="fd-times">{escape(words.near_line.format(score=f"{pair.likeness:.2f}"))}</span></li>'
        for pair in pairs[:MOST_PAIRS]
    )
    rest = f"<li>… +{len(pairs) - MOST_PAIRS}</li>" if len(pairs) > MOST_PAIRS else ""
    title = words.near_title.format(count=len(pairs))
    return (
        f'<details class="fd-near"><summary>{escape(title)}</summary>'
        f'<p class="fd-hint">{escape(words.near_hint)}</p><ul>{lines}{rest}</ul></details>'
    )


def near_here(words: FaqWords, pairs: Sequence[NearPair]) -> str:
    """The entries that the one being written is near to."""
    lines = "".join(
        f"<li>“{escape(pair.phrase)}” ↔ “{escape(pair.other_phrase)}” ({escape(pair.other.question)}, "
        f"{escape(words.near_line.format(score=f'{pair.likeness:.2f}'))})</li>"
        for pair in pairs[:MOST_PAIRS]
    )
    if not lines:
        return ""
    return (
        f'<div class="fd-near" role="status"><strong>{escape(words.near_here)}</strong>'
        f'<p class="fd-hint">{escape(words.near_hint)}</p><ul>{lines}</ul></div>'
    )


def report(words: FaqWords, imported: Imported) -> str:
    """What an import would do, line by line: what is refused first, what stays as it is only counted."""
    counts = Counter(row.status for row in imported.rows)
    names = {fate: getattr(words, fate) for fate in _FATES}
    badges = " ".join(
        f'<span class="fd-badge {_LOOKS[fate]}">{escape(names[fate])}: {counts[fate]}</span>'
        for fate in _FATES
        if counts[fate]
    )
    shown = sorted(
        (row for row in imported.rows if row.status != "unchanged"),
        key=lambda row: (_FATES.index(row.status), row.number),
    )
    lines = "".join(_report_row(words, row) for row in shown[:MOST_ROWS])
    more = f"<p>… +{len(shown) - MOST_ROWS}</p>" if len(shown) > MOST_ROWS else ""
    ignored = words.ignored.format(names=", ".join(imported.ignored)) if imported.ignored else ""
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in (words.row, words.fate, words.says))
    body = (
        f'<div class="fd-table" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>'
        "</table></div>"
        if lines
        else ""
    )
    return (
        f'{title(words.report_title)}<p class="fd-hint">{escape(words.report_hint)}'
        f' {escape(ignored)}</p><p class="fd-counts">{badges}</p>{body}{more}'
    )


def tried(words: FaqWords, admin: AdminWords, result: Tried) -> str:
    """Which entry answers a question and how sure that is, or that documents do."""
    judged = result.judged
    if result.first:
        says = words.try_small_talk if result.first == "small_talk" else words.try_tool
    elif judged.match:
        says = words.try_entry
    else:
        says = words.try_documents if result.found else words.try_nothing
    look = "fd-good" if judged.match and not result.first else "fd-calm"
    reason = escape(getattr(words, judged.why))
    entry = _nearest(words, result)
    passages = (
        ""
        if judged.match
        else "".join(_passage(admin, each.passage.text, where(admin, each)) for each in result.found)
    )
    return (
        f'<div class="fd-told {look}" role="status"><strong>{escape(says)}</strong><p>{reason}</p></div>'
        f"{entry}{passages}"
    )


def _matches(words: FaqWords, admin: AdminWords, faq: Faq, day: date, wanted: str) -> bool:
    known = (
        *faq.phrases, faq.answer, faq.owner or "", faq.category or "", faq.language or "",
        _audience(admin, faq), validity(words, faq, day)[0],
    )  # fmt: skip
    text = " ".join(known).casefold()
    return all(part in text for part in wanted.casefold().split())


def _row(words: FaqWords, admin: AdminWords, faq: Faq, used: int, day: date) -> str:
    says, look = validity(words, faq, day)
    labels = [faq.category, faq.language, admin.staff if faq.audience == STAFF else None]
    shown = "".join(f'<span class="fd-label">{escape(label)}</span>' for label in labels if label)
    count = words.variants_count.format(count=len(faq.variants))
    variants = f'<span class="fd-label">{escape(count)}</span>' if faq.variants else ""
    return (
        f'<tr data-faq="{escape(faq.id)}"><td class="fd-wording"><strong>{escape(faq.question)}</strong>'
        f'<p class="fd-glimpse">{escape(" ".join(faq.answer.split()))}</p>{variants}{shown}</td>'
        f'<td data-head="{escape(words.validity)}"><span class="fd-badge {look}">{escape(says)}</span></td>'
        f'<td data-head="{escape(words.owner)}">{escape(faq.owner or "–")}</td>'
        f'<td class="fd-right" data-head="{escape(words.uses)}">{used}</td>'
        f'<td><div class="fd-links">{_link("edit", words.edit, faq)}'
        f"{_link('delete', admin.delete, faq, 'fd-bad')}</div></td></tr>"
    )


def _link(do: str, says: str, faq: Faq, look: str = "") -> str:
    return (
        f'<button type="button" class="fd-link {look}" data-do="{do}" data-faq="{escape(faq.id)}" '
        f'aria-label="{escape(says)}: {escape(faq.question)}">{escape(says)}</button>'
    )


def _side(words: FaqWords, draft: FaqDraft, phrase: str) -> str:
    if not isinstance(draft, Faq):
        return f"“{escape(phrase)}”"
    return (
        f'<button type="button" class="fd-word" data-do="edit" data-faq="{escape(draft.id)}" '
        f'aria-label="{escape(words.edit)}: {escape(draft.question)}">“{escape(phrase)}”</button>'
    )


def _audience(admin: AdminWords, faq: Faq) -> str:
    return admin.staff if faq.audience == STAFF else admin.public


def _report_row(words: FaqWords, row: RowFate) -> str:
    fate = getattr(words, row.status)
    question = f"<strong>{escape(row.faq.question)}</strong>" if row.faq else ""
    names = ", ".join(_field(words, name) for name in row.changed)
    changed = f"<p>{escape(words.changed.format(fields=names))}</p>" if names else ""
    reason = f'<p class="fd-reason">{escape(row.reason)}</p>' if row.reason else ""
    return (
        f'<tr><td class="fd-right">{row.number}</td><td><span class="fd-badge {_LOOKS[row.status]}">'
        f"{escape(fate)}</span></td><td>{question}{changed}{reason}</td></tr>"
    )


def _field(words: FaqWords, name: str) -> str:
    says: str = getattr(words, {"url": "link"}.get(name, name))
    return says


def _nearest(words: FaqWords, result: Tried) -> str:
    nearest = result.judged.nearest
    if nearest is None:
        return ""
    score = words.score.format(score=f"{nearest.score:.2f}", margin=f"{nearest.margin:.2f}")
    phrase = f"“{nearest.phrase}”" if nearest.phrase != nearest.faq.question else ""
    about = " · ".join(filter(None, (words.nearest, phrase, score)))
    return (
        f'<div class="fd-tried"><p class="fd-hint">{escape(about)}</p><h3>{escape(nearest.faq.question)}</h3>'
        f'<p class="fd-words">{escape(nearest.faq.answer)}</p></div>'
    )


def _passage(admin: AdminWords, text: str, place: str) -> str:
    return (
        f'<div class="fd-tried"><p class="fd-hint">{escape(admin.closest)} · {escape(place)}</p>'
        f'<p class="fd-words fd-glimpse">{escape(" ".join(text.split()))}</p></div>'
    )
