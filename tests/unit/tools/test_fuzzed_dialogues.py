"""Talks that nobody would hold: nothing breaks, nothing goes on for ever, nothing unshown is done."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.businesses.ledger import Ledger
from core.businesses.lender import lender_tools
from core.businesses.shop import Shop, shop_tools
from core.messages import ConversationId
from core.slots import Context, extractor_for
from core.tenants import DEFAULT_TENANT
from core.tools.dialogue import Dialogue
from core.tools.runner import Ran
from core.tools.talk import MOST_FRAMES, MOST_MISSES, DialogueManager
from core.tools.tool import Caller, Known, Tool

SAMPLES = Path(__file__).parents[3] / "config/samples/businesses"
TODAY = date(2026, 11, 21)
SAID = (
    "yes", "no", "yes please", "no thanks", "sure, go ahead", "yes but make it #L20433", "never mind", "stop",
    "I don't know", "why do you need that?", "help", "how long does a refund take?", "actually, 30 years",
    "no, 30 years", "the second one", "2", "both", "all of them", "#L20418", "#L20433", "L20377", "#L99999",
    "ana.ruiz@example.com", "jonas.weber@example.com", "nobody@example.com", "£200,000", "12k", "-5", "0",
    "10 years", "100 years", "a house", "a car", "gift card", "the desk lamp and the bulbs",
    "5 Rose Street, Leeds", "I want to return something", "cancel order #L20433", "", " ", "?", "🙂", "ja",
    "nein", "oui", "sí", "x" * 3000,
)  # fmt: skip
WANTED = (
    "return_items",
    "exchange_item",
    "change_address",
    "cancel_order",
    "order_status",
    "loan_quote",
    None,
)
turns = st.lists(
    st.tuples(st.sampled_from(SAID) | st.text(max_size=60), st.sampled_from(WANTED)), min_size=1, max_size=14
)


@dataclass
class Recorder:
    """Stands where calls are carried out: notes each and carries it out without an audit."""

    calls: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, tool: Tool, caller: Caller, arguments: Known, key: str) -> Ran:
        self.calls.append((tool.name, key))
        return Ran(state="done", text="Done.")


async def _talk(said: list[tuple[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Ledger(SAMPLES / "shop.json", Path(folder)), lambda: TODAY)
        lender = Ledger(SAMPLES / "lender.json", Path(folder))
        tools = {tool.name: tool for tool in [*shop_tools(shop), *lender_tools(lender)]}
        recorder = Recorder()
        manager = DialogueManager(tools, recorder, lambda: TODAY)  # type: ignore[arg-type]
        caller = Caller(tenant=DEFAULT_TENANT, conversation_id=ConversationId("one"))
        dialogue, shown = Dialogue(), ""
        for text, wanted in said:
            before, done = dialogue, len(recorder.calls)
            step = await manager.hear(dialogue, text, caller, wanted)
            if step is None:
                assert before.top is None
                assert wanted is None
                continue
            assert step.text
            dialogue = Dialogue.from_json(step.dialogue.as_json())
            assert len(dialogue.frames) <= MOST_FRAMES
            assert all(frame.misses < MOST_MISSES for frame in dialogue.frames)
            for name, key in recorder.calls[done:]:
                if tools[name].effect == "changes":
                    assert before.top is not None
                    assert (before.top.phase, before.top.tool, before.top.key) == ("confirming", name, key)
                    assert _says_yes(text)
                    assert "Shall I go ahead?" in shown
            shown = step.text
        changes = [key for name, key in recorder.calls if tools[name].effect == "changes"]
        assert len(changes) == len(set(changes))


def _says_yes(text: str) -> bool:
    readings = extractor_for("yes_no").read(text, Context(today=TODAY, is_asked=True))
    return bool(readings) and readings[0].value is True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(turns)
def test_nothing_breaks_or_goes_on_for_ever_and_nothing_is_done_unasked(
    said: list[tuple[str, str | None]],
) -> None:
    asyncio.run(_talk(said))


def test_who_never_says_anything_useful_is_offered_a_person() -> None:
    async def talk() -> None:
        with tempfile.TemporaryDirectory() as folder:
            shop = Shop(Ledger(SAMPLES / "shop.json", Path(folder)), lambda: TODAY)
            tools = {tool.name: tool for tool in shop_tools(shop)}
            manager = DialogueManager(tools, Recorder(), lambda: TODAY)  # type: ignore[arg-type]
            caller = Caller(tenant=DEFAULT_TENANT, conversation_id=ConversationId("one"))
            step = await manager.hear(Dialogue(), "return it", caller, "return_items")
            for _ in range(MOST_MISSES):
                assert step is not None
                step = await manager.hear(step.dialogue, "blue", caller, None)
            assert step is not None
            assert step.needs == "person"

    asyncio.run(talk())
