"""MCP servers as an operator writes them: one line, whose secrets no error shows."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings

SECRET = "hunter2-hunter2"  # noqa: S105 - of this test alone


def test_servers_stand_in_one_line_of_the_environment(tmp_path: Path) -> None:
    said = {"url": "https://a.example/mcp", "token": SECRET, "tenant": "acme", "only": ["find"]}
    file = tmp_path / ".env"
    file.write_text(f"FRONTDESK_TOOLS__MCP='{json.dumps({'shop': said, 'stock': {'command': 'uvx'}})}'\n")
    servers = Settings(_env_file=file).tools.mcp
    assert (servers["shop"].tenant, servers["shop"].only) == ("acme", ["find"])
    assert servers["shop"].token.get_secret_value() == SECRET
    assert (servers["stock"].command, servers["stock"].timeout_seconds) == ("uvx", 10)
    assert SECRET not in repr(servers)


@pytest.mark.parametrize("wrong", [{"tokn": SECRET}, {"token": [SECRET]}, {"only": SECRET}, SECRET])
def test_an_error_names_the_setting_and_not_what_stands_there(wrong: object) -> None:
    with pytest.raises(ValidationError, match=r"tools\.mcp\.shop") as refused:
        Settings(tools={"mcp": {"shop": wrong}}, _env_file=None)
    assert SECRET not in str(refused.value)
