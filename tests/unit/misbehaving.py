"""A reader that does to its process what the document says: for the tests of `Readers`."""

import os
import signal
import time
from pathlib import Path

from core.documents import Extract, Section
from core.errors import FrontdeskError, TooLarge, Unavailable, UnreadableDocument

ERRORS: dict[str, FrontdeskError] = {
    "too-large": TooLarge("too many words"),
    "unreadable": UnreadableDocument("no words"),
    "unavailable": Unavailable("no answer"),
}


def read(data: bytes, name: str, *, tika_url: str = "") -> Extract:
    """Hangs, dies, grows, refuses or answers."""
    words = data.decode()
    if words in ERRORS:
        raise ERRORS[words]
    misbehave(*words.split())
    return Extract.of([Section(text=f"{os.getpid()} read {name}", heading=("A", "B"), page=3)])


def misbehave(fault: str, path: str = "") -> None:
    """Does what the name of the fault says."""
    match fault:
        case "hang":
            time.sleep(600)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "grow":
            held = [bytearray(b"x" * 10_000_000) for _ in range(300)]
            time.sleep(len(held))
        case "allocate":
            bytearray(8_000_000_000)
        case "print":
            os.write(1, b"noise on standard output")
        case "mark":
            Path(path).write_text(str(os.getpid()))
            time.sleep(600)
