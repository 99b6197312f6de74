"""The verbs that keep a desk well: `doctor`, `migrate`, `reports` and `review`."""

from __future__ import annotations

import json
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import TaskID

from channels.phone.doctor import phone_finding
from channels.terminal import (
    DataOption,
    JsonOption,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    progress_bar,
    run_async,
    settings_for,
    show_figures,
)
from core.assembly import assemble
from core.assembly.moving_up import assemble_move
from core.broker import consumers
from core.doctor import Finding, examine
from core.errors import FrontdeskError
from core.reports import ReportKind, Reports
from core.review_sample import sample
from core.telemetry import set_up_logging

_MARKS = {"ok": ("✓", "green"), "note": ("•", "yellow"), "bad": ("✗", "red")}


@app.command()
def doctor(data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False) -> None:
    """Look at every part of the desk and say the mend for what is not well; exit 1 where something is bad."""

    async def work() -> int:
        settings = settings_for(data, tenant)
        set_up_logging("error", redacts=settings.safety.redact_logs)
        found: list[Finding] = []
        async with AsyncExitStack() as stack:
            try:
                desk = await stack.enter_async_context(assemble(settings))
            except FrontdeskError as error:
                found.append(Finding(part="settings", state="bad", says=str(error)))
                _show(found[-1], as_json)
            else:
                async for finding in examine(desk, settings.data, consumers):
                    found.append(finding)
                    _show(finding, as_json)
                found.append(phone_finding(settings))
                _show(found[-1], as_json)
        if as_json:
            print_json([asdict(finding) for finding in found])
        return 1 if any(finding.state == "bad" for finding in found) else 0

    run_async(work())


@app.command()
def migrate(
    again: Annotated[
        bool, typer.Option(help="Also move what was moved before; what was deleted since comes back.")
    ] = False,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Move the data folder's records, files and passages to where the settings say; stop the desk first.

    Brings the database and the index up to date as well, so it is also what an upgrade or
    another embedding model asks for. Doing it twice does no harm.
    """

    async def work() -> int:
        settings = settings_for(data, tenant)
        set_up_logging("warning", redacts=settings.safety.redact_logs)
        with progress_bar() as progress:
            bars: dict[str, TaskID] = {}

            def show(what: str, done: int, total: int | None) -> None:
                if what not in bars:
                    bars[what] = progress.add_task(what, total=total)
                progress.update(bars[what], completed=done, total=total)

            async with assemble_move(settings, show) as move:
                figures = await move.run(again=again)
        show_figures(figures, as_json, "moved")
        return 0

    run_async(work())


@app.command()
def reports(
    kind: Annotated[
        ReportKind,
        typer.Argument(
            help="digest: questions without a good answer, grouped; evaluation: liked questions asked again."
        ),
    ] = "digest",
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print the newest report that the work behind the scenes has made."""

    async def work() -> int:
        async with open_session(data, tenant) as session:
            latest = await Reports(session.desk.stores.records).latest(session.tenant, kind)
        if as_json:
            print_json(asdict(latest) if latest else None)
        elif latest is None:
            page.print(f"There is no {kind} yet: `frontdesk up` or `worker` makes one in time.")
        else:
            show_figures(latest.body, as_json, f"{kind} of {latest.created_at:%Y-%m-%d %H:%M} UTC")
        return 0

    run_async(work())


@app.command()
def review(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Answers to list, the newest first.")] = 20,
    export: Annotated[
        bool, typer.Option("--export", help="Print every verdict that reviewers gave instead, as JSON lines.")
    ] = False,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """List a sample of the answers that were given, for a person to look at; always the same ones.

    The admin page's Review tab has the same answers with buttons for a verdict.
    """

    async def work() -> int:
        async with open_session(data, tenant) as session:
            if export:
                async for judged in session.desk.reviews.judgements.all(session.tenant):
                    sys.stdout.write(f"{json.dumps(judged.line(), ensure_ascii=False)}\n")
                return 0
            share = session.settings.safety.review_share
            chosen = await sample(session.desk.stores.records, session.tenant, share, limit=limit)
        if as_json:
            print_json([asdict(each) for each in chosen])
            return 0
        for each in chosen:
            outcome = f"{each.answer.outcome.value}, {each.given_at:%Y-%m-%d %H:%M} UTC"
            said = f"Q: {each.question}\nA: {each.answer.text}\n   ({outcome}, {each.answer.id})\n"
            page.print(said, markup=False, highlight=False, soft_wrap=True)
        if not chosen:
            page.print(f"None of the answers so far is in the sample of {share:.0%}.")
        return 0

    run_async(work())


def _show(finding: Finding, as_json: bool) -> None:
    if as_json:
        return
    mark, colour = _MARKS[finding.state]
    page.print(f"[{colour}]{mark}[/] ", end="")
    says = f"{finding.part}: {finding.says}" + (f"\n  → {finding.fix}" if finding.fix else "")
    page.print(says, markup=False, highlight=False, soft_wrap=True)
