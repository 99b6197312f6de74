"""How a desk speaks and hears, from the command line: the real launcher in processes of its own."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.fakes.commands import frontdesk, ran


def test_a_persona_is_shown_in_the_form_that_sets_it(tmp_path: Path) -> None:
    data, file = str(tmp_path / "data"), tmp_path / "persona.yaml"
    with frontdesk("persona", "show", "--data", data) as process:
        said, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    form = yaml.safe_load(said)
    assert (form["version"], form["name"], form["doors"]) == (0, "", None)
    file.write_text(yaml.safe_dump(form | {"name": "Juno", "languages": ["de"]}), encoding="utf-8")
    saved = ran("persona", "set", str(file), "--data", data)
    assert (saved["version"], saved["name"], saved["saved_by"]) == (1, "Juno", "cli")
    with frontdesk("persona", "set", str(file), "--data", data) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "it has version 1 and this change is of version 0" in errors
    assert ran("persona", "undo", "--data", data)["name"] == ""
    file.write_text("colour: red\nlanguages: [xx]\n", encoding="utf-8")
    with frontdesk("persona", "set", str(file), "--data", data) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "colour" in errors
    assert "languages.0" in errors


def test_utterances_come_in_from_a_sheet_and_go_out_again(tmp_path: Path) -> None:
    data, sheet = str(tmp_path / "data"), tmp_path / "said.csv"
    sheet.write_text("text,category\ngimme a meatbag,human\nahoy matey,greeting\n", encoding="utf-8")
    tried = ran("utterances", "import", str(sheet), "--trial", "--data", data)
    assert (tried["added"], tried["asked"] > 60) == (2, True)
    assert ran("utterances", "export", "--data", data) == []
    assert ran("utterances", "import", str(sheet), "--data", data)["added"] == 2
    assert ran("utterances", "import", str(sheet), "--data", data)["unchanged"] == 2
    with frontdesk("utterances", "export", "--data", data) as process:
        said, errors = process.communicate(timeout=120)
    assert sorted(said.splitlines()) == sorted(sheet.read_text(encoding="utf-8").splitlines()), errors
    sheet.write_text("text,category\nhello,human\n", encoding="utf-8")
    with frontdesk("utterances", "import", str(sheet), "--data", data) as process:
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "line 1: 'hello' comes with the desk as 'greeting'" in errors
