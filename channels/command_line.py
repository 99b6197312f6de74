"""The command line: every verb in one app, and what becomes of an error."""

from __future__ import annotations

import logging
import sys

from channels import (  # noqa: F401 - each adds its verbs
    api_keys,
    asking,
    call_commands,
    faq_commands,
    ingesting,
    loading,
    measuring,
    measuring_understanding,
    operating,
    persona_commands,
    serving,
    slack_commands,
    tool_commands,
    upkeep,
    working,
)
from channels.simulators import commands as simulating  # noqa: F401 - likewise
from channels.terminal import app, terminal
from core.errors import FrontdeskError


def run(workers: working.Workers) -> None:
    """Run the command line; a refusal or an outage is one sentence and exit code 1.

    `workers` do what `up` and `worker` have to be done behind the scenes: doors and workers
    do not know each other, so the launcher brings them together.
    """
    logging.captureWarnings(capture=True)
    try:
        app(obj=workers)
    except FrontdeskError as error:
        terminal.print(f"frontdesk: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
