"""A recogniser's child without a model: it tells how much it was given, and how often it was asked."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from channels.voice.child_work import Request, Work, serve
from channels.voice.frames import Frame
from channels.voice.recogniser_work import heard
from channels.voice.sound import Samples

DEADLY = 32001
"""A sample of this value ends the process, as long as the file of the settings is not there yet."""


class Counting:
    """Its words are the number of samples and of partials, and the hints."""

    def __init__(self, settings: dict[str, Any], header: dict[str, Any]) -> None:
        self._settings = settings
        self._header = header
        self._samples = self._partials = 0

    def take(self, samples: Samples) -> None:
        self._samples += len(samples)
        if DEADLY in samples:
            died = Path(self._settings["died"])
            if not died.exists() or self._settings.get("always"):
                died.touch()
                raise SystemExit(3)

    def partial(self) -> str:
        self._partials += 1
        time.sleep(self._settings.get("partial_s", 0.0))
        return f"{self._samples}"

    def finish(self) -> dict[str, Any]:
        if "fail" in self._header["hints"]:
            raise ValueError("told to")
        words = [f"{self._samples} samples", f"{self._partials} partials", *self._header["hints"]]
        return {"text": ", ".join(words), "language": self._header["language"], "confidence": 0.5}

    def close(self) -> None:
        """Nothing was lent."""


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    def work(request: Request) -> Iterator[Frame | None]:
        return heard(request, Counting(settings, dict(request.header)))

    return work, {"languages": ["en", "de"]}


if __name__ == "__main__":
    serve(load)
