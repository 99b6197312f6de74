"""How often a follow-up to the desk's own sample documents is answered from the right section.

`python -m tests.bench.test_follow_ups` prints what each follow-up found.
"""

import asyncio
import tempfile
import uuid
from pathlib import Path

import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.messages import Address, Answer, Citation, Message, MessageId
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[2] / "config" / "samples" / "public"
ADDRESS = Address(channel="bench")

RETURN = "How long do I have to return something?"
START = "How do I start a return?"
POSTAGE = "Who pays for the return postage?"
REFUND = "How long does a refund take?"
EXCHANGE = "Can I exchange an item for another colour?"
COST = "What does delivery cost?"
DELIVERY = "How long does delivery take?"
TRACK = "Can I track my parcel?"
ABSENT = "What if I'm not at home?"
ADDRESS_CHANGE = "Can I change the address after ordering?"
WARRANTY = "How long is the warranty?"
NOT_COVERED = "What does the warranty not cover?"
REPAIR = "How do I get a lamp repaired?"
SPARES = "Are spare parts available?"
METHODS = "Which payment methods do you take?"
CHARGED = "When is my card charged?"
INVOICE = "Can I pay by invoice?"
RESET = "How do I reset my password?"
ACCOUNT = "How do I delete my account?"
BULBS = "bulbs.csv"

OTHER_SECTION = (
    (POSTAGE, "and how long do I have?", RETURN),
    (POSTAGE, "and when do I get my money?", REFUND),
    (START, "how long do I have?", RETURN),
    (START, "who pays for the postage?", POSTAGE),
    (RETURN, "and who pays for it?", POSTAGE),
    (RETURN, "how do I do that?", START),
    (REFUND, "and who pays the postage?", POSTAGE),
    (COST, "and how long does it take?", DELIVERY),
    (DELIVERY, "and how much is it?", COST),
    (DELIVERY, "how much does that cost?", COST),
    (COST, "can I track it?", TRACK),
    (TRACK, "what if I'm not there?", ABSENT),
    (WARRANTY, "what does it not cover?", NOT_COVERED),
    (NOT_COVERED, "and how long is it?", WARRANTY),
    (REPAIR, "and if it fell down?", NOT_COVERED),
    (METHODS, "and when is it charged?", CHARGED),
    (METHODS, "and by invoice?", INVOICE),
    (EXCHANGE, "who pays for the postage?", POSTAGE),
    (SPARES, "and how much is a repair?", REPAIR),
    ("Can I send bulbs back?", "who pays for that?", POSTAGE),
    ("Can I send bulbs back?", "and when do I get the money back?", REFUND),
    ("When is delivery free?", "and how long does it take?", DELIVERY),
    (START, "and when will I see the money?", REFUND),
    (COST, "and if nobody is home?", ABSENT),
    (REPAIR, "how long is the warranty on it?", WARRANTY),
    (TRACK, "when will it arrive?", DELIVERY),
    ("Is water damage covered?", "and how long does the warranty last?", WARRANTY),
    (RESET, "and how do I delete it all?", ACCOUNT),
)
"""First question, follow-up, and the section that answers it: another than that of the first."""
SAME_SECTION = (
    (REPAIR, "how much does it cost?", REPAIR),
    (WARRANTY, "and for LED modules?", WARRANTY),
    (DELIVERY, "and express?", DELIVERY),
    (DELIVERY, "and to Germany?", DELIVERY),
    (COST, "and to Norway?", COST),
    (POSTAGE, "and from France?", POSTAGE),
    (POSTAGE, "what if it is faulty?", POSTAGE),
    (RESET, "how long is the link valid?", RESET),
    (ACCOUNT, "how long does that take?", ACCOUNT),
    (ACCOUNT, "and the invoices?", ACCOUNT),
    (INVOICE, "within how many days?", INVOICE),
    (EXCHANGE, "how long do you reserve it?", EXCHANGE),
    (ADDRESS_CHANGE, "until when?", ADDRESS_CHANGE),
    (SPARES, "for how long?", SPARES),
    (ABSENT, "how long does it wait there?", ABSENT),
    (REFUND, "and with PayPal?", REFUND),
    ("How bright is the Spot G10?", "and how much is it?", BULBS),
    ("Is the Glow A60 dimmable?", "and what does it cost?", BULBS),
    (METHODS, "how long does a bank transfer take?", METHODS),
    (REPAIR, "how long does it take?", REPAIR),
)
"""The same, where the section of the first question answers the follow-up too."""


def section_of(citation: Citation) -> str:
    """The innermost heading above the quoted words; where there is none, the question or the title above."""
    if citation.heading:
        return citation.heading.split(" › ")[-1]
    text = (SAMPLES / citation.title).read_text(encoding="utf-8")
    before = text[: max(text.find(citation.quote), 0)].splitlines()
    return next((line for line in reversed(before) if line.endswith("?")), citation.title)


async def say(desk: Desk, conversation: str, text: str) -> Answer:
    message = Message(
        id=MessageId(uuid.uuid4().hex), conversation_id=conversation, text=text, address=ADDRESS
    )
    *_, last = [event async for event in desk.answerer.answer(message)]
    assert isinstance(last, Answer)
    return last


async def wrong(desk: Desk, pairs: tuple[tuple[str, str, str], ...]) -> list[str]:
    """The follow-ups whose first cited passage is not quoted from their section, each with what is cited."""
    missed = []
    for first, then, section in pairs:
        conversation = await desk.answerer.conversations.start(DEFAULT_TENANT, ADDRESS)
        await say(desk, conversation.id, first)
        answer = await say(desk, conversation.id, then)
        best = [each for each in answer.citations if each.passage_id == answer.citations[0].passage_id]
        if section not in map(section_of, best):
            missed.append(f"{first} {then} -> {[*map(section_of, answer.citations)] or answer.text}")
    return missed


async def fill(desk: Desk) -> None:
    files = [Upload(data=file.read_bytes(), name=file.name) for file in sorted(SAMPLES.iterdir())]
    await desk.ingester.accept(files)
    async for _ in desk.ingester.run():
        pass


async def test_follow_ups_are_answered_from_their_section(desk: Desk) -> None:
    await fill(desk)
    other, same = await wrong(desk, OTHER_SECTION), await wrong(desk, SAME_SECTION)
    print("another section missed:", *other, "the same section missed:", *same, sep="\n  ")
    assert len(other) <= 0.25 * len(OTHER_SECTION)
    assert len(same) <= 0.15 * len(SAME_SECTION)


async def show() -> None:
    """Print every follow-up that is not answered from its section."""
    with tempfile.TemporaryDirectory() as place:
        async with assemble(Settings(data=Path(place), _env_file=None)) as desk:
            await fill(desk)
            for name, pairs in (("another", OTHER_SECTION), ("the same", SAME_SECTION)):
                missed = await wrong(desk, pairs)
                print(f"{name} section: {len(pairs) - len(missed)} of {len(pairs)}", *missed, sep="\n  ")


if __name__ == "__main__":
    asyncio.run(show())
