"""A real vLLM on this machine's processor, from `.venv-llm`, with a model that is made on the spot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.services.lessons import lessons
from tests.services.process import Server, free_port, missing, running

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-llm" / "bin" / "python"
MODEL = "tiny"
WINDOW = 2048
LEAST_PRIORITY = 19
ENVIRONMENT = (
    "HF_HUB_OFFLINE=1",
    "VLLM_NO_USAGE_STATS=1",
    "DO_NOT_TRACK=1",
    "VLLM_CPU_KVCACHE_SPACE=1",
    # The room `core` and its like must not be found instead of a dependency's module.
    "PYTHONSAFEPATH=1",
)


def _group_of(process: Path) -> int | None:
    try:
        return os.getpgid(int(process.name))
    except ProcessLookupError:
        return None


def _signal_group(group: int | None, number: signal.Signals) -> None:
    if group is not None:
        with suppress(ProcessLookupError):
            os.killpg(group, number)


class VllmServer(Server):
    """A server whose OpenAI-compatible routes are below `url`. It is several processes in one group."""

    service = "vLLM"
    start_s = 240.0

    def __init__(self, folder: Path, model: Path, window: int = WINDOW) -> None:
        port = free_port()
        super().__init__(folder / f"vllm-{port}.log")
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"
        # The wheel for processors lacks the metadata that the `vllm` command asks for.
        serve = [str(PYTHON), "-m", "vllm.entrypoints.openai.api_server"]
        options = {
            "--host": "127.0.0.1",
            "--port": str(port),
            "--model": str(model),
            "--served-model-name": MODEL,
            "--dtype": "float32",
            "--max-model-len": str(window),
            "--structured-outputs-config": '{"backend": "xgrammar", "disable_any_whitespace": true}',
        }
        given = [word for pair in options.items() for word in pair]
        self.command = ["env", *ENVIRONMENT, *serve, *given, "--enforce-eager"]

    def start(self) -> None:
        """Returns once the server is well."""
        super().start()
        self._yield_to_others()

    def stop(self) -> None:
        """Ends it in an orderly way, and whatever it left behind."""
        group = self.pid
        super().stop()
        _signal_group(group, signal.SIGKILL)

    def kill(self) -> None:
        """Ends all its processes as a power cut would."""
        self._signal(signal.SIGKILL)
        super().kill()

    def answers(self) -> bool:
        """Whether it says that it is well."""
        try:
            return httpx.get(f"{self.root}/health", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def running(self) -> int:
        """How many requests its engine works on."""
        lines = httpx.get(f"{self.root}/metrics", timeout=5).text.splitlines()
        return sum(
            int(float(line.rpartition(" ")[2]))
            for line in lines
            if line.startswith(("vllm:num_requests_running{", "vllm:num_requests_waiting{"))
        )

    def _yield_to_others(self) -> None:
        """Gives the engine only the time that no other process wants.

        It polls while it works, and on a machine of two cores leaves its own front, and
        everything else, without a core until a long reply has ended.
        """
        front = self.pid or 0
        members = [each for each in Path("/proc").glob("[0-9]*") if _group_of(each) == front]
        for task in (task for each in members if each.name != str(front) for task in each.glob("task/*")):
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, int(task.name), LEAST_PRIORITY)

    def _signal(self, number: signal.Signals) -> None:
        """Sends a signal to all its processes."""
        _signal_group(self.pid, number)


def tiny_models(folder: Path) -> Path:
    """A folder with the models `quick` and `slow`; making them takes some seconds."""
    if not PYTHON.exists():
        missing("vLLM", "there is no .venv-llm: run `make llm`")
    path, taught = folder / "tiny-llm", folder / "lessons.json"
    taught.write_text(json.dumps(lessons()), encoding="utf-8")
    command = [str(PYTHON), str(Path(__file__).with_name("tiny_llm.py")), str(path), str(taught)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if made.returncode:
        missing("vLLM", f"its model could not be made: {made.stderr[-800:]}")
    return path


@contextmanager
def vllm_server(folder: Path, model: Path, window: int = WINDOW) -> Iterator[VllmServer]:
    """A running server, ended with the context; its model reads and writes `window` tokens, 8,192 at most."""
    with running(VllmServer(folder, model, window)) as server:
        yield server


@pytest.fixture(scope="session")
def vllm_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models that every vLLM of a test run serves: `quick` and `slow`."""
    return tiny_models(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def vllm(tmp_path_factory: pytest.TempPathFactory, vllm_model: Path) -> Iterator[VllmServer]:
    """A server for all tests that leave it running."""
    with vllm_server(tmp_path_factory.mktemp("vllm"), vllm_model / "quick") as server:
        yield server
