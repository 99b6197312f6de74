"""Errors to HTTP: one status code a family, one JSON shape, and never more than a sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from core.errors import (
    FrontdeskError,
    NotFound,
    NotNow,
    RateLimited,
    Refused,
    TooLarge,
    Unauthorized,
    UnknownTenant,
)

BROKEN = "something went wrong on our side; it was noted, and trying again may help"
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class Failure(BaseModel):
    """Why a request was not carried out; `retryable` says whether the same one may work later."""

    type: str
    message: str
    retryable: bool


class FailureBody(BaseModel):
    """What every failed request answers with."""

    error: Failure


_STATUSES = (401, 403, 404, 409, 413, 422, 429, 503)
_FAMILIES: tuple[tuple[type[FrontdeskError], int], ...] = (
    (NotFound, 404),
    (UnknownTenant, 404),
    (NotNow, 409),
    (TooLarge, 413),
    (Refused, 422),
    (RateLimited, 429),
)
"""The status of each family of errors; of several that fit, the first."""
Responses = dict[int | str, dict[str, Any]]

FAILURES: Responses = {status: {"model": FailureBody} for status in _STATUSES}
"""The failures of every route, for the OpenAPI page."""

FAILURES_BESIDE_A_STREAM: Responses = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FailureBody"}}},
    }
    for status in _STATUSES
}
"""The same for a route that answers with something else than JSON where it succeeds."""


def status_of(error: FrontdeskError, *, is_known: bool) -> int:
    """The HTTP status of an error; `is_known` says that the caller has shown who they are.

    >>> status_of(Unauthorized("no"), is_known=False), status_of(Unauthorized("no"), is_known=True)
    (401, 403)
    """
    if isinstance(error, Unauthorized):
        return 403 if is_known else 401
    return next((status for family, status in _FAMILIES if isinstance(error, family)), 503)


def type_of(error: FrontdeskError) -> str:
    """The error's class as a JSON word.

    >>> type_of(TooLarge("no"))
    'too_large'
    """
    return _WORD_START.sub("_", type(error).__name__).lower()


def failure(status: int, kind: str, message: str, *, retryable: bool = False) -> JSONResponse:
    """The JSON answer of a failed request."""
    body = FailureBody(error=Failure(type=kind, message=message, retryable=retryable))
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return JSONResponse(body.model_dump(), status, headers)


def answer_failures(app: FastAPI) -> None:
    """Make every error of this house, and any other, one JSON sentence with its status."""
    app.add_exception_handler(FrontdeskError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _routed)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unforeseen)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FrontdeskError)  # noqa: S101 - registered for this family
    is_known = getattr(request.state, "principal", None) is not None
    status = status_of(error, is_known=is_known)
    response = failure(status, type_of(error), str(error), retryable=error.retryable)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return response


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return failure(422, "refused", faults(error.errors()))


def faults(errors: Sequence[Any]) -> str:
    """Which fields are wrong and why, without what stood in them."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors[:5])


async def _routed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    kind = HTTPStatus(error.status_code).name.lower()
    response = failure(error.status_code, kind, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _gone(_: Request, __: Exception) -> Response:
    """Whoever asked has left before the request was read; nobody reads this."""
    return Response(status_code=400)


async def _unforeseen(_: Request, __: Exception) -> Response:
    return failure(500, "internal", BROKEN, retryable=True)
