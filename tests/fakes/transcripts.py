"""The conversations of docs/transcripts.md, held again with a real desk.

`python -m tests.fakes.transcripts` writes the page anew.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config.people_settings import ToolSettings
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk, assemble
from core.messages import Address, Answer, ConversationId, Message, MessageId
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload

ADDRESS = Address(channel="web")
ANN = Principal(tenant=DEFAULT_TENANT, role=Role.STAFF, person="key:Ann")
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "transcripts.md"
_LINE = re.compile(r"\*\*(Customer|Ann of the staff):\*\* (.*)")
_SAMPLES = re.compile(r"<!-- tools: (\w+) -->")
_CHANGES = re.compile(r"ticket [0-9a-f]{12}|\d\d:\d\d \(UTC\)(?: on [^.]*)?|\d{4}-\d\d-\d\d")
"""What is another each time: a ticket's number, a time, a date."""


@dataclass
class Play:
    """A desk with the sample documents, and one conversation in it."""

    desk: Desk
    conversation_id: str = ""

    async def begin(self) -> None:
        conversation = await self.desk.answerer.conversations.start(DEFAULT_TENANT, ADDRESS)
        self.conversation_id = conversation.id

    async def customer(self, text: str) -> list[str]:
        """What the customer says, and what the desk answers."""
        message = Message(
            id=MessageId(uuid.uuid4().hex),
            conversation_id=self.conversation_id,
            text=text,
            address=ADDRESS,
        )
        events = [event async for event in self.desk.answerer.answer(message)]
        answer = events[-1]
        assert isinstance(answer, Answer)
        said = answer.text.replace("\n", "\n> ") or "*(says nothing: a person has the conversation)*"
        cited = "; ".join(dict.fromkeys(one.title for one in answer.citations))
        source = f" *[{cited}]*" if cited else ""
        return [f"**Customer:** {text}", f"> **Desk:** {said}{source}"]

    async def staff_says(self, text: str) -> list[str]:
        """What a member of the staff does or says."""
        outline = await self.desk.answerer.conversations.outline(
            DEFAULT_TENANT, ConversationId(self.conversation_id)
        )
        ticket = await self.desk.tickets.find(outline)
        assert ticket is not None
        if ticket.status == "waiting":
            await self.desk.hand_off.take(ticket.id, ANN)
        if text == "*(gives the conversation back)*":
            await self.desk.hand_off.give_back(ticket.id, ANN)
        else:
            await self.desk.hand_off.reply(ticket.id, ANN, text)
        return [f"**Ann of the staff:** {text}"]


@asynccontextmanager
async def play(folder: Path, samples: str) -> AsyncIterator[Play]:
    """A desk in an empty folder, with the sample documents and one sample business's tools."""
    settings = Settings(data=folder, tools=ToolSettings(samples=samples), _env_file=None)
    async with assemble(settings) as desk:
        uploads = [
            Upload(data=file.read_bytes(), name=file.name, tenant=DEFAULT_TENANT)
            for file in sorted((ROOT / "config" / "samples" / "public").iterdir())
        ]
        await desk.ingester.accept(uploads)
        async for _ in desk.ingester.run():
            pass
        yield Play(desk)


async def held_again(page: str) -> str:
    """The page, with what a desk of today answers."""
    head, *scenes = re.split(r"(?m)^(?=## )", page)
    written = [head]
    for scene in scenes:
        chosen = _SAMPLES.search(scene)
        assert chosen, scene
        title, _, _ = scene.partition("\n")
        intro = scene[len(title) : scene.index(chosen[0])].strip()
        lines = [title, "", intro, "", chosen[0]]
        with tempfile.TemporaryDirectory() as folder:
            async with play(Path(folder), chosen[1]) as stage:
                await stage.begin()
                for line in scene.splitlines():
                    if match := _LINE.match(line):
                        says = stage.customer if match[1] == "Customer" else stage.staff_says
                        for said in await says(match[2]):
                            lines += ["", said]
        written.append("\n".join(lines) + "\n\n")
    return "".join(written).rstrip() + "\n"


def masked(page: str) -> str:
    """The page without what is another each time."""
    return _CHANGES.sub("…", page)


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(held_again(PAGE.read_text("utf-8"))), "utf-8")
