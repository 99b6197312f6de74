"""EPUB: the chapters in the order of the book's spine."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from core.documents import Section
from core.errors import UnreadableDocument
from core.formats import html
from core.formats.archive import attribute, local, open_archive, parse_xml

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html", "application/xml"})


def read(data: bytes) -> Iterator[Section]:
    """The sections of each chapter under the book's title."""
    with open_archive(data) as archive:
        title, chapters = _spine(archive)
        found = False
        for chapter in chapters:
            if chapter not in archive.NameToInfo:
                continue
            for section in html.read(archive.read(chapter)):
                found = True
                heading = section.heading
                is_titled = not title or (heading and heading[0] == title)
                yield section if is_titled else replace(section, heading=(title, *heading))
        if not found and _ENCRYPTION in archive.NameToInfo:
            raise UnreadableDocument("the book is encrypted; upload it without copy protection")


def _spine(archive: zipfile.ZipFile) -> tuple[str, list[str]]:
    package = ""
    for element in parse_xml(archive.read(_CONTAINER)).iter():
        if local(element) == "rootfile":
            package = attribute(element, "full-path")
            break
    root = parse_xml(archive.read(package))
    folder = posixpath.dirname(package)
    pages: dict[str, str] = {}
    order: list[str] = []
    title = ""
    for element in root.iter():
        match local(element):
            case "title" if not title:
                title = element.text or ""
            case "item" if attribute(element, "media-type") in _PAGE_TYPES:
                if "nav" not in attribute(element, "properties").split():
                    place = posixpath.join(folder, unquote(attribute(element, "href")))
                    pages[attribute(element, "id")] = posixpath.normpath(place)
            case "itemref":
                order.append(attribute(element, "idref"))
    return title.strip(), [pages[name] for name in order if name in pages]
