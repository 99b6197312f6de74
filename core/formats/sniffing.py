"""What a document is, told from its first bytes, its members or its first lines."""

import io
import re

from core.errors import UnreadableDocument
from core.formats import EXTENSIONS, UNKNOWN
from core.formats.archive import open_archive
from core.formats.encoding import decode, is_text

_MAGIC = (
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_OFFICE_PARTS = (
    ("word/", EXTENSIONS[".docx"]),
    ("ppt/", EXTENSIONS[".pptx"]),
    ("xl/workbook.bin", EXTENSIONS[".xlsb"]),
    ("xl/", EXTENSIONS[".xlsx"]),
)
_OLE_STREAMS = (
    ("WordDocument", EXTENSIONS[".doc"]),
    ("Workbook", EXTENSIONS[".xls"]),
    ("Book", EXTENSIONS[".xls"]),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC = b"PK\x03\x04"
_PDF_WITHIN_BYTES = 1024
_HEAD_BYTES = 4096
_MOST_PROLOGUE = 50
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_BEFORE_HTML = (("<?xml", "?>"), ("<!--", "-->"))
_XML = re.compile(r"\s*<\?xml\s")
_MAIL_HEADER = re.compile(
    r"^(from|to|date|subject|received|message-id|mime-version|return-path|content-type):",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL_NEEDS = frozenset({"mime-version", "received", "message-id", "return-path"})
_TEXTUAL = frozenset(
    {
        *("text/plain", "text/html", "text/markdown", "text/x-rst", "text/x-org", "text/csv"),
        *("text/tab-separated-values", "message/rfc822", "application/json"),
        *("application/x-ndjson", "application/xml"),
    }
)
_KINDS = {kind: ending.removeprefix(".").upper() for ending, kind in reversed([*EXTENSIONS.items()])}


def media_type(data: bytes, named: str) -> str:
    """The media type of the content; `named` is what the file name says, or empty.

    Raises:
        UnreadableDocument: The content is empty, encrypted, or not what the name says.
    """
    if not data:
        raise UnreadableDocument("the file is empty")
    found = _by_bytes(data, named)
    if found:
        return found
    if not is_text(data):
        if named:
            raise UnreadableDocument(_is_not(named))
        return UNKNOWN
    return _by_words(data, named)


def _by_bytes(data: bytes, named: str) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(_OLE_MAGIC):
        return _by_streams(data)
    if data.startswith((_ZIP_MAGIC, b"PK\x05\x06")):
        return _by_members(data, named)
    start = data.find(b"%PDF-", 0, _PDF_WITHIN_BYTES)
    if start == 0 or (start > 0 and named in {"application/pdf", ""}):
        return "application/pdf"
    return None


def _by_members(data: bytes, named: str) -> str:
    with open_archive(data) as archive:
        names = archive.namelist()
        if "mimetype" in names:
            with archive.open("mimetype") as stream:
                kind = stream.read(200).decode("ascii", "replace").strip()
            kind = kind.removesuffix("-template")
            if kind in EXTENSIONS.values():
                return kind
    for prefix, kind in _OFFICE_PARTS:
        if any(name.startswith(prefix) for name in names):
            return kind
    if "META-INF/container.xml" in names:
        return EXTENSIONS[".epub"]
    if named:
        raise UnreadableDocument(_is_not(named))
    raise UnreadableDocument("it is an archive; upload the documents in it one by one")


def _by_streams(data: bytes) -> str:
    import olefile  # noqa: PLC0415

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            if ole.exists("EncryptedPackage") or ole.exists("EncryptionInfo"):
                raise UnreadableDocument("the file is encrypted; upload it without a password")
            for stream, kind in _OLE_STREAMS:
                if ole.exists(stream):
                    return kind
    except OSError as error:
        raise UnreadableDocument("the file is damaged or cut short") from error
    return UNKNOWN


def _by_words(data: bytes, named: str) -> str:
    head = decode(data[:_HEAD_BYTES])
    if not head.strip() and not decode(data).strip():
        raise UnreadableDocument("the file holds nothing but blanks")
    if named in _TEXTUAL and named != "text/plain":
        return named
    found = _unmistakable(head)
    if found:
        return found
    if named and named not in _TEXTUAL:
        raise UnreadableDocument(_is_not(named))
    return named or "text/plain"


def _unmistakable(head: str) -> str | None:
    if _HTML.match(_without_prologue(head)):
        return "text/html"
    if _XML.match(head):
        return "application/xml"
    top = re.split(r"\r?\n\r?\n", head.lstrip(), maxsplit=1)[0]
    names = {name.lower() for name in _MAIL_HEADER.findall(top)}
    begins = re.match(r"[A-Za-z-]+:[ \t]", top) is not None
    if begins and "from" in names and names & _MAIL_NEEDS:
        return "message/rfc822"
    return None


def _without_prologue(head: str) -> str:
    """What follows the XML declaration and the comments a page may begin with."""
    head = head.lstrip()
    for _ in range(_MOST_PROLOGUE):
        ends = [end for start, end in _BEFORE_HTML if head.startswith(start)]
        if not ends:
            break
        head = head.partition(ends[0])[2].lstrip()
    return head


def _is_not(named: str) -> str:
    return f"its name says {_KINDS.get(named, named)}, but its content is not that"
