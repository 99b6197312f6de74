"""The verb `load`: many visitors at once against a running desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from channels.terminal import JsonOption, app, run_async, show_figures
from channels.visitors import Load, visit
from core.errors import Refused

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
QUESTIONS = (
    "How long do I have to return an item?",
    "What does express shipping cost?",
    "Which payment methods do you take?",
    "How long is the warranty on a lamp?",
    "Can I change the delivery address of my order?",
)


@app.command()
def load(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    url: Annotated[str, typer.Argument(help="A running desk, such as http://127.0.0.1:7860.")],
    visitors: Annotated[int, typer.Option(min=1, max=1000, help="Conversations at the same time.")] = 100,
    rate: Annotated[float, typer.Option(min=0.1, max=200, help="Questions a second, together.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="For how long.")] = 20,
    questions: Annotated[
        Path | None, typer.Option(help="A text file with a question a line, asked in turn.")
    ] = None,
    key: Annotated[
        str, typer.Option(help="An API key; with one, conversations are not limited by address.")
    ] = "",
    elsewhere: Annotated[bool, typer.Option(help="Allow a desk on another machine; only your own.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ask a running desk at an even pace, and check every answer; exit 1 where one was wrong or lost."""

    async def work() -> int:
        if not elsewhere and urlsplit(url).hostname not in _HERE:
            raise Refused(f"{url!r} is not this machine: add --elsewhere if that desk is yours to load")
        asked = _lines(questions) if questions else QUESTIONS
        plan = Load(visitors=visitors, per_second=rate, seconds=seconds, questions=asked)
        try:
            figures = await visit(url, plan, key)
        except httpx.HTTPError as error:
            raise Refused(f"the desk at {url!r} did not take the visitors: {error}") from error
        show_figures(figures, as_json, f"load on {url}")
        return 1 if figures["faults"] else 0

    run_async(work())


def _lines(file: Path) -> tuple[str, ...]:
    lines = tuple(line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    if not lines:
        raise Refused(f"{str(file)!r} holds no question: write one a line")
    return lines
