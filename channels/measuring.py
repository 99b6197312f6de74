"""The verbs that measure: `eval retrieval`, `eval answers` and `bench`."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

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
    progress_bar,
    run_async,
    show_figures,
    watch,
)
from core.benchmark import bench_desk
from core.datasets import AnswerSet, RetrievalSet
from core.evaluation import answer_all, answer_figures, evaluate_retrieval, ingest_texts, made_standalone

evaluate = typer.Typer(
    help="How good the desk is, on data in the field's own formats.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(evaluate, name="eval")

Half = Literal["all", "even", "odd"]


@evaluate.command()
def retrieval(
    folder: Annotated[
        Path, typer.Argument(help="A BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv.")
    ],
    history: Annotated[
        bool, typer.Option(help="Make each question standalone from the turns in its `metadata.history`.")
    ] = True,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Rank a BEIR folder's texts for its questions, and compare with its judgements."""

    async def work() -> int:
        loaded = RetrievalSet.load(folder)
        asked, leaning = await made_standalone(loaded) if history else (loaded, 0)
        async with measured_session(data, tenant, folder) as session:
            with progress_bar() as progress:
                keys = await ingest_texts(
                    session.desk.ingester, loaded.corpus, session.tenant, watch(progress, "ingesting")
                )
                figures = await evaluate_retrieval(
                    asked, session.desk.answerer, keys, session.tenant, watch(progress, "searching")
                )
        figures |= {"with_history": len(loaded.history), "follow_ups": leaning}
        if as_json:
            print_json(figures)
        else:
            columns = list(next(iter(figures["stages"].values())))
            title = (
                f"{figures['queries']} questions, {len(loaded.history)} with turns before them "
                f"({leaning} made standalone), {figures['passages']} passages"
            )
            table = Table("stage", *columns, title=title)
            for stage, values in figures["stages"].items():
                table.add_row(stage, *(str(values[column]) for column in columns))
            page.print(table)
        return 0

    run_async(work())


@evaluate.command()
def answers(
    file: Annotated[Path, typer.Argument(help="A SQuAD file, 1.1 or 2.0.")],
    half: Annotated[
        Half, typer.Option(help="Ask about all articles, or those at even or odd places only.")
    ] = "all",
    threshold: Annotated[
        float | None, typer.Option(help="Abstain below this confidence instead of the desk's own.")
    ] = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask a SQuAD file's questions of its paragraphs, the whole way to the cited answer."""

    async def work() -> int:
        asked = {"all": (0, 1), "even": (0,), "odd": (1,)}[half]
        loaded = AnswerSet.load(file, articles=lambda place: place % 2 in asked)
        async with measured_session(data, tenant, file) as session:
            answerer = session.desk.answerer
            with progress_bar() as progress:
                keys = await ingest_texts(
                    session.desk.ingester, loaded.paragraphs, session.tenant, watch(progress, "ingesting")
                )
                moved = watch(progress, "asking")
                given = []
                async for one in answer_all(answerer, loaded.questions, keys, session.tenant):
                    given.append(one)
                    moved(len(given), len(loaded.questions))
            own = answerer.policy.least_confidence(await answerer.personas.of(session.tenant))
            figures = answer_figures(given, own if threshold is None else threshold)
        show_figures(figures, as_json, f"answers to {file.name}")
        return 0

    run_async(work())


@app.command()
def bench(
    passages: Annotated[list[int] | None, typer.Option(help="Sizes to measure at; may be repeated.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure speed and memory on made-up text: ingest, search, answers, start-up."""

    async def work() -> int:
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, progress_bar() as progress:
            figures = await bench_desk(
                lambda name: open_session(Path(folder) / name, ""),
                passages or [650, 20_000],
                lambda words: watch(progress, words),
            )
        show_figures(figures, as_json, "bench")
        return 0

    run_async(work())


@asynccontextmanager
async def measured_session(data: Path | None, tenant: str, source: Path) -> AsyncIterator[Session]:
    """A desk for an evaluation: a temporary one, or in `data` under a tenant named after the source."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-eval-") as folder:
        async with open_session(data or Path(folder), tenant or _tenant_of(source)) as session:
            yield session


def _tenant_of(source: Path) -> str:
    return f"eval-{hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:12]}"
