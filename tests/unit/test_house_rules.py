"""The rules of the house, held by a test rather than by review."""

import ast
import gc
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("channels", "config", "core", "ui", "workers")
SOURCES = [ROOT / "frontdesk.py", *(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))]
FORBIDDEN_STEMS = {"utils", "util", "helpers", "common", "misc", "manager", "base", "service"}
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 50, 6


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    # Python 3.11 can break off with a SystemError where it collects garbage while it makes a tree.
    gc.disable()
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    finally:
        gc.enable()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_a_file_fits_in_one_reading(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_a_function_fits_on_a_page_and_takes_few_things(file: Path) -> None:
    for function in functions(file):
        assert (function.end_lineno or 0) - function.lineno < LONGEST_FUNCTION, function.name
        given = [
            argument.arg
            for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
            if argument.arg not in ("self", "cls")
        ]
        is_verb = any("command" in ast.dump(decorator) for decorator in function.decorator_list)
        assert is_verb or len(given) <= MOST_PARAMETERS, f"{function.name}: {given}"


@pytest.mark.parametrize("file", SOURCES, ids=named)
def test_a_module_says_what_lives_in_it(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


def test_no_file_is_an_attic() -> None:
    assert not [file for file in SOURCES if file.stem in FORBIDDEN_STEMS]


def test_no_dependency_owns_the_name_of_a_room() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {room: owners[room] for room in ROOMS if room in owners} == {}


def test_only_the_settings_and_the_launcher_read_the_environment() -> None:
    readers = {
        named(file)
        for file in SOURCES
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
    }
    # Reading hands its environment on to the child processes it starts.
    assert readers <= {"frontdesk.py", "core/reading.py"}


def test_the_settings_file_for_operators_is_up_to_date() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "config.example"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout == (ROOT / ".env.example").read_text(encoding="utf-8"), "run `make env`"


def test_the_page_for_agents_is_short() -> None:
    assert len((ROOT / "AGENTS.md").read_text(encoding="utf-8").splitlines()) <= 80


def test_importing_the_desk_loads_no_heavy_library() -> None:
    heavy = "gradio torch openvino onnxruntime transformers openai pypdfium2 lxml docx pptx".split()
    code = f"import sys, core.assembly; print([name for name in {heavy!r} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
