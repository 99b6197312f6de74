"""An utterance on the child's side of a recogniser: sound comes, words are asked for, at last all of them.

A recogniser's parent sends `{"do": "sound"}` with 8 kHz samples as payload, `{"do": "partial", "number": n}`
and `{"do": "finish"}`; each but the first is answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from channels.voice.child_work import Request
from channels.voice.frames import Frame
from channels.voice.sound import Samples


class Hearing(Protocol):
    """One utterance as an engine works on it."""

    def take(self, samples: Samples) -> None:
        """More sound, 8 kHz."""

    def partial(self) -> str:
        """The words so far."""

    def finish(self) -> dict[str, Any]:
        """`text`, and where they are known `language` and `confidence`."""

    def close(self) -> None:
        """Let go of what was lent to it."""


def heard(request: Request, hearing: Hearing) -> Iterator[Frame | None]:
    """The reply to an utterance: every partial that was asked for, then the transcript."""
    try:
        while True:
            frame = request.more()
            if frame is None:
                yield None
                continue
            match frame.header["do"]:
                case "sound":
                    hearing.take(np.frombuffer(frame.payload, "<i2"))
                    yield Frame({"alive": True}) if frame.header.get("says") else None
                case "partial":
                    yield Frame({"partial": frame.header["number"], "text": hearing.partial()})
                case "finish":
                    yield Frame({"final": hearing.finish()})
                    return
    finally:
        hearing.close()
