"""Questions to begin with: some that stand in the documents everybody may see."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from core.documents import DocumentId
from core.errors import FrontdeskError
from core.search import Found, Scope, Searcher
from core.tenants import TenantId

MOST_EXAMPLES = 4
LONGEST_EXAMPLE = 80


async def examples(searcher: Searcher, tenant: TenantId) -> list[str]:
    """Questions that stand in the documents everybody may see, from as many of them as possible."""
    try:
        found = await searcher.search("how can I what is when do you where", Scope(tenant=tenant))
    except FrontdeskError:
        return []
    by_document: dict[DocumentId, list[str]] = {}
    for each in found:
        by_document.setdefault(each.passage.document_id, []).extend(_questions(each))
    rounds = itertools.zip_longest(*by_document.values(), fillvalue="")
    asked = dict.fromkeys(one for one in itertools.chain.from_iterable(rounds) if one)
    return list(asked)[:MOST_EXAMPLES]


def _questions(found: Found) -> Iterator[str]:
    """The headings and lines of a passage that are short questions."""
    for line in (*found.passage.heading[-1:], *found.passage.text.splitlines()):
        asked = line.strip().strip("#*_ ").removeprefix("Q:").strip()
        if asked.endswith("?") and 12 <= len(asked) <= LONGEST_EXAMPLE and asked.count("?") == 1:
            yield asked
