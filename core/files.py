"""Where the bytes of documents are kept: a folder, by tenant and content hash."""

import hashlib
import uuid
from pathlib import Path

import anyio
import anyio.to_thread

from core.errors import NotFound
from core.tenants import TenantId, tenant_id


class Files:
    """Original documents as they were given, each under the SHA-256 of its bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, tenant: TenantId, data: bytes) -> str:
        """Keep `data` and return its hash. When this returns, the end of this process loses nothing."""
        return await anyio.to_thread.run_sync(self._put, tenant, data)

    async def get(self, tenant: TenantId, content_hash: str) -> bytes:
        """The bytes kept under `content_hash`.

        Raises:
            NotFound: the tenant has no such file.
        """
        try:
            return await anyio.Path(self._path(tenant, content_hash)).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"the file {content_hash!r} is not in the store") from error

    async def delete(self, tenant: TenantId, content_hash: str) -> None:
        """Forget the bytes; nothing happens where there are none."""
        await anyio.Path(self._path(tenant, content_hash)).unlink(missing_ok=True)

    def _put(self, tenant: TenantId, data: bytes) -> str:
        content_hash = hashlib.sha256(data).hexdigest()
        path = self._path(tenant, content_hash)
        if path.exists():
            return content_hash
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
        partial.write_bytes(data)
        partial.replace(path)
        return content_hash

    def _path(self, tenant: TenantId, content_hash: str) -> Path:
        return self._folder / tenant_id(tenant) / content_hash[:2] / content_hash
