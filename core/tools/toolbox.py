"""Which tools each tenant has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from core.errors import Misconfigured
from core.tenants import TenantId
from core.tools.mcp_source import McpSource
from core.tools.tool import Tool

Tools = Mapping[str, Tool]
"""Tools by name."""
LOOKS_AGAIN_S = 2.0


class Toolbox:
    """The tools of every tenant: registered, lent by its sources, and samples where their documents are.

    What a source lends comes and goes; it takes the place of no other tool. `is_sample` says of a
    tenant whether it still has the sample documents; it is asked at most every two seconds.
    """

    def __init__(
        self,
        registered: Mapping[TenantId, Sequence[Tool]],
        samples: Sequence[Tool] = (),
        is_sample: Callable[[TenantId], Awaitable[bool]] | None = None,
        sources: Mapping[TenantId, Sequence[McpSource]] = MappingProxyType({}),
    ) -> None:
        self.sources = sources
        self._registered = {tenant: _by_name(tools) for tenant, tools in registered.items()}
        self._samples = _by_name(samples)
        self._is_sample = is_sample
        self._known: dict[TenantId, tuple[float, bool]] = {}

    async def of(self, tenant: TenantId) -> Tools:
        """The tenant's tools; none where it has none.

        Raises:
            RecordsUnavailable: whether it has the samples can't be looked up.
        """
        own = self._registered.get(tenant, MappingProxyType({}))
        samples = self._samples if await self._has_samples(tenant) else {}
        sources = self.sources.get(tenant, ())
        lent = await asyncio.gather(*(source.tools() for source in sources))
        return {**{tool.name: tool for tools in lent for tool in tools}, **samples, **own}

    async def _has_samples(self, tenant: TenantId) -> bool:
        if not self._samples:
            return False
        if self._is_sample is None:
            return True
        looked_at, has = self._known.get(tenant, (float("-inf"), False))
        if time.monotonic() - looked_at > LOOKS_AGAIN_S:
            has = await self._is_sample(tenant)
            self._known[tenant] = (time.monotonic(), has)
        return has


def _by_name(tools: Sequence[Tool]) -> Tools:
    named = {tool.name: tool for tool in tools}
    if len(named) < len(tools):
        raise Misconfigured(f"two tools have one name: {sorted(tool.name for tool in tools)}")
    return MappingProxyType(named)
