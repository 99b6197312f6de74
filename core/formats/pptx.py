"""PPTX: each slide under its title, as a page; with its tables and speaker notes."""

import io
from collections.abc import Iterable, Iterator

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.text.text import TextFrame

from core.documents import Section
from core.formats.archive import open_archive
from core.formats.cleaning import one_line
from core.formats.outline import Outline
from core.formats.tables import table_text

_DEEPEST_GROUP = 50
_FURNITURE = frozenset({"DATE", "FOOTER", "SLIDE_NUMBER", "HEADER"})


def read(data: bytes) -> Iterator[Section]:
    """A section for each slide, and one for its notes."""
    open_archive(data).close()
    for number, slide in enumerate(Presentation(io.BytesIO(data)).slides, start=1):
        yield from _slide(slide, number)


def _slide(slide: Slide, number: int) -> Iterator[Section]:
    outline = Outline(page=number)
    title = slide.shapes.title
    heading = one_line(title.text_frame.text) if title is not None else ""
    outline.heading(1, heading)
    title_id = title.shape_id if title is not None and heading else None
    for shape in _flat(slide.shapes, 0):
        if shape.shape_id == title_id or _is_furniture(shape):
            continue
        if isinstance(shape, GraphicFrame) and shape.has_table:
            rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
            outline.block(table_text(rows, has_header=shape.table.first_row or None))
        elif shape.has_text_frame:
            _words(outline, shape.text_frame)  # type: ignore[attr-defined]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame
        if notes.text.strip():
            outline.heading(2, "Notes")
            _words(outline, notes)
    yield from outline.sections()


def _flat(shapes: Iterable[BaseShape], depth: int) -> Iterator[BaseShape]:
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if isinstance(shape, GroupShape):
            if depth < _DEEPEST_GROUP:
                yield from _flat(shape.shapes, depth + 1)
        else:
            yield shape


def _is_furniture(shape: BaseShape) -> bool:
    return shape.is_placeholder and shape.placeholder_format.type.name in _FURNITURE


def _words(outline: Outline, frame: TextFrame) -> None:
    texts = [(paragraph, paragraph.text.replace("\v", "\n").strip()) for paragraph in frame.paragraphs]
    filled = [(paragraph, text) for paragraph, text in texts if text]
    if len(filled) == 1 and filled[0][0].level == 0:
        outline.block(filled[0][1])
        return
    for paragraph, text in filled:
        outline.line("  " * paragraph.level + "- " + one_line(text))
    outline.block("")
