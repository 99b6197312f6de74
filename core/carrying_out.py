"""Does what was approved: looks once more whether it still holds, then calls the tool, once."""

from __future__ import annotations

import logging

from core.approval import Approval
from core.errors import RecordsUnavailable, Refused, Unavailable
from core.phrases import phrase
from core.tools.filling import reason_against, values_of
from core.tools.runner import Ran, Runner
from core.tools.tool import Caller, Tool
from core.tools.wording import what_it_does

logger = logging.getLogger(__name__)


async def carry_out(runner: Runner, tool: Tool | None, caller: Caller, approval: Approval) -> Ran:
    """How the approved call ended; where it was made before, how it ended then.

    Between the customer's yes and the colleague's things may have changed. So every value is
    checked again, and what the tool would do now must read as it did then; else it is
    `refused`, with a reason fit for the customer. `failed` means that nothing was changed.

    Raises:
        RecordsUnavailable: the audit can't be read or written; nothing is called.
    """
    if before := await runner.known(caller, approval.key):
        return before
    if tool is None:
        logger.warning("approved_tool_gone", extra={"tenant": caller.tenant, "tool": approval.tool})
        return Ran(state="failed")
    if against := await _obstacle(tool, caller, approval):
        return against
    values = values_of(tool, approval.arguments)
    return await runner.run(tool, caller, values, approval.key, approval.decided_by or "")


async def _obstacle(tool: Tool, caller: Caller, approval: Approval) -> Ran | None:
    """How it ends without a call; none where nothing stands in its way."""
    try:
        reason = await _reason_against(tool, caller, approval)
    except RecordsUnavailable:
        raise
    except Refused as refused:
        return Ran(state="refused", text=str(refused))
    except Unavailable as error:
        logger.warning("tool_unavailable", extra={"tool": tool.name, "error": type(error).__name__})
        return Ran(state="failed")
    except Exception:  # a fault in a tool's own checks: nothing has been called yet
        logger.exception("tool_broke", extra={"tool": tool.name})
        return Ran(state="failed")
    return None if reason is None else Ran(state="refused", text=reason)


async def _reason_against(tool: Tool, caller: Caller, approval: Approval) -> str | None:
    """Why what was agreed can't be done now; none where it can."""
    known: dict[str, object] = {}
    for name, value in values_of(tool, approval.arguments).items():
        reason = await reason_against(tool.parameter(name), value, caller, known)
        if reason is not None:
            return reason or phrase("approved_changed", caller.language)
        known[name] = value
    if await what_it_does(tool, caller, known) != approval.shown:
        return phrase("approved_changed", caller.language)
    return None
