"""Where the desk keeps things, as the settings name it: records, files, passages, Redis, streams."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from config.settings import Settings
from core.call_sounds import CallSounds
from core.calls import Calls
from core.celery_queue import CeleryQueue
from core.consents import Consents
from core.conversations import Conversations
from core.elasticsearch_client import ElasticsearchOptions
from core.elasticsearch_index import ElasticsearchIndex
from core.encryption import Keyring
from core.event_stream import EventStream
from core.files import Files
from core.inbox import Inbox
from core.jobs import JobQueue
from core.kafka_stream import KafkaEventStream, KafkaTopic
from core.lines import Lines
from core.outbound import Outbound
from core.outbox import Outbox
from core.records import Records
from core.redis_process import redis_programs
from core.redis_server import RedisHandle, open_redis
from core.redis_stream import RedisEventStream
from core.relay import Relay
from core.s3_store import S3Options
from core.search import Embedder, PassageIndex
from core.slack_workspaces import SlackWorkspaces
from core.sqlite_index import SqliteIndex

REDIS, KAFKA = "redis", "kafka"
"""The names of the event streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What holds the desk's data, and what hands the outbox over."""

    records: Records
    outbox: Outbox
    relay: Relay
    inbox: Inbox
    outbound: Outbound
    lines: Lines
    consents: Consents
    calls: Calls
    sounds: CallSounds
    slack: SlackWorkspaces
    files: Files
    index: PassageIndex
    redis: RedisHandle
    queue: JobQueue | None
    streams: Mapping[str, EventStream]


async def open_stores(
    settings: Settings, embedder: Embedder, stack: AsyncExitStack, *, keeps_running: bool
) -> Stores:
    """Every store, to be closed with `stack`. A server that is away holds nothing up.

    Raises:
        Misconfigured: a setting can't be met; the message names it.
    """
    redis = await stack.enter_async_context(
        open_redis(settings.redis.url.get_secret_value(), settings.data / "redis", may_start=keeps_running)
    )
    records = await open_records(settings, stack)
    streams = _streams(settings, redis, stack)
    queue: JobQueue | None = None
    if redis.broker_url:
        queue = CeleryQueue(redis.broker_url)
        stack.push_async_callback(queue.close)
    outbox = Outbox(records, streams=_stream_names(settings))
    keys = open_keys(settings)
    files = await open_files(settings, stack, keys)
    return Stores(
        records=records,
        outbox=outbox,
        relay=Relay(outbox, queue, streams),
        inbox=Inbox(records),
        outbound=Outbound(records),
        lines=Lines(records, Conversations(records, outbox)),
        consents=Consents(records),
        calls=Calls(records, outbox),
        sounds=CallSounds(records, files),
        slack=SlackWorkspaces(records, keys),
        files=files,
        index=open_index(settings, embedder, stack),
        redis=redis,
        queue=queue,
        streams=streams,
    )


async def open_records(settings: Settings, stack: AsyncExitStack, *, upgrade: bool = False) -> Records:
    """The database that the settings name, or the SQLite file of the data folder."""
    chosen = settings.records
    if url := chosen.url.get_secret_value():
        records = await Records.open(url, connections=chosen.connections, upgrade=upgrade)
    else:
        records = await Records.open_file(settings.data / "desk.sqlite")
    stack.push_async_callback(records.close)
    return records


def open_keys(settings: Settings) -> Keyring:
    """What the desk encrypts with."""
    return Keyring.open(settings.files.encryption_key.get_secret_value(), settings.data / "files.key")


async def open_files(settings: Settings, stack: AsyncExitStack, keys: Keyring) -> Files:
    """The files where the settings say, or in the data folder."""
    chosen = settings.files
    files = await Files.open(
        chosen.url,
        folder=settings.data / "files",
        keys=keys,
        s3=S3Options(
            endpoint=chosen.endpoint,
            region=chosen.region,
            access_key=chosen.key.get_secret_value(),
            secret_key=chosen.secret.get_secret_value(),
        ),
    )
    stack.push_async_callback(files.close)
    return files


def open_index(settings: Settings, embedder: Embedder, stack: AsyncExitStack) -> PassageIndex:
    """The index that goes with the embedder: Elasticsearch where there is a URL, else SQLite files."""
    model = embedder.name.partition("@")[0]
    chosen = settings.elasticsearch
    if chosen.url:
        index = ElasticsearchIndex(
            ElasticsearchOptions(
                nodes=tuple(node.strip() for node in chosen.url.split(",")),
                api_key=chosen.api_key.get_secret_value(),
                certificates=chosen.certificates,
                prefix=chosen.prefix,
                shards=chosen.shards,
                replicas=chosen.replicas,
                timeout_s=chosen.timeout_seconds,
            ),
            model=model,
            dimensions=embedder.dimensions,
        )
        stack.push_async_callback(index.close)
        return index
    files = SqliteIndex(settings.data / "passages", model=model, dimensions=embedder.dimensions)
    stack.callback(files.close)
    return files


def _stream_names(settings: Settings) -> list[str]:
    """The streams that events are kept for, also while none of them runs."""
    has_redis = settings.redis.url.get_secret_value() or redis_programs()
    return [*([REDIS] if has_redis else []), *([KAFKA] if settings.events.kafka else [])]


def _streams(settings: Settings, redis: RedisHandle, stack: AsyncExitStack) -> dict[str, EventStream]:
    streams: dict[str, EventStream] = {}
    if redis.kind != "in process":
        streams[REDIS] = RedisEventStream(redis.client, keep=settings.events.keep)
    if settings.events.kafka:
        streams[KAFKA] = KafkaEventStream(
            KafkaTopic(
                servers=settings.events.kafka,
                name=settings.events.topic,
                user=settings.events.kafka_user,
                password=settings.events.kafka_password.get_secret_value(),
                mechanism=settings.events.kafka_mechanism,
                tls=settings.events.kafka_tls,
                certificates=settings.events.kafka_certificates,
            )
        )
    for stream in streams.values():
        stack.push_async_callback(stream.close)
    return streams
