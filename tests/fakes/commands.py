"""The real command line, run in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STOP_S = 20


@contextmanager
def frontdesk(*words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """The real command line in a process of its own, ended with the context if it still runs."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "frontdesk.py"), *words],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**clean, **{f"FRONTDESK_{name}": value for name, value in settings.items()}},
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def ran(*words: str, **settings: str) -> Any:
    """What a verb prints with --json."""
    with frontdesk(*words, "--json", **settings) as process:
        said, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return json.loads(said)


@contextmanager
def serving(verb: str, data: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process that serves, and what it printed once it was ready."""
    with frontdesk(verb, "--port", "0", "--data", str(data), "--json", **settings) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        yield process, json.loads(line)
