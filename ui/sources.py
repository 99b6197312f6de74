"""The HTML of a cited source: the quoted words, marked, in the text around them."""

from __future__ import annotations

import re
from html import escape

from core.messages import Citation
from ui.calls import SourceView
from ui.words import ChatWords

AROUND_CHARS = 3000
"""How much of the document stands before and after the quoted words."""


def source_panel(words: ChatWords, source: SourceView) -> str:
    """The panel beside the conversation that shows one citation."""
    citation = source.citation
    link = _link(words, citation)
    return f"""<div class="fd-veil" data-do="close"></div>
<aside class="fd-panel" role="dialog" aria-label="{escape(words.source_title)}" tabindex="-1">
  <header>
    <div><p class="fd-eyebrow">{escape(words.source_title)} {citation.n}</p>
    <h2>{escape(readable(citation.title))}</h2>{_place(words, citation)}</div>
    <button type="button" class="fd-icon" data-do="close" aria-label="{escape(words.close)}">{CROSS}</button>
  </header>
  <div class="fd-passage" tabindex="0">{_passage(words, source)}</div>
  <footer>{link}</footer>
</aside>"""


def place(words: ChatWords, citation: Citation) -> str:
    """Where in the document the words stand: heading and page, as plain text."""
    page = words.page.format(page=citation.page) if citation.page else ""
    first, _, rest = citation.heading.partition(" › ")
    heading = rest if rest and first.casefold() == readable(citation.title).casefold() else citation.heading
    return " · ".join(filter(None, (heading, page)))


def readable(name: str) -> str:
    """A file's name as a person would write it.

    >>> readable("returns-and-refunds.md"), readable("Price list 2.0"), readable("ISO_9001.pdf")
    ('Returns and refunds', 'Price list 2.0', 'ISO 9001')
    """
    stem = re.sub(r"\.[A-Za-z][A-Za-z0-9]{0,4}$", "", name)
    plain = " ".join(re.sub(r"[-_]+", " ", stem).split()) or name
    return plain[:1].upper() + plain[1:]


def marked(text: str, start: int, end: int, around: int = AROUND_CHARS) -> str:
    """The text from `start` to `end` marked, with what stands around it; everything escaped.

    >>> marked("one <two> three", 4, 9)
    'one <mark id="fd-quote">&lt;two&gt;</mark> three'
    """
    first = _line_start(text, max(0, start - around), start)
    last = _line_end(text, min(len(text), end + around), end)
    before, after = text[first:start], text[end:last]
    return (
        ("… " if first > 0 else "")
        + escape(before)
        + f'<mark id="fd-quote">{escape(text[start:end])}</mark>'
        + escape(after)
        + (" …" if last < len(text) else "")
    )


def safe_link(url: str) -> str:
    """The address where it leads to a web page, else nothing.

    >>> safe_link("/sources/1?version=1#quote"), safe_link("javascript:alert(1)"), safe_link("//far.example")
    ('/sources/1?version=1#quote', '', '')
    """
    is_own = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if is_own or url.startswith(("https://", "http://")) else ""


CROSS = (
    '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18"/></svg>'
)


def _place(words: ChatWords, citation: Citation) -> str:
    where = place(words, citation)
    return f'<p class="fd-where">{escape(where)}</p>' if where else ""


def _passage(words: ChatWords, source: SourceView) -> str:
    citation = source.citation
    if source.text is None or source.text[citation.source_start : citation.source_end] != citation.quote:
        quote = f'<mark id="fd-quote">{escape(citation.quote)}</mark>'
        return f'<p class="fd-note">{escape(words.changed)}</p>{quote}'
    return marked(source.text, citation.source_start, citation.source_end)


def _link(words: ChatWords, citation: Citation) -> str:
    url = safe_link(citation.url)
    if not url:
        return ""
    return (
        f'<a class="fd-button" href="{escape(url)}" target="_blank" rel="noopener">'
        f"{escape(words.open_document)}</a>"
    )


def _line_start(text: str, at: int, limit: int) -> int:
    """The first start of a line from `at` on, before `limit`; `at` where there is none."""
    if at == 0:
        return 0
    found = text.find("\n", at, limit)
    return at if found < 0 else found + 1


def _line_end(text: str, at: int, limit: int) -> int:
    if at == len(text):
        return at
    found = text.rfind("\n", limit, at)
    return at if found < 0 else found
