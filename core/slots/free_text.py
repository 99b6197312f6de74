"""What is taken as it was said, such as a reason or a note."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.slots.acts import find_acts
from core.slots.reading import Context, Found, Reading


def find_free_text(text: str, context: Context) -> Iterator[Found]:
    """The whole message without its outer spaces, only when it was asked for and is no other act.

    After "I meant" or "actually" it is what follows.
    """
    if not context.is_asked:
        return
    start = 0
    for act in find_acts(text):
        if act.name != "correction":
            return
        start = act.rest if act.start == 0 else 0
    words = text[start:].strip()
    if words:
        start = text.index(words, start)
        shown = re.sub(r"\s+", " ", words)
        yield Reading(value=words, start=start, end=start + len(words), text=shown)
