"""The tagger and the measure of slots, on a tiny file of our own."""

import json
from pathlib import Path

import pytest

from channels.terminal import app
from core.errors import UnreadableDocument
from core.slot_evaluation import evaluate_slots, load_slot_examples, marks_in, scores
from core.slot_tagger import Example, SlotTagger, train_tagger

NAMES = "Ada Ben Cleo Dora Egon Fay Gus Hal Ines Jon Kim Lea".split()


def row(text: str, **values: str) -> dict[str, object]:
    labels = []
    for slot, value in values.items():
        start = text.index(value)
        place = {"startIndex": start, "endIndex": start + len(value)} if start else {"endIndex": len(value)}
        labels.append({"slot": slot, "valueSpan": place})
    return {"userInput": {"text": text}, "context": {"requestedSlots": ["people"]}, "labels": labels}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        each
        for name in NAMES
        for each in (
            row(f"a table for two under {name} at 7 pm", people="two", time="7 pm", first_name=name),
            row(f"{name} here, tomorrow please", date="tomorrow", first_name=name),
            row("do you have parking?"),
        )
    ]
    path = tmp_path / "messages.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_a_span_without_a_start_begins_with_the_text(file: Path) -> None:
    examples = load_slot_examples(file)
    assert examples[1].spans == {"date": [(10, 18)], "first_name": [(0, 3)]}
    assert examples[0].requested == {"people"}


def test_a_tagger_finds_names_it_has_not_seen_and_survives_being_stored(file: Path) -> None:
    tagger = train_tagger(load_slot_examples(file), marks_in)
    words, asked = "a table for two under Zoe at 7 pm", frozenset({"people"})
    found = tagger.spans(words, asked, marks_in(words, asked))
    assert [words[start:end] for start, end in found["first_name"]] == ["Zoe"]
    assert SlotTagger.from_bytes(tagger.to_bytes()).spans(words, asked, marks_in(words, asked)) == found
    assert tagger.spans("", asked, {}) == {slot: [] for slot in tagger.slots}


def test_both_ways_are_measured(file: Path) -> None:
    examples = load_slot_examples(file)
    figures = evaluate_slots(examples, examples)
    assert figures["extractors"]["all"]["exact"] == 1.0
    assert set(figures["extractors"]) == {"people", "time", "date", "all", "ms"}
    assert figures["tagger"]["first_name"]["exact"] > 0.9


def test_a_place_that_only_overlaps_is_near_and_not_exact() -> None:
    example = Example(text="at 7 pm", spans={"time": [(3, 7)]})
    figures = scores([example], [{"time": [(3, 4)]}], ["time"])
    assert (figures["time"]["exact"], figures["time"]["near"]) == (0.0, 1.0)


def test_a_file_in_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('[{"text": "7"}]', encoding="utf-8")
    with pytest.raises(UnreadableDocument, match="no file of messages with slots"):
        load_slot_examples(path)


def test_the_command_prints_one_json_document(file: Path) -> None:
    from typer.testing import CliRunner  # noqa: PLC0415 - only this test runs the command line

    import channels.measuring_understanding  # noqa: F401, PLC0415 - it adds the verb

    shown = CliRunner().invoke(app, ["eval", "slots", str(file), str(file), "--json"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["test"] == 36
