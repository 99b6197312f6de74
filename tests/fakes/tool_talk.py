"""A customer who talks with the tools, without a desk around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.tools.dialogue import Dialogue, Step
from core.tools.talk import DialogueManager
from core.tools.tool import Caller


@dataclass(kw_only=True)
class ToolTalk:
    """A customer in a conversation with the tools; what is kept goes through JSON each time."""

    manager: DialogueManager
    caller: Caller
    dialogue: Dialogue = field(default_factory=Dialogue)

    async def say(self, text: str, wanted: str | None = None) -> Step:
        """What the tools say to it."""
        step = await self.manager.hear(self.dialogue, text, self.caller, wanted)
        assert step is not None, "nobody listened"
        self.dialogue = Dialogue.from_json(step.dialogue.as_json())
        return step
