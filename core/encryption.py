"""Encryption at rest: the keys, what they seal, and where a secret of this desk's own is kept.

What is sealed is `MAGIC`, a version byte, the key's id, a random nonce, and then AES-256-GCM of
the content. Whoever opens it says what they believe it to be (`context`); anything else is refused.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import FilesUnavailable, Misconfigured, UnreadableDocument
from core.folder_store import sync_folder

SECRET_BYTES = 32
MAGIC = b"\x8eFDK"
VERSION = b"\x01"

_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 8, 12, 16
_KEY_AT = len(MAGIC) + len(VERSION)
_NONCE_AT = _KEY_AT + _ID_BYTES
_CONTENT_AT = _NONCE_AT + _NONCE_BYTES


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """One AES-256 key, known in public by its `id`."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise Misconfigured(
                f"an encryption key has {SECRET_BYTES} bytes and one of FRONTDESK_FILES__ENCRYPTION_KEY has "
                f"{len(self.secret)}: make one with `openssl rand -base64 {SECRET_BYTES}`"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `text` spells in base64, of either alphabet.

        Raises:
            Misconfigured: it is not base64, or not of 32 bytes.
        """
        plain = text.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            return cls(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
        except ValueError:
            raise Misconfigured(
                "FRONTDESK_FILES__ENCRYPTION_KEY is not base64: make a key with "
                f"`openssl rand -base64 {SECRET_BYTES}`"
            ) from None

    @property
    def id(self) -> bytes:
        """What names this key in all that it seals, and tells nothing of it."""
        return hashlib.sha256(b"frontdesk encryption key id\0" + self.secret).digest()[:_ID_BYTES]


class Keyring:
    """The keys of a desk: the first one seals, and each of them opens what it sealed."""

    def __init__(self, keys: Sequence[EncryptionKey]) -> None:
        self._sealing = keys[0]
        self._by_id = {key.id: key for key in keys}

    @classmethod
    def open(cls, setting: str, key_file: Path) -> Self:
        """The keys in `setting`, in base64 with commas between them, and after them the one in `key_file`.

        The file is made where there is neither setting nor file, so that a desk which is later
        given a key of its operator's still reads all that it kept before.

        Raises:
            Misconfigured: the setting or the file holds no key.
        """
        keys = [EncryptionKey.parse(each) for each in setting.split(",") if each.strip()]
        if not keys or key_file.exists():
            keys.append(EncryptionKey(secret_file(key_file)))
        return cls(keys)

    @property
    def name(self) -> str:
        """What an operator may call the first key; it tells nothing of it."""
        return self._sealing.id.hex()

    def seal(self, content: bytes, context: str) -> bytes:
        """`content` encrypted with the first key; it opens only under the same `context`."""
        header = MAGIC + VERSION + self._sealing.id
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._sealing.secret).encrypt(nonce, content, header + context.encode())
        return b"".join((header, nonce, sealed))

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """The content of what `seal` gave.

        Raises:
            FilesUnavailable: none of these keys sealed it, or a later version of this desk did.
            UnreadableDocument: it was changed, cut short, or sealed under another context.
        """
        if not is_sealed(sealed) or len(sealed) < _CONTENT_AT + _TAG_BYTES:
            raise UnreadableDocument("the stored copy is damaged: upload the document again")
        if sealed[len(MAGIC) : _KEY_AT] != VERSION:
            raise FilesUnavailable("the stored copy was written by a later version of this desk: update it")
        key = self._by_id.get(sealed[_KEY_AT:_NONCE_AT])
        if key is None:
            raise FilesUnavailable(
                "the stored copy was encrypted with a key that this desk does not have: add that key to "
                "FRONTDESK_FILES__ENCRYPTION_KEY after a comma, or bring back the files.key it was in"
            )
        nonce, content = sealed[_NONCE_AT:_CONTENT_AT], memoryview(sealed)[_CONTENT_AT:]
        try:
            return AESGCM(key.secret).decrypt(nonce, content, sealed[:_NONCE_AT] + context.encode())
        except InvalidTag:
            raise UnreadableDocument(
                "the stored copy was changed or exchanged since it was kept: upload the document again"
            ) from None

    def is_current(self, kept: bytes) -> bool:
        """Whether `kept` was sealed with the first key, in the form of today."""
        return kept.startswith(MAGIC + VERSION + self._sealing.id)


def is_sealed(kept: bytes) -> bool:
    """Whether `kept` comes from a `Keyring`, and not from a desk that did not encrypt."""
    return kept.startswith(MAGIC)


def secret_file(path: Path) -> bytes:
    """The 32 secret bytes kept at `path`, readable by its owner alone; made on first use.

    Processes that start together agree on one secret, and one that is cut off leaves no half of it.

    Raises:
        Misconfigured: the file can't be made or read, or holds something else.
    """
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"the secret in {str(path)!r} can't be kept: {error.strerror}") from error
    if len(secret) != SECRET_BYTES:
        raise Misconfigured(
            f"{str(path)!r} holds {len(secret)} bytes where a secret of {SECRET_BYTES} belongs: "
            "bring it back from a backup; without one, delete it, and what it protected is lost"
        )
    return secret


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces the secret that another process made meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(partial)
    finally:
        partial.unlink()
    sync_folder(path.parent)
