"""The verbs that measure what is understood: `eval` of intents, slots, dialogues and injection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from channels.measuring import evaluate, measured_session
from channels.terminal import (
    DataOption,
    JsonOption,
    TenantOption,
    page,
    print_json,
    progress_bar,
    run_async,
    show_figures,
    watch,
)
from core.datasets import DialogueSet
from core.dialogue_evaluation import evaluate_dialogues, index_entries
from core.evaluation import ingest_texts
from core.injection import InjectionSet, attack_all, injection_figures
from core.intent_evaluation import evaluate_intents, first_of_each, load_utterances, without_some_intents
from core.slot_evaluation import evaluate_slots, load_slot_examples


@evaluate.command()
def intents(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    train: Annotated[Path, typer.Argument(help="A CSV to learn from: columns text and category.")],
    test: Annotated[Path, typer.Argument(help="A CSV to measure on, with the same columns.")],
    rows_per_intent: Annotated[
        int | None, typer.Option(min=1, help="Learn from the first so many rows of each intent only.")
    ] = None,
    leave_out: Annotated[
        int, typer.Option(min=0, help="So many intents are not learned, and out of scope in the test.")
    ] = 0,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Learn intents from one CSV and tell them apart in another; what was not learned is out of scope."""

    async def work() -> int:
        taught = load_utterances(train)
        if leave_out:
            taught = without_some_intents(taught, leave_out)
        if rows_per_intent is not None:
            taught = first_of_each(taught, rows_per_intent)
        asked = load_utterances(test)
        async with measured_session(data, tenant, train) as session:
            with progress_bar() as progress:
                embedder = session.desk.answerer.searcher.embedder
                figures = await evaluate_intents(
                    embedder, taught, asked, lambda words: watch(progress, words)
                )
        show_figures(figures, as_json, f"intents of {train.name} in {test.name}")
        return 0

    run_async(work())


@evaluate.command()
def slots(
    train: Annotated[
        Path, typer.Argument(help="Messages with marked values to train on, as restaurant8k's.")
    ],
    test: Annotated[Path, typer.Argument(help="Messages to find the values in.")],
    as_json: JsonOption = False,
) -> None:
    """Find typed values in messages: with the extractors alone, and with a tagger trained beside them."""
    figures = evaluate_slots(load_slot_examples(train), load_slot_examples(test))
    if as_json:
        print_json(figures)
        return
    for way in ("extractors", "tagger"):
        rows = {slot: row for slot, row in figures[way].items() if isinstance(row, dict)}
        columns = list(next(iter(rows.values())))
        table = Table("slot", *columns, title=f"{way}: {figures[way]['ms']} ms a message")
        for slot, row in rows.items():
            table.add_row(slot, *(str(row[column]) for column in columns))
        page.print(table)


@evaluate.command()
def injection(
    folder: Annotated[
        Path,
        typer.Argument(help="BIPIA's email.jsonl, text_attack_train.json and code_attack_train.json."),
    ],
    limit: Annotated[int, typer.Option(min=1, help="Poisoned e-mails to ask about.")] = 200,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask about e-mails with orders hidden in them, and count what the orders come to."""

    async def work() -> int:
        loaded = InjectionSet.load(folder, limit=limit)
        async with measured_session(data, tenant, folder) as session:
            with progress_bar() as progress:
                keys = await ingest_texts(
                    session.desk.ingester, loaded.texts(), session.tenant, watch(progress, "ingesting")
                )
                asked = attack_all(
                    session.desk.answerer, loaded, keys, session.tenant, watch(progress, "asking")
                )
                figures = injection_figures([one async for one in asked])
        show_figures(figures, as_json, f"orders hidden in {figures['documents']} documents")
        return 0

    run_async(work())


@evaluate.command()
def dialogues(
    faq: Annotated[Path, typer.Argument(help="The FAQ: JSONL of _id, entity, question, answer.")],
    turns: Annotated[
        Path, typer.Argument(help="Dialogues: JSONL of turns, seeks_knowledge, knowledge (ids of the FAQ).")
    ],
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find what a customer's last turn asks for, by itself and with the turns before it."""

    async def work() -> int:
        loaded = DialogueSet.load(faq, turns)
        async with measured_session(data, tenant, faq) as session:
            with progress_bar() as progress:
                await index_entries(
                    loaded.entries, session.desk.searcher, session.tenant, watch(progress, "embedding")
                )
                figures = await evaluate_dialogues(
                    loaded, session.desk.searcher, session.tenant, watch(progress, "asking")
                )
        show_figures(figures, as_json, f"dialogues of {turns.name}")
        return 0

    run_async(work())
