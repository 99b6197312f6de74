"""The command line: every verb in one app, and what becomes of an error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from channels.terminal import app, terminal
from core.errors import FrontdeskError

if TYPE_CHECKING:
    from channels.working import Workers

MODULES = {
    "serving": ("up", "web"),
    "working": ("worker", "beat"),
    "ingesting": ("ingest",),
    "asking": ("search", "ask", "chat"),
    "operating": ("sign-in", "documents", "delete"),
    "tool_commands": ("tools",),
    "upkeep": ("doctor", "migrate", "reports", "review"),
    "loading": ("load",),
    "measuring": ("bench", "eval"),
    "measuring_understanding": ("eval",),
    "faq_commands": ("faq",),
    "persona_commands": ("persona", "utterances"),
    "api_keys": ("key",),
    "slack_commands": ("slack",),
    "call_commands": ("calls",),
    "simulators.commands": ("simulate",),
}
"""The modules of this room that add verbs, in the order of the help, with those that each adds to."""


def run(workers: Workers) -> None:
    """Run the command line; a refusal or an outage is one sentence and exit code 1.

    `workers` do what `up` and `worker` have to be done behind the scenes: doors and workers
    do not know each other, so the launcher brings them together.
    """
    logging.captureWarnings(capture=True)
    load_verbs(sys.argv[1:])
    try:
        app(obj=workers)
    except FrontdeskError as error:
        terminal.print(f"frontdesk: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def load_verbs(arguments: Sequence[str] = ()) -> None:
    """Add the verb that these arguments begin with, or every verb where they begin with none.

    One verb is there in half the time that all of them take.
    """
    wanted = arguments[0] if arguments else ""
    found = [name for name, verbs in MODULES.items() if wanted in verbs]
    for name in found or MODULES:
        import_module(f"channels.{name}")
