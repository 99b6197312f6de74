"""A child process that reads documents: requests on standard input, answers on standard output.

Each message is a four-byte length and that many bytes. What comes back is JSON and never a
pickle: a child that a hostile document has taken over must not reach its parent.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from core.documents import Extract
from core.errors import FrontdeskError

LENGTH_BYTES = 4
_GRACE_S = 5
_PARENT_CHECK_S = 1.0
_STACKS_MB = 256
_MB = 1024 * 1024

Read = Callable[..., Extract]


def main() -> None:
    """Answers requests until standard input ends or the parent is gone.

    The arguments are the reader as `module:function`, the seconds a document may take,
    and the megabytes it may need.
    """
    reader, timeout_s, memory_mb = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    requests, answers = sys.stdin.buffer, _answers()
    _leave_with_parent(os.getppid())
    _limit_memory(memory_mb)
    module, _, function = reader.partition(":")
    read: Read = getattr(import_module(module), function)
    while (head := _take(requests)) is not None:
        data = _take(requests)
        if data is None:
            return
        _alarm(timeout_s + _GRACE_S)
        answer = json.dumps(_answer(read, data, json.loads(head), memory_mb)).encode("utf-8")
        _alarm(0)
        answers.write(len(answer).to_bytes(LENGTH_BYTES, "big") + answer)
        answers.flush()


def _answer(read: Read, data: bytes, head: dict[str, str], memory_mb: int) -> dict[str, object]:
    try:
        extract = read(data, head["name"], tika_url=head["tika_url"])
    except FrontdeskError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        message = f"{head['name']!r} needs more than {memory_mb} MB of memory to be read."
        return {"error": "UnreadableDocument", "message": message, "spent": True}
    parts = extract.sections
    return {"sections": [[part.text, list(part.heading), part.page] for part in parts]}


def _answers() -> BinaryIO:
    """Standard output, out of the reach of a library that prints."""
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return channel


def _take(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return body if len(body) == size else None


def _alarm(seconds: float) -> None:
    """Has the kernel end this process in that time, even if its parent no longer can."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(memory_mb: int) -> None:
    """Caps what this process may allocate, where the system can (RLIMIT_DATA, on Linux).

    The cap lies above the limit: the stacks of threads count although they are hardly
    touched. What is resident is watched from outside.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        cap = (memory_mb + _STACKS_MB) * _MB
        resource.setrlimit(resource.RLIMIT_DATA, (cap, cap))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_with_parent(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_CHECK_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
