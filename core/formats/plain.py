"""Plain text, in whatever encoding."""

from collections.abc import Iterator

from core.documents import Section
from core.formats.cleaning import clean, unwrap
from core.formats.encoding import decode


def read(data: bytes) -> Iterator[Section]:
    """The text with its paragraphs made whole; form feeds count as page breaks."""
    text = decode(data)
    pages = text.split("\f")
    for number, page in enumerate(pages, start=1):
        yield Section(text=unwrap(clean(page)), page=number if len(pages) > 1 else None)
