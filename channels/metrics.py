"""What Prometheus is told: counters and histograms in a registry of the app's own."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.messages import Answer

_STEP_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Meters:
    """The desk's counters. Every door that answers calls `answered` once a fresh answer."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "frontdesk_answers", "Answers given.", ["outcome", "channel"], registry=self.registry
        )
        self._seconds = Histogram(
            "frontdesk_answer_seconds",
            "Time an answer took, by step.",
            ["step"],
            buckets=_STEP_SECONDS,
            registry=self.registry,
        )
        self._documents = Gauge(
            "frontdesk_documents", "Documents in the catalogue.", ["status"], registry=self.registry
        )
        self._requests = Counter(
            "frontdesk_http_requests",
            "HTTP requests ended.",
            ["method", "route", "status"],
            registry=self.registry,
        )

    def answered(self, channel: str, answer: Answer) -> None:
        """Count an answer and the time of each of its steps."""
        self._answers.labels(outcome=answer.outcome.value, channel=channel).inc()
        for step, spent_ms in answer.timings_ms.items():
            self._seconds.labels(step=step).observe(spent_ms / 1000)

    def requested(self, method: str, route: str, status: int) -> None:
        """Count an HTTP request by the route's pattern, never by the path somebody typed."""
        self._requests.labels(method=method, route=route, status=str(status)).inc()

    def page(self, documents: Mapping[str, int]) -> bytes:
        """Everything in Prometheus's text format; `documents` is how many have each status."""
        self._documents.clear()
        for status, count in documents.items():
            self._documents.labels(status=status).set(count)
        return generate_latest(self.registry)


class CountRequests:
    """ASGI middleware that counts each HTTP request once it has ended."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", None) or "other"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._meters.requested(method, route, status)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
