"""How often the desk asks back: open and clear questions to its own sample documents, shares of one run.

`python -m tests.bench.test_asking_back FOLDER` counts the same over the questions of a BEIR folder.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.clarifying import options, sections_of, subjects_of
from core.datasets import RetrievalSet
from core.evaluation import ingest_texts, silent
from core.search import Scope
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[2] / "config" / "samples" / "public"

OPEN = """
how much is it?
What does it cost?
how long does it take?
how long is it?
Is it free?
Can I return it?
When will I get it?
who pays?
how long do I have?
where do I send it?
How much?
until when?
cost?
How long?
How much does it cost?
What's the price?
is that covered?
what does that cost me?
How long will it take?
how many days?
parcel?
bulbs?
lamps?
warranty?
returns?
refund?
delivery?
address?
e-mail?
warehouse?
How many days does it take?
what are the costs?
How long is that valid?
Do I have to pay for it?
What do I have to pay?
When does it arrive?
how fast is it?
invoice?
what do I have to pay?
when is it delivered?
how quickly?
What if it is faulty?
can it be exchanged?
can I send it back?
card?
repair?
Where do I find it?
What about bulbs?
how do I change it?
colour?
what does it cost from the EU?
""".strip().splitlines()
"""Asked at the beginning of a conversation, with nothing said before."""

CLEAR = """
How long do I have to return something?
Can I send bulbs back?
Who pays the postage for a return from Germany or another country of the European Union?
When will I see a card refund on my statement?
Can I swap my lamp for a different colour?
What does standard delivery to the United Kingdom cost?
When is delivery free?
How fast is express delivery?
What happens if nobody is home when the courier comes?
Can I still change the delivery address?
How long is the warranty on LED modules?
Does the warranty cover damage from a fall?
What does a repair outside the warranty cost?
How long do you keep spare parts?
How bright is the Spot G10?
Which credit cards do you accept?
When is my card charged?
How long does the password reset link work?
Can a school pay by invoice?
How long are invoices kept after I delete my account?
Who composed the opera about the flying Dutchman?
What is the capital of Australia?
How do I activate my new debit card abroad?
Which galaxy is nearest to the Milky Way?
How many goals did Pelé score?
What is the boiling point of mercury?
Who wrote the novel about the white whale?
How do I install Kubernetes on bare metal?
How long is the warranty?
How long does delivery take?
How long does a refund take?
What does delivery cost?
Can I track my parcel?
How do I start a return?
Who pays for the return postage?
Do you take PayPal?
Do you take cheques?
Is delivery free?
How do I reset my password?
How do I delete my account?
Are spare parts available?
How do I get a lamp repaired?
can i pay by invoice
which bulbs are dimmable?
what if i'm not at home
does delivery to norway cost more?
Can I exchange it for another colour?
how much is express delivery to France?
I lost my password
the lamp is broken, what do I do?
is water damage covered?
who won the match?
where are you?
What's the weather?
do you sell sofas?
When do you ship?
Is Apple Pay possible?
how do I pay?
Can I collect my order?
Do you have a shop in Bristol?
""".strip().splitlines()
"""Each means one thing, or nothing that the documents tell of."""


async def asked_back(desk: Desk, question: str) -> tuple[str, ...]:
    if subjects_of(question) is None:
        return ()
    found = await desk.searcher.search(question, Scope(tenant=DEFAULT_TENANT))
    return options(question, sections_of(await desk.answerer.reader.read(question, found)))


async def test_open_questions_are_asked_back_and_clear_ones_hardly_ever(desk: Desk) -> None:
    await desk.ingester.accept(
        [Upload(data=file.read_bytes(), name=file.name) for file in sorted(SAMPLES.iterdir())]
    )
    async for _ in desk.ingester.run():
        pass
    missed = [question for question in OPEN if not await asked_back(desk, question)]
    bothered = [question for question in CLEAR if await asked_back(desk, question)]
    print("not asked back:", *missed, "asked back:", *bothered, sep="\n  ")
    assert len(missed) <= 0.3 * len(OPEN)
    assert len(bothered) <= 0.04 * len(CLEAR)


async def count(folder: Path) -> None:
    """Print how many of the folder's questions are asked back, and with what."""
    data = RetrievalSet.load(folder)
    with tempfile.TemporaryDirectory() as place:
        async with assemble(Settings(data=Path(place), _env_file=None)) as desk:
            await ingest_texts(desk.ingester, data.corpus, DEFAULT_TENANT, silent)
            backs = [(question, await asked_back(desk, question)) for question in data.queries.values()]
    asked = [(question, back) for question, back in backs if back]
    print(*asked, f"{len(asked)} of {len(backs)}", sep="\n")


if __name__ == "__main__":
    asyncio.run(count(Path(sys.argv[1])))
