"""CSV and TSV: a line of text for each row, each value led by its column's name."""

import csv
import io
from collections.abc import Iterator

from core.documents import Section
from core.formats.encoding import decode
from core.formats.tables import table_text

_SAMPLE_CHARACTERS = 32_768
_DELIMITERS = ",;\t|"


def read(data: bytes) -> Iterator[Section]:
    """The rows, whichever of comma, semicolon, tab and bar parts them."""
    text = decode(data).replace("\0", "")
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    lines = text.splitlines()
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == len("sep=;"):
        delimiter, text = lines[0][-1], "\n".join(lines[1:])
    else:
        delimiter = _delimiter(text[:_SAMPLE_CHARACTERS])
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    yield Section(text=table_text(list(rows)))


def _delimiter(sample: str) -> str:
    lines = [line for line in sample.splitlines() if line.strip()][:50]
    if len(sample) == _SAMPLE_CHARACTERS and len(lines) > 1:
        lines = lines[:-1]
    best, most = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)]
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        usual = max(set(wide), key=wide.count)
        score = (wide.count(usual) / len(widths), usual)
        if score > most:
            best, most = delimiter, score
    return best
