"""Looks at every part of the desk, and says of each that is not well what to do about it."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import anyio

from core.assembly import Desk
from core.documents import DocumentStatus
from core.elasticsearch_index import ElasticsearchIndex
from core.errors import FrontdeskError
from core.event_stream import EventStream
from core.jobs import QUEUES
from core.redis_process import redis_programs
from core.reindex import needs_rebuild
from core.tools.mcp_source import McpSource

State = Literal["ok", "note", "bad"]
CHECK_S = 15.0
LEAST_FREE_MB = 500
MOST_WAITING = 1000
Consumers = Callable[[str], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found of a part. `bad` keeps the desk from a promise; a `note` is worth knowing."""

    part: str
    state: State
    says: str
    fix: str = ""


async def examine(desk: Desk, data: Path, consumers: Consumers) -> AsyncIterator[Finding]:
    """A finding on every part, one after the other; none takes longer than fifteen seconds.

    `consumers` tells how many workers listen to each queue of a broker.
    """
    checks: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
        ("data folder", lambda: _folder(data)),
        ("records", lambda: _records(desk)),
        ("files", lambda: _files(desk)),
        ("passage index", lambda: _index(desk)),
        ("embedder", lambda: _embedder(desk)),
        ("language model", lambda: _generator(desk)),
        ("redis", lambda: _redis(desk)),
        ("workers", lambda: _workers(desk, consumers)),
        ("outbox", lambda: _outbox(desk)),
        ("doors that push", lambda: _doors(desk)),
        ("documents", lambda: _documents(desk)),
        ("reading pictures", _pictures),
    ]
    for part, check in checks:
        yield await _looked_at(part, check)
    for tenant, sources in desk.answerer.understanding.toolbox.sources.items():
        for source in sources:
            part = f"tools of {source.server.name} for {tenant}"
            yield await _looked_at(part, partial(_tools, part, source))
    for name, stream in desk.stores.streams.items():
        yield await _looked_at(f"event stream {name}", partial(_stream, name, stream))


