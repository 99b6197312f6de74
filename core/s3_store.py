"""`S3Store`: objects in a bucket of S3, MinIO or another server of that protocol, through s3fs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from core.errors import FilesUnavailable, Misconfigured, NotFound

CONNECT_S = 3.0
TRIES = 2
PAGE = 1000

Result = TypeVar("Result")

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://(\[[0-9a-f:]+\]|[\w.-]+)(:\d+)?/?", re.IGNORECASE)
_CREDENTIALS = "mend FRONTDESK_FILES__KEY and FRONTDESK_FILES__SECRET, or what the key may do in the bucket"
_REGION = "mend FRONTDESK_FILES__REGION"
_MENDS = {
    "NoSuchBucket": "create it, or let `frontdesk migrate` do so, or mend FRONTDESK_FILES__URL",
    "AccessDenied": _CREDENTIALS,
    "AllAccessDisabled": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "InvalidAccessKeyId": _CREDENTIALS,
    "InvalidToken": _CREDENTIALS,
    "SignatureDoesNotMatch": _CREDENTIALS,
    "403": _CREDENTIALS,
    "NoCredentialsError": "set FRONTDESK_FILES__KEY and FRONTDESK_FILES__SECRET",
    "PartialCredentialsError": "set both FRONTDESK_FILES__KEY and FRONTDESK_FILES__SECRET",
    "RequestTimeTooSkewed": "set the clock of this machine",
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidRegionError": _REGION,
    "PermanentRedirect": _REGION,
    "301": _REGION,
}
_OTHERWISE = "see whether it runs, and whether FRONTDESK_FILES__ENDPOINT is its address"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """How to reach the server: Amazon's without an endpoint, with the key that its tools find without one."""

    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    timeout_s: float = 30.0


