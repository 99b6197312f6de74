"""Each verb of the command line is found in the module that the table names."""

from __future__ import annotations

from collections import defaultdict

from channels.command_line import MODULES, load_verbs
from channels.terminal import app


def test_the_table_names_every_verb_with_all_the_modules_that_add_to_it() -> None:
    load_verbs()
    homes: dict[str, set[str]] = defaultdict(set)
    for command in app.registered_commands:
        assert command.callback is not None
        homes[command.name or command.callback.__name__].add(command.callback.__module__)
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands if group.typer_instance else ():
            assert command.callback is not None
            homes[str(group.name)].add(command.callback.__module__)
    named = defaultdict(set)
    for module, verbs in MODULES.items():
        for verb in verbs:
            named[verb].add(f"channels.{module}")
    assert named.keys() == homes.keys()
    for verb, modules in homes.items():
        assert modules <= named[verb], verb
