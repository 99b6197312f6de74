"""A reader that does to its process what the document says: for the tests of `Readers`."""

import os
import signal
import time
from pathlib import Path

from core.documents import Extract, Section
from core.errors import TooLarge, Unavailable, UnreadableDocument


def read(data: bytes, name: str, *, tika_url: str = "") -> Extract:
    """Hangs, dies, grows or answers."""
    match data.decode().split():
        case ["hang"]:
            time.sleep(600)
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["crash"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["grow"]:
            held = [bytearray(b"x" * 10_000_000) for _ in range(300)]
            time.sleep(len(held))
        case ["allocate"]:
            bytearray(8_000_000_000)
        case ["print"]:
            os.write(1, b"noise on standard output")
        case ["too-large"]:
            raise TooLarge("too many words")
        case ["unreadable"]:
            raise UnreadableDocument("no words")
        case ["unavailable"]:
            raise Unavailable(f"nothing at {tika_url!r}")
        case ["mark", path]:
            Path(path).write_text(str(os.getpid()))
            time.sleep(600)
    return Extract.of([Section(text=f"{os.getpid()} read {name}", heading=("A", "B"), page=3)])