class S3Store:
    """An `ObjectStore` in the bucket, and under the prefix, of an `s3://bucket/prefix`.

    It belongs to the event loop that uses it first.
    """

    def __init__(self, url: str, options: S3Options) -> None:
        parts = urlsplit(url)
        if not _BUCKET.fullmatch(parts.netloc):
            raise Misconfigured(f"FRONTDESK_FILES__URL is {_shown(url)!r}: write it as s3://bucket/prefix")
        if options.endpoint and not _ENDPOINT.fullmatch(options.endpoint):
            raise Misconfigured(
                f"FRONTDESK_FILES__ENDPOINT is {_shown(options.endpoint)!r}: "
                "write it as http://127.0.0.1:9000"
            )
        self._bucket = parts.netloc
        self._prefix = f"{prefix}/" if (prefix := parts.path.strip("/")) else ""
        self._options = options
        self._connecting = asyncio.Lock()
        self._files: Any = None
        self._faults: tuple[type[Exception], ...] = ()
        self.where = f"the bucket {self._bucket!r} at {options.endpoint or 'Amazon S3'}"

    async def prepare(self) -> None:
        """Make the bucket where there is none."""
        asked: dict[str, Any] = {"Bucket": self._bucket}
        if self._options.region != "us-east-1":
            asked["CreateBucketConfiguration"] = {"LocationConstraint": self._options.region}
        try:
            await self._ask(lambda files: files._call_s3("head_bucket", Bucket=self._bucket))
        except NotFound:
            await self._ask(lambda files: files._call_s3("create_bucket", **asked))

    async def write(self, path: str, data: bytes) -> None:
        """Keep `data` at `path`, in place of what was there; returns when the server has it unchanged."""
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        await self._ask(lambda files: files._pipe_file(self._name(path), data, ChecksumSHA256=checksum))

    async def read(self, path: str) -> bytes:
        """What is kept at `path`.

        Raises:
            NotFound: nothing is.
        """
        content: bytes = await self._ask(lambda files: files._cat_file(self._name(path)))
        return content

    async def remove(self, path: str) -> None:
        """Forget what is kept at `path`, if anything is, with the older versions that the bucket may hold."""
        at = {"Bucket": self._bucket, "Key": self._prefix + path}
        gone = await self._ask(lambda files: files._call_s3("delete_object", **at))
        if not gone.get("DeleteMarker"):
            return
        kept = await self._ask(
            lambda files: files._call_s3("list_object_versions", Bucket=self._bucket, Prefix=at["Key"])
        )
        # A version in force came after the mark of this deletion; the marks go last, as they hide the rest.
        older = [version for version in kept.get("Versions", ()) if not version["IsLatest"]]
        for version in (*older, *kept.get("DeleteMarkers", ())):
            await self._forget(version)

    async def exists(self, path: str) -> bool:
        """Whether something is kept at `path`."""
        at = {"Bucket": self._bucket, "Key": self._prefix + path}
        try:
            await self._ask(lambda files: files._call_s3("head_object", **at))
        except NotFound:
            return False
        return True

    async def walk(self, below: str) -> AsyncGenerator[tuple[str, datetime], None]:
        """Every path under the folder `below`, and when it was written."""
        prefix = self._prefix + (f"{below}/" if below else "")
        asked: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix, "MaxKeys": PAGE}
        while True:
            page = await self._list(asked)
            for each in page.get("Contents", ()):
                yield each["Key"].removeprefix(self._prefix), each["LastModified"]
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    async def close(self) -> None:
        """Let go of the connections."""
        if self._files is not None:
            files, self._files = self._files, None
            if files._s3 is not None:
                await files._s3.close()

    async def _forget(self, version: dict[str, Any]) -> None:
        at = {"Bucket": self._bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
        await self._ask(lambda files: files._call_s3("delete_object", **at))

    async def _list(self, asked: dict[str, Any]) -> dict[str, Any]:
        page: dict[str, Any] = await self._ask(lambda files: files._call_s3("list_objects_v2", **asked))
        return page

    def _name(self, path: str) -> str:
        return f"{self._bucket}/{self._prefix}{path}"

    async def _ask(self, call: Callable[[Any], Awaitable[Result]]) -> Result:
        async with self._connecting:
            if self._files is None:
                self._files, self._faults = await anyio.to_thread.run_sync(_open, self._options)
        try:
            with anyio.fail_after(self._options.timeout_s):
                return await call(self._files)
        except self._faults as error:
            self._tell(error)

    def _tell(self, error: Exception) -> NoReturn:
        response = getattr(error.__cause__, "response", None) or {}
        code = response.get("Error", {}).get("Code") or type(error).__name__
        # Only an answer without a body, to a HEAD, may name no code; a 404 else is from no S3 server.
        is_bodiless = getattr(error.__cause__, "operation_name", "").startswith("Head")
        if code == "NoSuchKey" or (code == "404" and is_bodiless):
            raise NotFound("the file is not in the store") from error
        is_refused = response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (401, 403)
        mend = _MENDS.get(code, _CREDENTIALS if is_refused else _OTHERWISE)
        raise FilesUnavailable(f"{self.where} did not do what it was asked ({code}): {mend}") from error


def _shown(url: str) -> str:
    """`url` without a password that somebody may have put into it."""
    return re.sub(r"//[^/]*@", "//…@", url)


def _open(options: S3Options) -> tuple[Any, tuple[type[Exception], ...]]:
    """The file system, and the errors it may raise. Reads megabytes of descriptions: for a thread."""
    try:
        import aiohttp  # noqa: PLC0415 - half a second for all of them, and for buckets only
        import s3fs  # noqa: PLC0415
        from aiobotocore.session import AioSession  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        from botocore.parsers import ResponseParserError  # noqa: PLC0415
    except ImportError as error:
        raise Misconfigured(
            "FRONTDESK_FILES__URL names a bucket, which needs s3fs: pip install 'frontdesk[s3]'"
        ) from error
    session = AioSession()
    # The loader keeps what it has read, so that nothing is read in the event loop.
    loader = session.get_component("data_loader")
    for description in ("service-2", "endpoint-rule-set-1"):
        loader.load_service_model("s3", description)
    for table in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(table)
    files = s3fs.S3FileSystem(
        key=options.access_key or None,
        secret=options.secret_key or None,
        endpoint_url=options.endpoint or None,
        session=session,
        client_kwargs={"region_name": options.region},
        config_kwargs={
            "connect_timeout": CONNECT_S,
            "read_timeout": options.timeout_s,
            "retries": {"mode": "standard", "total_max_attempts": TRIES},
            # Every server checks the hash of the body in the signature; not every one a checksum of its own.
            "s3": {
                "payload_signing_enabled": True,
                "addressing_style": "path" if options.endpoint else "auto",
            },
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        max_concurrency=1,  # one request reads a whole object
        asynchronous=True,
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    files.retries = 1  # botocore tries again, not s3fs as well
    return files, (OSError, BotoCoreError, ResponseParserError, aiohttp.ClientError)
