"""`Transcript`: both sides of a call as it goes, with their times."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal

from channels.voice.call_report import SaidLine


class Transcript:
    """Lines in the order they were said; of the desk's, what was heard is filled in later."""

    def __init__(self) -> None:
        self.began_at = asyncio.get_running_loop().time()
        self._lines: list[SaidLine] = []

    def caller(
        self, text: str, language: str, *, confidence: float | None = None, is_keys: bool = False
    ) -> None:
        """The caller said this, or pressed it."""
        self._lines.append(
            SaidLine(
                at=self._now(),
                who="caller",
                text=text,
                language=language,
                kind="keys" if is_keys else "speech",
                confidence=confidence,
            )
        )

    def desk(self, text: str, language: str, kind: Literal["answer", "phrase"]) -> int:
        """The desk begins to say this; the line's number, for `heard`."""
        line = SaidLine(at=self._now(), who="desk", text=text, language=language, kind=kind, heard="")
        self._lines.append(line)
        return len(self._lines) - 1

    def heard(self, number: int, text: str) -> None:
        """Of the desk's line this was heard."""
        self._lines[number] = replace(self._lines[number], heard=text)

    @property
    def lines(self) -> tuple[SaidLine, ...]:
        """All of it so far."""
        return tuple(self._lines)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self.began_at
