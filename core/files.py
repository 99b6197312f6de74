"""The bytes of documents: by tenant and content hash, encrypted at rest, in a folder or in a bucket."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

import anyio.to_thread

from core.encryption import Keyring, is_sealed
from core.errors import FilesUnavailable, Misconfigured, NotFound, UnreadableDocument
from core.folder_store import PARTIAL, FolderStore
from core.s3_store import S3Options, S3Store
from core.tenants import TenantId, tenant_id

COPIES_AT_ONCE = 8

_HASH = re.compile(r"[0-9a-f]{64}")
_KEPT = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/[0-9a-f]{2}/([0-9a-f]{64})")


class ObjectStore(Protocol):
    """Bytes under paths. An object is seen whole or not at all, and is there for good once written.

    Every method raises `FilesUnavailable` where the store does not answer.
    """

    where: str
    """What this store is, for an operator."""

    async def prepare(self) -> None:
        """Make what must be there before the first object: the folder, the bucket."""

    async def write(self, path: str, data: bytes) -> None:
        """Keep `data` at `path`, in place of what was there. When this returns, nothing loses it."""

    async def read(self, path: str) -> bytes:
        """What is kept at `path`; `NotFound` where nothing is."""

    async def remove(self, path: str) -> None:
        """Forget what is kept at `path`, if anything is."""

    async def exists(self, path: str) -> bool:
        """Whether something is kept at `path`."""

    def walk(self, below: str) -> AsyncGenerator[tuple[str, datetime], None]:
        """Every path under the folder `below`, the root if empty, and when it was written."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One entry of the store. `kept_at` is when the same content was last put."""

    tenant: TenantId
    content_hash: str
    kept_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy came to: files written, files that were there already, and those that can't be read."""

    copied: int
    already: int
    damaged: tuple[KeptFile, ...]


