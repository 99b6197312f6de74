"""The state of a talk about tools: plain data that survives storage, and what a step of it comes to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from core.messages import Outcome

Phase = Literal["filling", "confirming", "approval"]
Need = Literal["person", "approval"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A tool that the customer wants, with what is known for it so far.

    `values` are as JSON keeps them. `asked` is the slot asked for last, `misses` how often in
    a row nothing was understood. `key` names this one wish: however often it is confirmed,
    it is carried out once. `shown` is what the customer was told it will do.
    """

    tool: str
    values: Mapping[str, Any] = field(default_factory=dict)
    asked: str | None = None
    misses: int = 0
    phase: Phase = "filling"
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    shown: str = ""

    def knowing(self, values: Mapping[str, Any]) -> Frame:
        """The frame with more values, or other ones; what was confirmed before is so no longer."""
        return replace(
            self, values={**self.values, **values}, misses=0, phase="filling", key=uuid.uuid4().hex
        )

    def without(self, *names: str) -> Frame:
        """The frame with some values forgotten."""
        return replace(self, values={name: one for name, one in self.values.items() if name not in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The wishes of a conversation that are not done yet; the last is the one being talked about.

    `facts` are what the customer has said of themselves for one wish, kept for the next: nobody
    is asked twice.
    """

    frames: tuple[Frame, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def top(self) -> Frame | None:
        """What is being talked about."""
        return self.frames[-1] if self.frames else None

    def push(self, frame: Frame) -> Dialogue:
        """With a new wish; the others wait."""
        return replace(self, frames=(*self.frames, frame))

    def put(self, frame: Frame) -> Dialogue:
        """With the wish being talked about as it is now."""
        return replace(self, frames=(*self.frames[:-1], frame))

    def pop(self) -> Dialogue:
        """Without the wish being talked about."""
        return replace(self, frames=self.frames[:-1])

    def without(self, key: str) -> Dialogue:
        """Without the wish of that key, wherever it stands."""
        return replace(self, frames=tuple(frame for frame in self.frames if frame.key != key))

    def as_json(self) -> dict[str, Any]:
        """What is stored."""
        frames = [{**asdict(frame), "values": dict(frame.values)} for frame in self.frames]
        return {"frames": frames, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Dialogue:
        """What was stored."""
        return cls(frames=tuple(Frame(**frame) for frame in stored["frames"]), facts=stored["facts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a message has led to: the dialogue as it is now, and what to say.

    Where `is_aside`, the message was about something else: whoever answers it adds `text`,
    which leads back. `needs` says that a person has to come in, and why; `withdraws` is the key
    of a wish that waits for a colleague and that the customer has given up.
    """

    dialogue: Dialogue
    text: str
    outcome: Outcome = Outcome.CLARIFYING
    is_aside: bool = False
    needs: Need | None = None
    withdraws: str = ""
