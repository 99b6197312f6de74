"""The verbs under `simulate`: local servers to try a channel without an account."""

from __future__ import annotations

import typer

from channels.simulators.sms_commands import verb as sms
from channels.terminal import app

simulate = typer.Typer(
    help="Try a channel without an account: a local server that behaves as its platform does.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(simulate, name="simulate")
simulate.add_typer(sms)
