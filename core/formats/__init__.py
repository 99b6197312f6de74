"""Bytes to text: the table of formats, and `read`, which picks the reader.

Each reader is a module with `read(data: bytes) -> Iterator[Section]`, imported on first use.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType

from core.documents import Extract, Section
from core.errors import FrontdeskError, TooLarge, UnreadableDocument
from core.formats.cleaning import clean, one_line

UNKNOWN = "application/octet-stream"
MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
_SHOWN_NAME = 120

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "application/pdf": "pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "sheets",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12": "sheets",
        "application/vnd.ms-excel": "sheets",
        "application/vnd.oasis.opendocument.text": "opendocument",
        "application/vnd.oasis.opendocument.presentation": "opendocument",
        "application/vnd.oasis.opendocument.spreadsheet": "sheets",
        "application/rtf": "rtf",
        "text/html": "html",
        "text/markdown": "markdown",
        "text/x-rst": "rst",
        "text/x-org": "org",
        "text/plain": "plain",
        "text/csv": "delimited",
        "text/tab-separated-values": "delimited",
        "message/rfc822": "mail",
        "application/epub+zip": "epub",
        "application/json": "records",
        "application/x-ndjson": "records",
        "application/xml": "xml",
        "image/png": "ocr",
        "image/jpeg": "ocr",
        "image/tiff": "ocr",
    }
)
"""Media type -> the module in this package that reads it."""

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        ".pdf": "application/pdf",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".docm": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".doc": "application/msword",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".pptm": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsm": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        ".xls": "application/vnd.ms-excel",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".odp": "application/vnd.oasis.opendocument.presentation",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".rtf": "application/rtf",
        ".html": "text/html",
        ".htm": "text/html",
        ".xhtml": "text/html",
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".rst": "text/x-rst",
        ".org": "text/x-org",
        ".txt": "text/plain",
        ".text": "text/plain",
        ".log": "text/plain",
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".tab": "text/tab-separated-values",
        ".eml": "message/rfc822",
        ".epub": "application/epub+zip",
        ".json": "application/json",
        ".jsonl": "application/x-ndjson",
        ".ndjson": "application/x-ndjson",
        ".xml": "application/xml",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
    }
)
"""File name extension -> media type."""


def extension(name: str) -> str:
    """The name's extension in lower case with its dot; empty when it has none.

    >>> extension("Price list.PDF")
    '.pdf'
    """
    return PurePosixPath(name.replace("\\", "/").replace("\0", "")).suffix.lower()


def shown(name: str) -> str:
    """The name as an error message shows it: quoted, and never longer than a line."""
    return repr(name if len(name) <= _SHOWN_NAME else name[:_SHOWN_NAME] + "…")


def sniff(data: bytes, name: str) -> str:
    """The media type, by content where it is unmistakable and by the name otherwise.

    Content of no known format gives `application/octet-stream`.

    Raises:
        UnreadableDocument: The content is not what the name says, or is empty.
    """
    from core.formats.sniffing import media_type  # noqa: PLC0415

    try:
        return media_type(data, EXTENSIONS.get(extension(name), ""))
    except (UnreadableDocument, TooLarge) as error:
        raise _named(error, name) from error


def read(data: bytes, name: str, *, tika_url: str = "") -> Extract:
    """The document's text and sections.

    A format that no reader here takes goes to the Tika server, where `tika_url` names one.

    Raises:
        UnreadableDocument: There is no text to be had; the message says why.
        TooLarge: It holds more pages or characters than the limits.
    """
    media_type = sniff(data, name)
    try:
        extract = Extract.of(_bounded(_sections(data, name, media_type, tika_url)))
    except (UnreadableDocument, TooLarge) as error:
        raise _named(error, name) from error
    except (FrontdeskError, MemoryError):
        raise
    except RecursionError as error:
        raise UnreadableDocument(f"{shown(name)} is nested too deeply to be read.") from error
    except Exception as error:
        raise UnreadableDocument(
            f"{shown(name)} could not be read as {media_type}: it is damaged or cut short "
            f"({type(error).__name__})."
        ) from error
    if not extract.text:
        raise UnreadableDocument(f"{shown(name)} could not be read: it holds no text.")
    return extract


def sections(data: bytes, media_type: str) -> Iterator[Section]:
    """The sections as the reader for that media type gives them, unchecked and uncleaned."""
    reader = import_module(f"core.formats.{FORMATS[media_type]}")
    found: Iterable[Section] = reader.read(data)
    yield from found


def _sections(data: bytes, name: str, media_type: str, tika_url: str) -> Iterator[Section]:
    if media_type in FORMATS:
        return sections(data, media_type)
    if tika_url:
        from core.formats import tika  # noqa: PLC0415

        return tika.read(data, url=tika_url)
    kind = f"{extension(name)} " if extension(name) else ""
    raise UnreadableDocument(
        f"its {kind}format is not one this desk reads; convert it to PDF, DOCX or text, "
        "or set documents.tika_url"
    )


def _bounded(found: Iterable[Section]) -> Iterator[Section]:
    characters = 0
    for section in found:
        characters += len(section.text)
        if (section.page or 0) > MAX_PAGES:
            raise TooLarge(f"it has more than {MAX_PAGES} pages; split it into smaller documents")
        if characters > MAX_CHARACTERS:
            raise TooLarge(f"it holds more than {MAX_CHARACTERS} characters; split it into smaller documents")
        heading = tuple(filter(None, map(one_line, section.heading)))
        yield Section(text=clean(section.text), heading=heading, page=section.page)


def _named(error: FrontdeskError, name: str) -> FrontdeskError:
    return type(error)(f"{shown(name)} could not be read: {error}.")
