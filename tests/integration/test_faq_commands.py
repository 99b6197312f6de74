"""The FAQ from the command line: the real launcher in processes of its own."""

from __future__ import annotations

import json
from pathlib import Path

from core.faq_csv import read_sheet
from tests.fakes.commands import frontdesk, ran

SHEET = (
    "\ufeffFrage;Antwort;Variants;Audience;Colour\r\n"
    "How do I return a lamp?;Send it back;How to return a lamp?|Returns;;red\r\n"
    "Who opens the shop?;The manager.;;staff;\r\n"
    "What is missing?;;;;\r\n"
)


def test_a_sheet_comes_in_and_goes_out_again(tmp_path: Path) -> None:
    data, sheet = str(tmp_path / "data"), tmp_path / "faq.csv"
    sheet.write_text(SHEET, encoding="utf-8", newline="")
    with frontdesk("faq", "import", str(sheet), "--data", data, "--json") as process:
        said, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    report = json.loads(said)
    assert [(row["row"], row["status"]) for row in report["rows"]] == [
        (2, "added"),
        (3, "added"),
        (4, "refused"),
    ]
    assert (report["added"], report["refused"], report["ignored_columns"]) == (2, 1, ["Colour"])
    added = ran("faq", "add", "Do you wrap gifts?", "Yes.", "--valid-until", "2020-01-31", "--data", data)
    assert added["valid_until"] == "2020-01-31"
    out = tmp_path / "out.csv"
    assert ran("faq", "export", "--csv", "--out", str(out), "--data", data)["entries"] == 3
    rows = [row.draft for row in read_sheet(out.read_bytes()).rows]
    assert [row.answer for row in rows if row] == ["Send it back", "The manager.", "Yes."]
    assert ran("faq", "import", str(out), "--data", data)["unchanged"] == 3
    assert ran("faq", "remove", added["faq_id"], "--data", data)["removed"]
    assert len(ran("faq", "list", "--data", data)) == 2


def test_the_examples_for_finetuning_name_the_company_and_leave_out_what_is_staffs(tmp_path: Path) -> None:
    data, folder = str(tmp_path / "data"), tmp_path / "examples"
    sheet = tmp_path / "faq.csv"
    sheet.write_text(SHEET + "How do I pay?;By card.;;;\r\n", encoding="utf-8", newline="")
    with frontdesk("faq", "import", str(sheet), "--data", data) as process:
        said, errors = process.communicate(timeout=120)
    assert "row 4" in said, errors
    export = ("faq", "export", "--for-finetuning", "--out", str(folder), "--data", data)
    figures = ran(*export, TENANT_NAME="Acme")
    lines = [
        json.loads(line)["messages"]
        for split in ("train", "validation")
        for line in (folder / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert figures["train"] + figures["validation"] == len(lines) == 12
    assert figures["validation"]
    asked = {messages[1]["content"] for messages in lines}
    assert {"Acme: How do I pay?", "At Acme, how do I pay?", "Acme: Returns"} <= asked
    assert not any("manager" in str(messages) for messages in lines)
