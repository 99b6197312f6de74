"""PDF: pages, headings by type size, paragraphs made whole, tables row by row."""

import logging
from collections.abc import Iterator

import pypdfium2 as pdfium

from core.documents import Section
from core.errors import TooLarge, UnreadableDocument
from core.formats import MAX_PAGES, ocr
from core.formats.outline import Outline
from core.formats.pdflayout import Style, place, style_of, without_furniture
from core.formats.pdflines import Line, lines_of

_LOG = logging.getLogger(__name__)
_PASSWORD_ERROR = 4
_FEWEST_LETTERS = 3
_OCR_SCALE = 200 / 72
_OCR_MOST_PIXELS = 4_000_000


def read(data: bytes) -> Iterator[Section]:
    """The sections page by page; pages that are only pictures are read where OCR is installed."""
    document = _open(data)
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise TooLarge(f"it has {count} pages, over the limit of {MAX_PAGES}")
        pages, pictured = _pages(document)
        found = _placed(without_furniture(pages))
        if pictured and not ocr.is_installed() and not found:
            raise UnreadableDocument(f"its pages are pictures without a text layer; {ocr.HOW_TO}")
        yield from found
    finally:
        document.close()


def _open(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR or "password" in str(error).lower():
            raise UnreadableDocument("the PDF is encrypted; upload it without a password") from error
        raise UnreadableDocument("the PDF is damaged or cut short") from error


def _pages(document: pdfium.PdfDocument) -> tuple[list[list[Line]], int]:
    pages: list[list[Line]] = []
    pictured = 0
    for number in range(len(document)):
        try:
            page = document[number]
        except pdfium.PdfiumError:
            _LOG.debug("pdf_page_skipped", extra={"page": number + 1, "reason": "damaged"})
            pages.append([])
            continue
        lines = lines_of(page)
        if sum(char.isalnum() for line in lines for char in line.text) < _FEWEST_LETTERS:
            pictured += 1
            lines = _seen(page) if ocr.is_installed() else lines
            if not lines:
                _LOG.debug("pdf_page_skipped", extra={"page": number + 1, "reason": "no text layer"})
        pages.append(lines)
        page.close()
    return pages, pictured


def _seen(page: pdfium.PdfPage) -> list[Line]:
    width, height = page.get_size()
    pixels = max(1.0, width * height)
    scale = min(_OCR_SCALE, (_OCR_MOST_PIXELS / pixels) ** 0.5)
    return ocr.lines_of(page.render(scale=scale).to_numpy())


def _placed(pages: list[list[Line]]) -> list[Section]:
    style: Style = style_of(pages)
    outline = Outline()
    for number, lines in enumerate(pages, start=1):
        outline.turn(number)
        place(outline, lines, style)
    return outline.sections()
