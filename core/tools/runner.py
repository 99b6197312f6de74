"""Runs tools: in time, once for each wish, with a line for each call in the audit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import Refused, Unavailable
from core.records import Records, now
from core.schema import tool_calls
from core.stored_values import storable
from core.tools.tool import Caller, Tool

logger = logging.getLogger(__name__)

State = Literal["begun", "done", "refused", "failed", "unknown"]
READ_ATTEMPTS = 3
RETRY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a call ended: what to tell the customer where it is `done` or `refused`.

    `failed` means that nothing was changed, `unknown` that it may have been: the call went out
    and nothing came back, so a person has to look.
    """

    state: State
    text: str = ""


class Runner:
    """Carries out calls and keeps the audit of them."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def run(
        self, tool: Tool, caller: Caller, arguments: Mapping[str, Any], key: str, approved_by: str = ""
    ) -> Ran:
        """Call the tool, unless that was done under this key before: then how that ended.

        Reads are tried again when their system does not answer. What changes the world is
        never tried twice.

        Raises:
            RecordsUnavailable: the audit can't be written, so nothing is called.
        """
        stored = {
            name: tool.parameter(name).adapter.dump_python(value, mode="json")
            for name, value in arguments.items()
        }
        if not await self._begin(tool, replace(caller, key=key), stored, approved_by):
            return await self.known(caller, key) or Ran(state="unknown")
        call = self._read if tool.effect == "reads" else self._call
        ran = await call(tool, replace(caller, key=key), arguments)
        await self._end(caller, key, ran)
        logger.info(
            "tool_called",
            extra={"tool": tool.name, "tenant": caller.tenant, "effect": tool.effect, "state": ran.state},
        )
        return ran

    async def known(self, caller: Caller, key: str) -> Ran | None:
        """How the call under this key has ended, or that nobody knows; none where there was no call."""
        query = select(tool_calls.c.state, tool_calls.c.result).where(
            tool_calls.c.tenant == caller.tenant, tool_calls.c.key == key
        )
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        # One that never ended may have reached the other system before its process died.
        return Ran(state="unknown" if row.state == "begun" else row.state, text=row.result or "")

    async def _begin(self, tool: Tool, caller: Caller, arguments: dict[str, Any], approved_by: str) -> bool:
        """Write down that the call begins; False where one has begun under its key before."""
        row = {
            "tenant": caller.tenant,
            "key": caller.key,
            "conversation_id": caller.conversation_id,
            "customer": caller.customer,
            "tool": tool.name,
            "effect": tool.effect,
            "arguments": arguments,
            "state": "begun",
            "began_at": now(),
            "approved_by": approved_by or None,
        }
        try:
            async with self._records.transaction() as connection:
                await connection.execute(insert(tool_calls).values(**row))
        except IntegrityError:
            return False
        return True

    async def _end(self, caller: Caller, key: str, ran: Ran) -> None:
        async with self._records.transaction() as connection:
            await connection.execute(
                update(tool_calls)
                .where(tool_calls.c.tenant == caller.tenant, tool_calls.c.key == key)
                .values(state=ran.state, result=ran.text, ended_at=now())
            )

    async def _read(self, tool: Tool, caller: Caller, arguments: Mapping[str, Any]) -> Ran:
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                await asyncio.sleep(RETRY_S * 2**attempt)
            ran = await self._call(tool, caller, arguments)
            if ran.state in ("done", "refused"):
                return ran
        return Ran(state="failed")

    async def _call(self, tool: Tool, caller: Caller, arguments: Mapping[str, Any]) -> Ran:
        try:
            async with asyncio.timeout(tool.timeout_s):
                return Ran(state="done", text=storable(await tool.run(caller, **arguments)))
        except Refused as refused:
            return Ran(state="refused", text=storable(str(refused)))
        except Unavailable as error:
            logger.warning("tool_unavailable", extra={"tool": tool.name, "error": type(error).__name__})
            return Ran(state="failed")
        except TimeoutError:
            logger.warning("tool_timed_out", extra={"tool": tool.name, "seconds": tool.timeout_s})
            return Ran(state="unknown")
        except Exception as error:  # a fault in a tool ends its call, not the conversation
            # What the error says may hold a customer's words.
            logger.error("tool_broke", extra={"tool": tool.name, "error": type(error).__name__})
            logger.debug("tool_broke", exc_info=True)
            return Ran(state="unknown")
