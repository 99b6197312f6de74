"""How jobs are taken from Redis: in one step that also notes who has them.

Kombu pops a job and then notes it as taken. Whoever is killed between the two, worker or
Redis, loses it, and so does a worker that leaves while its pop is on the way. Here a worker
waits with a command that changes nothing, and a script takes the job and notes it at once.
"""

from __future__ import annotations

from time import monotonic, time
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection
from kombu.transport import redis as kombu_redis
from kombu.transport.virtual import Empty
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

_TAKE = """
local raw = redis.call('LINDEX', KEYS[1], -1)
if not raw then return false end
local properties = cjson.decode(raw)['properties']
local tag, delivery = properties['delivery_tag'], properties['delivery_info']
local note = {cjson.encode(delivery['exchange']), cjson.encode(delivery['routing_key'])}
redis.call('ZADD', KEYS[2], ARGV[1], tag)
redis.call('HSET', KEYS[3], tag, '[' .. raw .. ', ' .. note[1] .. ', ' .. note[2] .. ']')
redis.call('RPOP', KEYS[1])
return raw
"""
"""Pops the oldest of a queue and writes down what `kombu.transport.redis.QoS.append` would."""


class Channel(kombu_redis.Channel):  # type: ignore[misc]  # Kombu has no types
    """A channel whose jobs are never in nobody's hands. It listens to one queue at most.

    What needs no confirmation, such as the answers of workers to `inspect`, is popped as ever.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        self._confirmed: set[str] = set()
        self._awaited: str | None = None
        super().__init__(*arguments, **options)

    def basic_consume(self, queue: str, no_ack: bool, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        """Listen to a queue."""
        if not no_ack:
            self._confirmed.add(queue)
            if self._active_queues and self._active_queues != [queue]:
                raise ValueError(f"a channel takes jobs of one queue, and {queue!r} would be its second")
        return super().basic_consume(queue, no_ack, *arguments, **options)

    def _brpop_start(self, timeout: float | None = None) -> None:
        self._awaited = next((queue for queue in self.active_queues if queue in self._confirmed), None)
        if self._awaited is None:
            super()._brpop_start(timeout)
            return
        # The last becomes the last: it stays where it is, for whoever runs the script first.
        key = self._key(self._awaited)
        self._in_poll = self.client.connection
        self._brpop_sent_at = monotonic()
        self.client.connection.send_command(
            "BLMOVE", key, key, "RIGHT", "RIGHT", timeout or self.brpop_timeout
        )

    def _brpop_read(self, **options: Any) -> bool:  # noqa: ANN401
        queue = self._awaited
        if queue is None:
            return bool(super()._brpop_read(**options))
        try:
            waits = self.client.parse_response(self.client.connection, "BLMOVE", **options)
        except self.connection_errors:
            self.client.connection.disconnect()
            raise
        finally:
            self._in_poll = None
        message = self._take(queue) if waits and queue in self.active_queues else None
        if message is None:
            raise Empty
        self.connection._deliver(message, queue)
        return True

    def _get(self, queue: str) -> Any:  # noqa: ANN401
        if queue not in self._confirmed:
            return super()._get(queue)
        message = self._take(queue)
        if message is None:
            raise Empty
        return message

    def _take(self, queue: str) -> Any:  # noqa: ANN401
        keys = [self._key(queue), self._key(self.unacked_index_key), self._key(self.unacked_key)]
        with self.conn_or_acquire() as client:
            raw = client.eval(_TAKE, len(keys), *keys, time())
        return loads(bytes_to_str(raw)) if raw else None

    def _key(self, name: str) -> str:
        return f"{self.global_keyprefix}{name}"


class Transport(kombu_redis.Transport):  # type: ignore[misc]  # likewise
    """Redis, with channels of ours."""

    Channel = Channel


class _Connection(Connection):  # type: ignore[misc]  # likewise
    def get_transport_cls(self) -> type[Transport]:
        """The same for every form of URL; TLS and sockets are told by the URL's other parts."""
        return Transport


class Amqp(AMQP):  # type: ignore[misc]  # Celery has no types
    """Makes every connection of an application one of ours."""

    Connection = _Connection