async def _looked_at(part: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        with anyio.fail_after(CHECK_S):
            return await check()
    except FrontdeskError as error:
        return Finding(part=part, state="bad", says=str(error))
    except TimeoutError:
        return Finding(
            part=part,
            state="bad",
            says=f"no answer within {CHECK_S:.0f} seconds",
            fix="see whether it is overloaded, or something swallows the connection",
        )


async def _folder(data: Path) -> Finding:
    free_mb = shutil.disk_usage(data).free // 2**20
    if free_mb < LEAST_FREE_MB:
        return Finding(
            part="data folder",
            state="bad",
            says=f"{data} has {free_mb} MB left",
            fix="make room, or move the folder and set FRONTDESK_DATA",
        )
    if kept := sorted([path.name async for path in anyio.Path(data).glob("desk.sqlite.before-*")]):
        return Finding(
            part="data folder",
            state="note",
            says=f"{kept[-1]} still holds what the records held before an upgrade, also what is deleted now",
            fix="remove it once you are content with the upgrade",
        )
    return Finding(part="data folder", state="ok", says=f"{data}, {free_mb:,} MB free")


async def _records(desk: Desk) -> Finding:
    return Finding(part="records", state="ok", says=await desk.stores.records.check())


async def _files(desk: Desk) -> Finding:
    return Finding(part="files", state="ok", says=await desk.stores.files.check())


async def _index(desk: Desk) -> Finding:
    index = desk.searcher.index
    if isinstance(index, ElasticsearchIndex):
        await index.ping()
        if await needs_rebuild(index, desk.tenant.id):
            return Finding(
                part="passage index",
                state="note",
                says="the passages lie in a former layout, or under another model",
                fix="frontdesk migrate",
            )
    count = await index.count(desk.tenant.id)
    name = type(index).__name__
    return Finding(part="passage index", state="ok", says=f"{name}, {count:,} passages of {desk.tenant.id}")


async def _embedder(desk: Desk) -> Finding:
    began = time.perf_counter()
    await desk.searcher.embedder.embed_query("Is the model awake?")
    spent = (time.perf_counter() - began) * 1000
    name = desk.searcher.embedder.name
    return Finding(part="embedder", state="ok", says=f"{name}, a question in {spent:.1f} ms")


async def _generator(desk: Desk) -> Finding:
    generator = desk.answerer.generator
    if generator is desk.answerer.fallback:
        return Finding(
            part="language model",
            state="note",
            says="none: answers are sentences quoted from the documents",
            fix="set FRONTDESK_GENERATOR__URL to an OpenAI-compatible server, such as vLLM",
        )
    return Finding(part="language model", state="ok", says=await generator.check())


async def _redis(desk: Desk) -> Finding:
    redis = desk.stores.redis
    if redis.kind == "in process" and (programs := redis_programs()):
        says = f"a private server is started by `frontdesk up`, `web` or `worker` ({programs[0]})"
        return Finding(part="redis", state="ok", says=says)
    if redis.kind == "in process":
        return Finding(
            part="redis",
            state="note",
            says="none: session memory, cache and jobs live in one process and end with it",
            fix="install redis-server, or set FRONTDESK_REDIS__URL",
        )
    await redis.check()
    return Finding(part="redis", state="ok", says=f"{redis.kind} server")


async def _workers(desk: Desk, consumers: Consumers) -> Finding:
    broker = desk.stores.redis.broker_url
    if not broker:
        waiting = sum((await desk.ingester.claims.waiting()).values())
        says = f"jobs run inside `frontdesk up` or `frontdesk worker`; {waiting} documents wait"
        return Finding(part="workers", state="note", says=says)
    there = await consumers(broker)
    deaf = sorted({queue for queue in QUEUES.values() if not there.get(queue)})
    if deaf:
        return Finding(
            part="workers",
            state="bad",
            says=f"nobody listens to the queue {', '.join(deaf)}",
            fix="start `frontdesk worker` (or `frontdesk up`)",
        )
    return Finding(part="workers", state="ok", says=", ".join(f"{name}: {n}" for name, n in there.items()))


async def _outbox(desk: Desk) -> Finding:
    waiting = await desk.stores.outbox.waiting()
    late = {target: count for target, count in waiting.items() if count > MOST_WAITING}
    says = ", ".join(f"{count} for {target}" for target, count in waiting.items()) or "nothing waits"
    if late:
        return Finding(
            part="outbox",
            state="bad",
            says=says,
            fix=f"see whether {', '.join(late)} is reachable; `frontdesk web` or `worker` hands it over",
        )
    return Finding(part="outbox", state="ok", says=says)


async def _doors(desk: Desk) -> Finding:
    came, went = await desk.stores.inbox.queue.counts(), await desk.stores.outbound.queue.counts()
    says = f"{came.get('waiting', 0)} came in and wait, {went.get('waiting', 0)} wait to be sent"
    failed = came.get("failed", 0) + went.get("failed", 0) + went.get("undelivered", 0)
    if came.get("waiting", 0) > MOST_WAITING:
        fix = "`frontdesk web` works on them: see whether it runs and what its log says"
        return Finding(part="doors that push", state="bad", says=says, fix=fix)
    if failed:
        fix = "the log line `outbound_refused` says why; the ticket's page shows what a customer was told"
        return Finding(part="doors that push", state="note", says=f"{says}, {failed} never arrived", fix=fix)
    return Finding(part="doors that push", state="ok", says=says)


async def _documents(desk: Desk) -> Finding:
    counts = await desk.ingester.catalogue.counts(desk.tenant.id)
    says = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "none yet"
    if counts.get(DocumentStatus.REFUSED):
        return Finding(
            part="documents", state="note", says=says, fix="`frontdesk documents` says why some were refused"
        )
    return Finding(part="documents", state="ok", says=says)


async def _pictures() -> Finding:
    if find_spec("rapidocr") is None:
        return Finding(
            part="reading pictures",
            state="note",
            says="scans and pictures are refused",
            fix="pip install 'frontdesk[ocr]'",
        )
    return Finding(part="reading pictures", state="ok", says="text in scans and pictures is read")


async def _tools(part: str, source: McpSource) -> Finding:
    standing = await source.standing()
    if not standing.is_reached:
        fix = "see that the server runs; url, token and command stand in FRONTDESK_TOOLS__MCP"
        return Finding(part=part, state="bad", says=standing.reason, fix=fix)
    if standing.skipped:
        why = "; ".join(f"{name}: {reason}" for name, reason in standing.skipped.items())
        return Finding(
            part=part,
            state="note",
            says=f"reached, {standing.tools} tools; left out: {why}",
            fix='name the tools to take in "only", or mend their schemas at the server',
        )
    return Finding(part=part, state="ok", says=f"reached, {standing.tools} tools")


async def _stream(name: str, stream: EventStream) -> Finding:
    await stream.check()
    return Finding(part=f"event stream {name}", state="ok", says="takes events")