class Files:
    """Original documents as they were given, each under the SHA-256 of its bytes."""

    def __init__(self, store: ObjectStore, keys: Keyring) -> None:
        self._store = store
        self._keys = keys

    @classmethod
    async def open(cls, url: str, *, folder: Path, keys: Keyring, s3: S3Options | None = None) -> Self:
        """The files at `url`: a path, `s3://bucket/prefix`, or where it is empty `folder`.

        A bucket is not asked before it is needed: a desk starts while its store is away.

        Raises:
            Misconfigured: the URL is of no kind that is known here.
        """
        if urlsplit(url).scheme == "s3":
            return cls(S3Store(url, s3 or S3Options()), keys)
        store = FolderStore(_folder_of(url) if url else folder)
        await store.prepare()
        return cls(store, keys)

    @property
    def where(self) -> str:
        """Where the files are, in words for an operator."""
        return self._store.where

    async def put(self, tenant: TenantId, data: bytes) -> str:
        """Keep `data` and return its hash. When this returns, no killed process and no power cut loses it.

        What is there already is written anew: a damaged copy is mended, and an old key given up.
        """
        content_hash, sealed = await anyio.to_thread.run_sync(self._seal, tenant, data)
        await self._store.write(_path(tenant, content_hash), sealed)
        return content_hash

    async def get(self, tenant: TenantId, content_hash: str) -> bytes:
        """The bytes kept under `content_hash`.

        Raises:
            NotFound: the tenant has no such file.
            UnreadableDocument: they are no longer the bytes that were put.
        """
        try:
            kept = await self._store.read(_path(tenant, content_hash))
        except NotFound as error:
            raise NotFound(f"the file {content_hash!r} is not in the store") from error
        return await anyio.to_thread.run_sync(self._unseal, tenant, content_hash, kept)

    async def exists(self, tenant: TenantId, content_hash: str) -> bool:
        """Whether bytes are kept under `content_hash`."""
        return await self._store.exists(_path(tenant, content_hash))

    async def delete(self, tenant: TenantId, content_hash: str) -> None:
        """Forget the bytes; nothing happens where there are none."""
        await self._store.remove(_path(tenant, content_hash))

    async def list(self, tenant: TenantId | None = None) -> AsyncGenerator[KeptFile, None]:
        """Every file of `tenant`, or of all tenants; one that is put or deleted meanwhile may be missed."""
        async with aclosing(self._store.walk(tenant_id(tenant) if tenant else "")) as walk:
            async for path, written_at in walk:
                if kept := _KEPT.fullmatch(path):
                    yield KeptFile(tenant=tenant_id(kept[1]), content_hash=kept[2], kept_at=written_at)

    async def copy_to(self, other: Files, *, done: Callable[[KeptFile], None] | None = None) -> Copied:
        """Copy every file into `other` and read it back there; `done` is called for each.

        What `other` holds intact under its first key is left alone, so a copy that was cut off
        is taken up by calling this again. Copying to itself encrypts what an older desk left
        in the open, and what an older key sealed.
        """
        await other._store.prepare()
        results: Counter[str] = Counter()
        damaged: tuple[KeptFile, ...] = ()
        async with aclosing(self.list()) as every:
            while batch := [each async for each in _first(every, COPIES_AT_ONCE)]:
                copies = (self._copy(each, other) for each in batch)
                for each, result in zip(
                    batch, await asyncio.gather(*copies, return_exceptions=True), strict=True
                ):
                    if isinstance(result, UnreadableDocument):
                        damaged = (*damaged, each)
                    elif isinstance(result, BaseException):
                        raise result
                    else:
                        results[result] += 1
                    if done:
                        done(each)
        return Copied(copied=results["copied"], already=results["already"], damaged=damaged)

    async def check(self) -> str:
        """Where the files are and how they are kept, once a probe was written, read and deleted.

        One of the files is opened too, to see that the key is theirs.

        Raises:
            FilesUnavailable: one of these failed; the text says the mend.
            UnreadableDocument: the file that was opened is damaged.
        """
        probe, words = f"{PARTIAL}/{uuid.uuid4().hex}", secrets.token_bytes(1000)
        try:
            await self._store.write(probe, self._keys.seal(words, probe))
            if self._keys.unseal(await self._store.read(probe), probe) != words:
                raise FilesUnavailable(f"{self.where} gives back other bytes than it was given")
        finally:
            await self._store.remove(probe)
        found = f"in {self.where}, encrypted with the key {self._keys.name}"
        async with aclosing(self.list()) as every:
            async for each in every:
                with suppress(NotFound):
                    kept = await self._store.read(_path(each.tenant, each.content_hash))
                    await anyio.to_thread.run_sync(self._unseal, each.tenant, each.content_hash, kept)
                    if not self._keys.is_current(kept):
                        found += ", some of them not yet: run `frontdesk migrate`"
                    break
        return found

    async def close(self) -> None:
        """Let go of connections."""
        await self._store.close()

    async def _copy(self, file: KeptFile, other: Files) -> str:
        if await other._holds(file.tenant, file.content_hash):
            return "already"
        try:
            data = await self.get(file.tenant, file.content_hash)
        except NotFound:
            return "deleted"
        await other.put(file.tenant, data)
        if await other.get(file.tenant, file.content_hash) != data:
            raise FilesUnavailable(f"{other.where} gives back other bytes than it was given")
        return "copied"

    async def _holds(self, tenant: TenantId, content_hash: str) -> bool:
        """Whether an intact copy is kept under the first key."""
        try:
            kept = await self._store.read(_path(tenant, content_hash))
            await anyio.to_thread.run_sync(self._unseal, tenant, content_hash, kept)
        except (NotFound, UnreadableDocument):
            return False
        return self._keys.is_current(kept)

    def _seal(self, tenant: TenantId, data: bytes) -> tuple[str, bytes]:
        content_hash = hashlib.sha256(data).hexdigest()
        return content_hash, self._keys.seal(data, _path(tenant, content_hash))

    def _unseal(self, tenant: TenantId, content_hash: str, kept: bytes) -> bytes:
        if is_sealed(kept):
            return self._keys.unseal(kept, _path(tenant, content_hash))
        if hashlib.sha256(kept).hexdigest() != content_hash:
            raise UnreadableDocument("the stored copy is damaged: upload the document again")
        return kept


def _path(tenant: TenantId, content_hash: str) -> str:
    if not _HASH.fullmatch(content_hash):
        raise NotFound(f"{content_hash!r} is the hash of no file")
    return f"{tenant_id(tenant)}/{content_hash[:2]}/{content_hash}"


def _folder_of(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in url:
        raise Misconfigured(f"FRONTDESK_FILES__URL is {url!r}: a path and s3://bucket/prefix are known here")
    return Path(url)


async def _first(files: AsyncGenerator[KeptFile, None], count: int) -> AsyncGenerator[KeptFile, None]:
    """The next `count` of `files`, or as many as there are."""
    for _ in range(count):
        try:
            yield await anext(files)
        except StopAsyncIteration:
            return
