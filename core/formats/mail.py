"""E-mail: who wrote, when and what, and what is attached."""

from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import cast

from core.documents import Section
from core.errors import TooLarge, UnreadableDocument
from core.formats import FORMATS, sections, sniff
from core.formats.cleaning import clean, one_line, unwrap
from core.formats.encoding import decode, unmistakable_encoding
from core.formats.html import from_text

MAX_DEPTH = 3
MAX_ATTACHED_BYTES = 50 * 1024 * 1024
MAX_PARTS = 500
_HEADERS = ("From", "To", "Cc", "Date")
_ENCRYPTED = frozenset(
    {"multipart/encrypted", "application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
)


def read(data: bytes) -> Iterator[Section]:
    """The message under its subject, then each attachment that can be read under its name."""
    wide = unmistakable_encoding(data)
    if wide:
        data = decode(data).encode("utf-8")
    message = BytesParser(policy=policy.default).parsebytes(data.lstrip())
    yield from _Reader().read(message, path=(), depth=1)


class _Reader:
    """One message with everything inside it, within limits on depth, parts and bytes."""

    def __init__(self) -> None:
        self._attached_bytes = 0
        self._parts = 0

    def read(self, message: EmailMessage, path: tuple[str, ...], depth: int) -> Iterator[Section]:
        """The message's own words, then what is attached to it."""
        if message.get_content_type() in _ENCRYPTED:
            raise UnreadableDocument("the message is encrypted; upload it decrypted")
        subject = _header(message, "Subject")
        here = (*path, subject) if subject else path
        about = [f"{name}: {_header(message, name)}" for name in _HEADERS if _header(message, name)]
        body = list(self._body(message))
        if body or subject or depth > 1:
            yield Section(text="\n".join(about), heading=here)
        for section in body:
            yield replace(section, heading=(*here, *section.heading))
        for part in self._attachments(message):
            yield from self._attached(part, here, depth)

    def _body(self, message: EmailMessage) -> Iterator[Section]:
        plain = _chosen(message, "plain")
        if plain is not None:
            text = unwrap(clean(_text(plain)))
            if text.strip():
                yield Section(text=text)
                return
        html = _chosen(message, "html")
        if html is not None:
            yield from from_text(_text(html))

    def _attachments(self, message: EmailMessage) -> Iterator[EmailMessage]:
        bodies = (_chosen(message, "plain"), _chosen(message, "html"))
        for part in _leaves(message):
            self._parts += 1
            if self._parts > MAX_PARTS:
                raise TooLarge(f"it has more than {MAX_PARTS} parts")
            if not any(part is body for body in bodies):
                yield part

    def _attached(self, part: EmailMessage, path: tuple[str, ...], depth: int) -> Iterator[Section]:
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if depth < MAX_DEPTH and isinstance(inner, list) and inner:
                yield from self.read(cast(EmailMessage, inner[0]), path, depth + 1)
            return
        name = one_line(part.get_filename() or "")
        data = _bytes(part)
        is_part_of_text = not name and part.get_content_disposition() != "attachment"
        if not data.strip() or (is_part_of_text and part.get_content_maintype() != "text"):
            return
        self._attached_bytes += len(data)
        if self._attached_bytes > MAX_ATTACHED_BYTES:
            raise TooLarge(f"its attachments hold more than {MAX_ATTACHED_BYTES} bytes")
        here = (*path, name) if name else path
        for section in self._inner(part, data, name, depth):
            yield replace(section, heading=here + section.heading)

    def _inner(self, part: EmailMessage, data: bytes, name: str, depth: int) -> list[Section]:
        endings = {"text/html": "part.html", "text/plain": "part.txt"}
        try:
            kind = sniff(data, name or endings.get(part.get_content_type(), ""))
            if kind == "message/rfc822":
                if depth >= MAX_DEPTH:
                    return []
                parsed = BytesParser(policy=policy.default).parsebytes(data)
                return list(self.read(parsed, (), depth + 1))
            if kind in {"text/html", "text/plain"}:
                text = _text(part)
                return list(from_text(text)) if kind == "text/html" else [Section(text=unwrap(clean(text)))]
            return list(sections(data, kind)) if kind in FORMATS else []
        except (TooLarge, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - a broken attachment must not cost the message
            return []


def _chosen(message: EmailMessage, subtype: str) -> EmailMessage | None:
    for part in _leaves(message):
        is_attached = part.get_content_disposition() == "attachment"
        if part.get_content_type() == f"text/{subtype}" and not is_attached:
            return part
    return None


def _leaves(message: Message) -> Iterator[EmailMessage]:
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting = [item for item in inner if isinstance(item, Message)] + waiting
        else:
            yield cast(EmailMessage, part)


def _header(message: Message, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return one_line(raw)


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    declared = part.get_content_charset()
    return decode(_bytes(part), declared)
