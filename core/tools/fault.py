"""What a tool's own questions come to when they fail: its choices, checks, preview and limit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from core.errors import RecordsUnavailable, Refused, Unavailable

logger = logging.getLogger(__name__)

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a tool could not be asked: its refusal, fit for the customer; empty where it did not answer."""

    reason: str = ""


async def attempted(made: Awaitable[Made]) -> Made | Fault:
    """What is made, or how a tool failed meanwhile.

    What the error says may hold a customer's words, so only its kind and its place are logged.

    Raises:
        RecordsUnavailable: the desk's own database did not answer.
    """
    try:
        return await made
    except RecordsUnavailable:
        raise
    except Refused as refused:
        return Fault(reason=str(refused))
    except Unavailable as error:
        logger.warning("tool_not_asked", extra={"error": type(error).__name__})
    except Exception as error:  # a fault in a tool ends what is asked of it, not the conversation
        at = extract_tb(error.__traceback__)[-1]
        place = f"{Path(at.filename).name}:{at.lineno}"
        logger.error("tool_not_asked", extra={"error": type(error).__name__, "at": place})
        logger.debug("tool_not_asked", exc_info=True)
    return Fault()
