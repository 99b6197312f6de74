"""A program that takes the options of espeak-ng's own that the desk uses, on the library of the package."""

import argparse
import struct
import sys
from pathlib import Path

import numpy as np

from channels.voice.espeak_work import Library

TEMPLATE = """#!{python}
import sys
sys.path[:] = {paths!r}
from tests.fakes.espeak_program import main
main()
"""


def write_program(path: Path) -> Path:
    """An executable file that behaves as `espeak-ng --stdin --stdout` does."""
    path.write_text(TEMPLATE.format(python=sys.executable, paths=sys.path), encoding="utf-8")
    path.chmod(0o755)
    return path


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("-v", dest="voice")
    options.add_argument("-s", dest="speed", type=int)
    options.add_argument("-b", dest="encoding", type=int)
    options.add_argument("--stdin", action="store_true")
    options.add_argument("--stdout", action="store_true")
    given = options.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8")
    library = Library({"en": given.voice})
    made = [samples for samples, _ in library.make(text, "en", given.speed / 160)]
    sound = np.concatenate(made).astype("<i2").tobytes() if made else b""
    # As espeak-ng does where it can't go back to write the true length.
    endless = 0x7FFFF000
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", endless, b"WAVE", b"fmt ", 16, 1, 1, 22050, 44100, 2, 16)
    sys.stdout.buffer.write(head + struct.pack("<4sI", b"data", endless) + sound)
