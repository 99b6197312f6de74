"""A small desk with one tool above whose limit a colleague has to agree, and what it did, in a file.

`python -m tests.fakes.approving FOLDER APPROVAL DIES` approves in a process that ends itself
while it checks (`checking`) or while the tool runs (`running`).
"""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fakeredis import FakeAsyncRedis

from core.access import Principal, Role
from core.approval import Approval, ApprovalId
from core.approval_book import ApprovalBook
from core.approvals import Approvals
from core.conversation import Conversation
from core.conversations import Conversations
from core.customers import Customers
from core.hand_off import HandOff
from core.locks import Locks
from core.messages import Address
from core.outbox import Outbox
from core.records import Records
from core.tenants import TenantId
from core.tickets import Ticket, Tickets
from core.tools.dialogue import Dialogue, Frame
from core.tools.dialogues import Dialogues
from core.tools.runner import Runner
from core.tools.tool import About, Caller, Known, Slot, Tool, tool_from
from core.tools.toolbox import Toolbox

ACME, OTHER = TenantId("acme"), TenantId("other")
STREAM = "redis"


def staff(name: str, role: Role = Role.STAFF, tenant: TenantId = ACME) -> Principal:
    return Principal(tenant=tenant, role=role, person=f"key:{name}")


ANN, BEA, BOSS = staff("Ann"), staff("Bea"), staff("Boss", Role.ADMIN)


async def _nothing() -> None:
    return None


@dataclass
class Shop:
    """What the tool works on; `while_checking` and `while_running` happen in its midst."""

    folder: Path
    price: int = 600
    against: str | None = None
    while_checking: Callable[[], Awaitable[None]] = _nothing
    while_running: Callable[[], Awaitable[None]] = _nothing
    timeout_s: float = 10.0

    @property
    def done(self) -> list[str]:
        """What was given back so far, by the keys of the wishes."""
        file = self.folder / "done"
        return file.read_text().split() if file.exists() else []

    def tool(self) -> Tool:
        async def check(caller: Caller, order: str, known: Known) -> str | None:
            await self.while_checking()
            return self.against

        async def preview(caller: Caller, order: str) -> str:
            return f"I will give back £{self.price} for order {order}."

        async def is_large(caller: Caller, known: Known) -> bool:
            return True

        async def give_back(caller: Caller, order: Annotated[str, Slot(ask="Which?", check=check)]) -> str:
            """Give the money for an order back."""
            with (self.folder / "done").open("a") as file:
                file.write(f"{caller.key}\n")
            await self.while_running()
            return f"£{self.price} for order {order} is on its way."

        about = About(
            effect="changes", title="your refund", preview=preview, limit=is_large, timeout_s=self.timeout_s
        )
        return tool_from(give_back, about)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The parts that an approval passes through."""

    records: Records
    outbox: Outbox
    conversations: Conversations
    tickets: Tickets
    hand_off: HandOff
    dialogues: Dialogues
    approvals: Approvals
    shop: Shop
    asked: list[str] = field(default_factory=list)

    async def ask(self, language: str = "en") -> tuple[Approval, Ticket, Conversation]:
        """A customer's wish that waits for a colleague."""
        conversation = await self.conversations.start(ACME, Address(channel="web", person="eva"))
        return await self.ask_in(conversation, language)

    async def ask_in(
        self, conversation: Conversation, language: str = "en"
    ) -> tuple[Approval, Ticket, Conversation]:
        """One more wish in a conversation."""
        ticket = await self.hand_off.ask(conversation, "an action waits", "approval")
        assert ticket is not None
        frame = Frame(
            tool="give_back", values={"order": "A-1"}, phase="approval", key=uuid.uuid4().hex,
            shown="I will give back £600 for order A-1.",
        )  # fmt: skip
        before = await self.dialogues.load(ACME, conversation.id)
        dialogue = Dialogue(frames=(*before.frames, frame))
        await self.approvals.book.ask(ticket, self.shop.tool(), language, dialogue)
        approval = await self.approvals.book.of_wish(ACME, frame.key)
        assert approval is not None
        return approval, ticket, conversation

    async def told(self, conversation: Conversation) -> list[str]:
        """What the customer was told outside of the desk's own turns."""
        whole = await self.conversations.get(ACME, conversation.id)
        return [one.text for one in whole.staff_messages]

    async def events(self, kind: str) -> list[str]:
        """The states in the events of a kind, as they happened."""
        parcels = await self.outbox.oldest(STREAM, limit=1000)
        return [one.body["data"]["state"] for one in parcels if one.name == kind]


@asynccontextmanager
async def opened(folder: Path, shop: Shop | None = None, *, hours: float = 72.0) -> AsyncIterator[House]:
    records = await Records.open_file(folder / "desk.sqlite")
    redis = FakeAsyncRedis()
    outbox, locks = Outbox(records, streams=[STREAM]), Locks(redis)
    conversations, tickets = Conversations(records, outbox), Tickets(records, outbox)
    chosen = shop or Shop(folder)
    approvals = Approvals(
        book=ApprovalBook(records, outbox, tickets), tickets=tickets, conversations=conversations,
        customers=Customers(records), toolbox=Toolbox({ACME: [chosen.tool()]}), runner=Runner(records),
        locks=locks, desk_name="Juniper & Lamp", hours=hours,
    )  # fmt: skip
    try:
        yield House(
            records=records, outbox=outbox, conversations=conversations, tickets=tickets,
            hand_off=HandOff(records, tickets, conversations, locks), dialogues=Dialogues(records),
            approvals=approvals, shop=chosen,
        )  # fmt: skip
    finally:
        await redis.aclose()
        await records.close()


async def die(folder: Path, approval: ApprovalId, when: str) -> None:
    """Approve, and be killed in the midst of it."""

    async def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    shop = Shop(folder, **{f"while_{when}": end})
    async with opened(folder, shop) as house:
        await house.approvals.approve(approval, ANN)


if __name__ == "__main__":
    asyncio.run(die(Path(sys.argv[1]), ApprovalId(sys.argv[2]), sys.argv[3]))
