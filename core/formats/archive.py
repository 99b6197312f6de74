"""Zip archives and XML from strangers: opened only within limits, with no entity ever expanded."""

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from core.errors import TooLarge, UnreadableDocument

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_RATIO = 200
_RATIO_FROM_BYTES = 20 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The archive, once its directory shows that unpacking it is safe.

    Raises:
        UnreadableDocument: It is damaged or cut short, encrypted, or made to burst.
        TooLarge: It unpacks to more than the limit.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        raise UnreadableDocument("the file is damaged or cut short") from error
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise TooLarge(f"it packs {len(members)} files, over the limit of {MAX_MEMBERS}")
    unpacked = sum(member.file_size for member in members)
    if unpacked > _RATIO_FROM_BYTES and unpacked > MAX_RATIO * len(data):
        raise UnreadableDocument(
            f"it would unpack from {len(data)} to {unpacked} bytes, which only an archive bomb does"
        )
    if unpacked > MAX_UNPACKED_BYTES:
        raise TooLarge(f"it unpacks to {unpacked} bytes, over the limit of {MAX_UNPACKED_BYTES}")
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableDocument("the file is encrypted; upload it without a password")
    return archive


def check_members(archive: zipfile.ZipFile) -> None:
    """Unpacks every member once, in pieces, so that none is larger than it claims.

    Raises:
        UnreadableDocument: A member is not what the directory says.
    """
    try:
        for member in archive.infolist():
            with archive.open(member) as stream:
                while stream.read(_CHUNK_BYTES):
                    pass
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError) as error:
        raise UnreadableDocument("the file is damaged or cut short") from error
    except Exception as error:
        raise UnreadableDocument("the file is damaged or cut short") from error


def parse_xml(data: bytes) -> etree._Element:
    """The root of the XML, with entities left unexpanded and nothing fetched."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)


def local(element: etree._Element) -> str:
    """The element's name without its namespace; empty for an entity or a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by its name without namespace, or an empty string."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The element's own children of that name, whatever their namespace."""
    return (child for child in element if local(child) == name)
