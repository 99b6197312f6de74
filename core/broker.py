"""How the desk speaks Celery: one bare application for those who send jobs and those who do them."""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.to_thread

from core.errors import QueueUnavailable
from core.jobs import JOB_NAMES, QUEUES, Job, JobName

if TYPE_CHECKING:
    from celery import Celery

Result = TypeVar("Result")

QUEUE_NAMES = tuple(sorted(set(QUEUES.values())))
KEY_PREFIX = "frontdesk:jobs:"
"""What every key of ours in the broker begins with."""
LONGEST_JOB_S = 3600.0
REDELIVERY_MARGIN_S = 300.0
"""How much longer than the longest job a job may stay unconfirmed before somebody else gets it."""
RESTORE_S = 10
"""How often, in seconds, a worker looks for jobs that went unconfirmed for too long."""
POLLS_A_SECOND = 10
"""How often a worker that has nothing to do looks around; each time may restore, so most do not."""
SOCKET_S = 5.0


def celery_app(broker_url: str, *, visible_after_s: float = LONGEST_JOB_S + REDELIVERY_MARGIN_S) -> Celery:
    """An application that knows the queues and how to reach them, and no tasks.

    A job that nobody has confirmed after `visible_after_s` is given to somebody else, so that
    has to be longer than the longest job. Without the two restore options that would never
    happen where a worker starts again before the time is over.
    """
    from celery import Celery  # noqa: PLC0415 - loaded where there is a broker

    from core.broker_transport import Amqp  # noqa: PLC0415 - likewise

    app = Celery("frontdesk", set_as_current=False, amqp=Amqp)
    app.conf.update(
        broker_url=broker_url,
        broker_use_ssl=_tls(broker_url),
        broker_connection_timeout=SOCKET_S,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": visible_after_s,
            "unacked_restore_interval": RESTORE_S,
            "unacked_restore_throttle": max(1, int(min(RESTORE_S, visible_after_s / 4) * POLLS_A_SECOND)),
            "priority_steps": [0],
            "global_keyprefix": KEY_PREFIX,
            "socket_timeout": SOCKET_S,
            "socket_connect_timeout": SOCKET_S,
            "socket_keepalive": True,
        },
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_queues={name: {"exchange": name, "routing_key": name} for name in QUEUE_NAMES},
        task_default_queue=QUEUES["ingest"],
        task_create_missing_queues=False,
        task_routes={task_name(name): {"queue": QUEUES[name]} for name in JOB_NAMES},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
    )
    return app


def task_name(name: JobName) -> str:
    """What a job is called in the broker.

    >>> task_name("ingest")
    'frontdesk.ingest'
    """
    return f"frontdesk.{name}"


def task_arguments(job: Job) -> dict[str, Any]:
    """What a job is in the broker."""
    return {"id": job.id, "tenant": job.tenant, "body": job.body}


async def consumers(broker_url: str, *, timeout_s: float = 2.0) -> dict[str, int]:
    """How many workers listen to each queue; a queue that nobody listens to counts 0.

    Raises:
        QueueUnavailable: the broker did not answer.
    """
    app = celery_app(broker_url)

    def ask() -> dict[str, int]:
        with app.connection_for_read() as connection:
            reach(connection)
            heard = app.control.inspect(timeout=timeout_s, connection=connection).active_queues()
        listening = Counter(queue["name"] for queues in (heard or {}).values() for queue in queues)
        return {name: listening[name] for name in QUEUE_NAMES}

    try:
        return await answered(ask, broker_url, within_s=timeout_s + 2 * SOCKET_S)
    finally:
        app.close()


async def answered(
    call: Callable[[], Result],
    broker_url: str,
    *,
    within_s: float,
    limiter: anyio.CapacityLimiter | None = None,
) -> Result:
    """What `call` to the broker returns, waited for in a thread, and not for ever.

    Raises:
        QueueUnavailable: the broker did not answer, or not well.
    """
    from kombu.exceptions import KombuError  # noqa: PLC0415 - loaded where there is a broker
    from redis.exceptions import RedisError  # noqa: PLC0415 - likewise

    try:
        with anyio.fail_after(within_s):
            return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=limiter)
    except TimeoutError as error:
        raise QueueUnavailable(
            f"the broker at {shown(broker_url)} did not answer within {within_s:.0f} seconds"
        ) from error
    except (KombuError, RedisError, OSError) as error:
        raise QueueUnavailable(
            f"the broker at {shown(broker_url)} did not answer ({type(error).__name__}): "
            "see whether Redis runs there, or set FRONTDESK_REDIS__URL"
        ) from error


def reach(connection: Any) -> None:  # noqa: ANN401 - kombu has no types
    """Connect, or fail at once: kombu by itself would go on trying."""
    connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)


def shown(broker_url: str) -> str:
    """The URL as it may be shown: without a password.

    >>> shown("redis://desk:secret@redis:6379/0")
    'redis://desk:**@redis:6379/0'
    """
    from kombu.utils.url import maybe_sanitize_url  # noqa: PLC0415 - loaded where there is a broker

    return str(maybe_sanitize_url(broker_url))


def _tls(broker_url: str) -> dict[str, Any] | None:
    is_tls = broker_url.startswith("rediss://")
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED} if is_tls else None
