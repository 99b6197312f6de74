"""The summary of a ticket: short, in the conversation's own words, with the facts a person looks for."""

from hypothesis import given
from hypothesis import strategies as st

from core.conversations import Conversation, Exchange
from core.messages import Address, Answer, AnswerId, ConversationId, Outcome
from core.records import now
from core.tenants import DEFAULT_TENANT
from core.ticket_summary import LONGEST, summarise


def talk(*said: tuple[str, str, Outcome | None]) -> Conversation:
    exchanges = tuple(
        Exchange(
            message_id=str(place),
            text=question,
            asked_at=now(),
            answer=outcome
            and Answer(
                id=AnswerId(str(place)), conversation_id=ConversationId("c"), text=text, outcome=outcome,
                confidence=0.5, route="documents", model="none",
            ),
        )
        for place, (question, text, outcome) in enumerate(said)
    )  # fmt: skip
    return Conversation(
        id=ConversationId("c"), tenant=DEFAULT_TENANT, address=Address(channel="web"), created_at=now(),
        exchanges=exchanges,
    )  # fmt: skip


def test_it_tells_facts_then_what_was_asked_last() -> None:
    summary = summarise(
        talk(
            ("How long do refunds take?", "Five days.", Outcome.ANSWERED),
            ("And order A-4711 of €49.90? I am ann@shop.example", "I don't know.", Outcome.UNSURE),
            ("Get me a person", "", None),
        )
    )
    assert summary.splitlines() == [
        "Facts: ann@shop.example, €49.90, A-4711",
        "Asked: Get me a person",
        "Not answered by the desk.",
        "Asked: And order A-4711 of €49.90? I am ann@shop.example",
        "Failed: unsure.",
        "Asked: How long do refunds take?",
        "Answered: Five days.",
    ]


@given(
    st.lists(
        st.tuples(st.text(max_size=2000), st.text(max_size=500), st.sampled_from([None, *Outcome])),
        max_size=12,
    )
)
def test_it_is_never_longer_than_it_may_be(said: list[tuple[str, str, Outcome | None]]) -> None:
    assert len(summarise(talk(*said))) <= LONGEST
