"""The command line: every verb in one app, and what becomes of an error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from channels import asking, ingesting, measuring, operating, serving  # noqa: F401 - each adds its verbs
from channels.terminal import app, terminal
from core.errors import FrontdeskError


def run(work: Callable[..., Coroutine[Any, Any, None]]) -> None:
    """Run the command line; a refusal or an outage is one sentence and exit code 1.

    `work` is what `up` and `worker` run on queued documents: doors and workers do not know
    each other, so the launcher brings them together.
    """
    logging.captureWarnings(capture=True)
    try:
        app(obj=work)
    except FrontdeskError as error:
        terminal.print(f"frontdesk: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
