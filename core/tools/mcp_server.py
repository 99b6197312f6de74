"""What an operator says of an MCP server, and what the server says of its tools."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import Misconfigured
from core.tools.tool import DEFAULT_TIMEOUT_S, Effect

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """A server that speaks the Model Context Protocol: at a `url`, or a `command` that the desk starts.

    `only` names the tools that are taken, all where it is empty. `effects` says of a tool
    whether it reads or changes, whatever the server says; `examples` what customers say who
    want it. `env` and the common variables (`PATH`, `HOME`, …) are all that a command gets.
    """

    name: str
    url: str = ""
    token: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: str = ""
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    only: Sequence[str] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    timeout_s: float = DEFAULT_TIMEOUT_S

    def check(self) -> None:
        """Nothing where it can be used.

        Raises:
            Misconfigured: its name is none, or it has not just one of `url` and `command`.
        """
        if not _NAME.fullmatch(self.name):
            raise Misconfigured(
                f"{self.name!r} in FRONTDESK_TOOLS__MCP can't name a server: "
                "use up to 32 lower-case letters, digits and hyphens"
            )
        if bool(self.url) == bool(self.command):
            raise Misconfigured(f"the MCP server {self.name!r} in FRONTDESK_TOOLS__MCP needs url or command")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise Misconfigured(
                f"the url of the MCP server {self.name!r} has to begin with https:// or http://"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool as its server describes it: somebody else's words, to be taken as data."""

    name: str
    schema: Mapping[str, Any]
    title: str = ""
    description: str = ""
    is_read_only: bool = False
