"""The verbs of telephone calls: list them, show one with its timeline, and how long their answers took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from channels.terminal import (
    DataOption,
    JsonOption,
    Session,
    TenantOption,
    app,
    open_session,
    page,
    print_json,
    run_async,
)
from core.call_latencies import Part, Spread, call_spreads
from core.call_sounds import CallSound
from core.kept_calls import CallLine, CallTurn, KeptCall
from core.records import now

calls = typer.Typer(help="Telephone calls: what was said in them, and how long the answers took.")
app.add_typer(calls, name="calls")


@calls.callback(invoke_without_command=True)
def list_calls(
    context: typer.Context,
    most: Annotated[int, typer.Option(min=1, max=500, help="How many, the newest first.")] = 20,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the newest calls."""
    if context.invoked_subcommand is not None:
        return

    async def work() -> None:
        async with open_session(data, tenant) as session:
            found = await session.desk.stores.calls.latest(session.tenant, most=most)
        if as_json:
            print_json([asdict(call) for call in found])
        else:
            _print_list(found)

    run_async(work())


@calls.command("show")
def show_call(
    call_id: Annotated[str, typer.Argument(help="The call's id, as the list has it.")],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print one call: who said what and when, what was heard of it, and how long the answers took."""

    async def work() -> None:
        async with open_session(data, tenant) as session:
            whole = await _whole(session, call_id)
        if as_json:
            print_json(whole.as_json())
        else:
            _print(whole)

    run_async(work())


@calls.command("latency")
def latency(
    hours: Annotated[float, typer.Option(min=0, help="Turns of the last so many hours; 0: all.")] = 0,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Print the p50 and p95 of each part of an answer on the phone, in milliseconds."""

    async def work() -> None:
        since = now() - timedelta(hours=hours) if hours else None
        async with open_session(data, tenant) as session:
            found = await call_spreads(session.desk.stores.records, session.tenant, since=since)
        if as_json:
            print_json({part: asdict(spread) for part, spread in found.items()})
        elif found:
            page.print(_latencies(found))
        else:
            page.print("No turn of a call was measured yet.")

    run_async(work())


def _print_list(found: Sequence[KeptCall]) -> None:
    if not found:
        page.print("There are no calls yet.")
        return
    table = Table("call", "when (UTC)", "from", "to", "state", "seconds", "ended because")
    for call in found:
        seconds = "" if call.duration_s is None else str(call.duration_s)
        when = f"{call.created_at:%Y-%m-%d %H:%M}"
        table.add_row(call.id, when, call.caller, call.called, call.state, seconds, call.ended_because)
    page.print(table)


class _Whole:
    """A call with all that is kept of it."""

    def __init__(self, call: KeptCall) -> None:
        self.call = call
        self.lines: list[CallLine] = []
        self.turns: list[CallTurn] = []
        self.sounds: list[CallSound] = []
        self.spreads: dict[Part, Spread] = {}

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self.call),
            "lines": [asdict(line) for line in self.lines],
            "turns": [asdict(turn) for turn in self.turns],
            "sounds": [
                {
                    name: getattr(one, name)
                    for name in ("id", "kind", "seconds", "size_bytes", "text", "ticket_id")
                }
                for one in self.sounds
            ],
            "latencies": {part: asdict(spread) for part, spread in self.spreads.items()},
        }


async def _whole(session: Session, call_id: str) -> _Whole:
    stores, tenant = session.desk.stores, session.tenant
    whole = _Whole(await stores.calls.get(tenant, call_id))
    whole.lines = await stores.calls.lines(tenant, call_id)
    whole.turns = await stores.calls.turns(tenant, call_id)
    whole.sounds = list(await stores.sounds.of(tenant, call_id))
    whole.spreads = await call_spreads(stores.records, tenant, call_id=call_id)
    return whole


def _print(whole: _Whole) -> None:
    call = whole.call
    length = "" if call.duration_s is None else f", {call.duration_s} s"
    page.print(f"{call.id}: {call.caller or 'withheld'} called {call.called}, {call.state}{length}")
    if call.conversation_id:
        page.print(f"conversation {call.conversation_id}", highlight=False)
    if call.ended_because:
        page.print(f"ended because: {call.ended_because}", highlight=False)
    for line in whole.lines:
        page.print(timeline(line), markup=False, highlight=False, soft_wrap=True)
    for sound in whole.sounds:
        page.print(f"{sound.kind} {sound.id}, {sound.seconds:.0f} s", markup=False, highlight=False)
    if whole.spreads:
        page.print(_latencies(whole.spreads))


def timeline(line: CallLine) -> str:
    """One line of a transcript; of what the caller cut short, the words they heard stand first.

    >>> timeline(CallLine(at_s=3.2, who="desk", text="Thirty days from now.", kind="answer", heard="Thirty"))
    '    3.2  desk    Thirty | not heard: days from now.'
    """
    said = line.text
    if line.heard is not None and line.heard.strip() != line.text.strip():
        rest = line.text.strip().removeprefix(line.heard.strip()).strip()
        said = f"{line.heard.strip()} | not heard: {rest}" if line.heard.strip() else f"(not heard) {rest}"
    keys = "presses " if line.kind == "keys" else ""
    return f"{line.at_s:7.1f}  {line.who:<7} {keys}{said}"


def _latencies(spreads: dict[Part, Spread]) -> Table:
    table = Table("part", "p50 ms", "p95 ms", "turns")
    for part, spread in spreads.items():
        table.add_row(part, f"{spread.p50_ms:.0f}", f"{spread.p95_ms:.0f}", str(spread.turns))
    return table
