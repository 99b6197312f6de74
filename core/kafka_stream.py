"""`KafkaEventStream`: events in a Kafka topic, with those of a conversation in one partition."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from core.errors import EventsUnavailable, Misconfigured
from core.event_stream import DeskEvent

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
LARGEST_REQUEST_BYTES = 1_000_000
BATCH_BYTES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaTopic:
    """Which topic takes the events, where it is, and who writes to it.

    `servers` are host:port, with commas. Without a `user` the brokers are not told who
    writes; without `tls` nothing is encrypted on the way. `certificates` is a file of
    authorities to trust instead of the system's. Within `timeout_s` a call is through or given up.
    """

    servers: str
    name: str = "frontdesk.events"
    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    tls: bool = False
    certificates: str = ""
    timeout_s: float = 20.0


class KafkaEventStream:
    """Events by one idempotent producer, acknowledged by all replicas in sync.

    A producer that could not deliver is left behind with what it held, for it would try for
    ever; the next call begins with a new one. Not to be shared between event loops.

    Raises:
        Misconfigured: the extra is not installed, the servers are not host:port, or the
            certificates can't be read.
    """

    def __init__(self, topic: KafkaTopic) -> None:
        if find_spec("aiokafka") is None:
            raise Misconfigured(
                "events for Kafka need the kafka extra: pip install 'frontdesk[kafka]', "
                "or leave the Kafka servers empty"
            )
        self._topic = topic
        self._servers = _servers(topic)
        self._tls = _tls(topic)
        self._producer: AIOKafkaProducer | None = None
        self._one_at_a_time = asyncio.Lock()

    async def publish(self, events: Sequence[DeskEvent]) -> None:
        """Returns once every replica in sync has all of them.

        Raises:
            EventsUnavailable: Kafka did not answer in time, or did not take them.
        """
        async with self._one_at_a_time:
            await self._attempt(self._deliver(events))

    async def check(self) -> None:
        """Returns if a producer can be had and the topic is there, or comes into being by this.

        Raises:
            EventsUnavailable: not so; the message says what to do.
        """
        async with self._one_at_a_time:
            await self._attempt(self._look())

    async def close(self) -> None:
        """Leaves the brokers, within the timeout also where they do not answer."""
        async with self._one_at_a_time:
            await self._leave()

    async def _attempt(self, doing: Awaitable[None]) -> None:
        from aiokafka.errors import KafkaError  # noqa: PLC0415 - only where the extra is installed

        try:
            async with asyncio.timeout(self._topic.timeout_s / 2):
                await doing
        except (KafkaError, OSError) as error:
            await self._leave()
            raise EventsUnavailable(self._told(error)) from error

    async def _deliver(self, events: Sequence[DeskEvent]) -> None:
        producer = await self._started()
        await producer.partitions_for(self._topic.name)
        sent: list[asyncio.Future[Any]] = []
        try:
            for event in events:
                sent.append(
                    await producer.send(
                        self._topic.name,
                        event.encoded(),
                        key=event.line.encode("utf-8", "replace"),
                        timestamp_ms=int(event.occurred_at.timestamp() * 1000),
                        headers=[CONTENT_TYPE],
                    )
                )
            await asyncio.gather(*sent)
        finally:
            for future in sent:
                future.cancel()

    async def _look(self) -> None:
        from aiokafka.errors import KafkaConnectionError  # noqa: PLC0415 - only where the extra is installed

        producer = await self._started()
        if not await producer.client.force_metadata_update():
            raise KafkaConnectionError
        await producer.partitions_for(self._topic.name)

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self._made()
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    def _made(self) -> AIOKafkaProducer:
        from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - only where the extra is installed

        topic = self._topic
        return AIOKafkaProducer(
            bootstrap_servers=self._servers,
            client_id="frontdesk",
            acks="all",
            enable_idempotence=True,
            compression_type="gzip",
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST_REQUEST_BYTES,
            request_timeout_ms=int(topic.timeout_s * 250),
            retry_backoff_ms=300,
            security_protocol=("SASL_" if topic.user else "") + ("SSL" if topic.tls else "PLAINTEXT"),
            ssl_context=self._tls,
            sasl_mechanism=topic.mechanism if topic.user else "PLAIN",
            sasl_plain_username=topic.user or None,
            sasl_plain_password=topic.password or None,
        )

    async def _leave(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            leaving = asyncio.create_task(_left(producer))
            await asyncio.wait({leaving}, timeout=self._topic.timeout_s / 2)
            leaving.cancel()

    def _told(self, error: Exception) -> str:
        from aiokafka import errors  # noqa: PLC0415 - only where the extra is installed

        where = f"the topic {self._topic.name!r} at {self._topic.servers!r}"
        if isinstance(error, errors.UnknownTopicOrPartitionError):
            return f"Kafka has not {where}: create it, or let the brokers create topics"
        if isinstance(error, errors.TopicAuthorizationFailedError | errors.ClusterAuthorizationFailedError):
            return f"Kafka does not let {self._topic.user!r} write to {where}: grant it Write and Describe"
        if isinstance(error, errors.MessageSizeTooLargeError):
            limit = f"{LARGEST_REQUEST_BYTES:,} bytes"
            return f"Kafka finds an event too large for {where}: set its max.message.bytes to {limit}"
        reason = type(error).__name__
        return f"Kafka did not serve {where} ({reason}); see that it runs and takes this user and password"


def _servers(topic: KafkaTopic) -> list[str]:
    servers = [server.strip() for server in topic.servers.split(",")]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or "/" in host or not port.isdecimal():
            raise Misconfigured(f"the Kafka server {server!r} is not host:port, such as 127.0.0.1:9092")
    return servers


def _tls(topic: KafkaTopic) -> ssl.SSLContext | None:
    if not topic.tls:
        return None
    try:
        return ssl.create_default_context(cafile=topic.certificates or None)
    except OSError as error:
        raise Misconfigured(
            f"the certificates for Kafka in {topic.certificates!r} can't be read: {error.strerror}"
        ) from error


async def _left(producer: AIOKafkaProducer) -> None:
    # stop() would first wait for everything unsent, which never ends while no broker answers.
    producer._closed = True
    with contextlib.suppress(Exception):
        await producer._sender.close()
    await producer.client.close()
