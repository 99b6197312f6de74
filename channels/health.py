"""`/health`, `/ready` and `/metrics`: whether the process lives, what it needs, what it counted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Literal

import anyio
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from channels.door import Door, DoorOf
from core.errors import FrontdeskError

logger = logging.getLogger(__name__)

CHECK_S = 5.0

router = APIRouter(tags=["operation"])

Part = Literal["records", "index", "embedder", "generator"]
State = Literal["ok", "degraded", "down"]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the desk can answer, and which part keeps it from it.

    Without its language model the desk still answers, in quotes: that is `degraded`.
    """

    status: Literal["ready", "not ready"]
    parts: dict[Part, State]


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health() -> Health:
    """Liveness: nothing else is asked."""
    return Health()


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(door: DoorOf, response: Response) -> Readiness:
    """Readiness, part by part; 503 while one that every answer needs is down."""
    parts: dict[Part, State] = {
        part: "ok" if await _works(part, check) else "down" for part, check in _needed(door).items()
    }
    parts["generator"] = "ok" if await _works("generator", door.desk.answerer.generator.check) else "degraded"
    is_ready = "down" not in parts.values()
    response.status_code = 200 if is_ready else 503
    return Readiness(status="ready" if is_ready else "not ready", parts=parts)


@router.get("/metrics", response_class=Response)
async def metrics(door: DoorOf) -> Response:
    """What Prometheus scrapes."""
    counts = await door.desk.ingester.catalogue.counts(door.desk.tenant.id)
    return Response(door.meters.page(counts), media_type="text/plain; version=0.0.4; charset=utf-8")


def _needed(door: Door) -> dict[Part, Callable[[], Awaitable[object]]]:
    desk = door.desk
    return {
        "records": desk.ingester.claims.owners,
        "index": lambda: desk.searcher.index.count(desk.tenant.id),
        "embedder": lambda: desk.searcher.embedder.embed_query("ready"),
    }


async def _works(part: Part, check: Callable[[], Awaitable[object]]) -> bool:
    try:
        with anyio.fail_after(CHECK_S):
            await check()
    except (FrontdeskError, SQLAlchemyError, OSError) as error:
        logger.warning("part_down", extra={"part": part, "error": type(error).__name__})
        return False
    return True
