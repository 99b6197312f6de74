"""A tenant is an island: with any key of one, no route, cache, log or error shows a word of another's."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from channels.app import API, PAGES
from config.settings import Settings
from core.access import Principal, Role
from core.businesses.ledger import Ledger
from core.businesses.shop import Shop, shop_tools
from core.faq import FaqDraft
from core.intents import Utterance
from core.messages import Address, Answer, Message, MessageId
from core.persona import Persona
from core.tenants import TenantId
from core.tools.dialogue import Dialogue, Frame
from tests.fakes.running_desk import RunningDesk, running_desk

SHOP = Path(__file__).parents[2] / "config/samples/businesses/shop.json"
ACME, BIT = TenantId("acme"), TenantId("bit")
QUESTION = "What is the name of the secret project of the laboratory?"
WORDS = ("Zanzibarium", "quokkafoil", "Mirabelline", "Tesselorna", "Wumbledink")
"""What only acme's document, its FAQ entry, its customer's talk, its persona and its utterances hold."""
DOCUMENT = f"The secret project of the laboratory is called {WORDS[0]}. It began in spring."


@dataclass(frozen=True)
class Island:
    """What acme has, by the names that paths give such things."""

    ids: dict[str, str]

    def path(self, template: str) -> str:
        """The path to what acme has."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: self.ids.get(name[1], "first"), template)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), log_level="debug", _env_file=None)
    with running_desk(settings) as running:
        yield running


@pytest.fixture(scope="module")
def acme(served: RunningDesk) -> Island:
    """A document, an FAQ entry, an answered conversation that waits for a person, and an open wish."""
    with served.client(served.key(Role.ADMIN, "acme", ACME)) as admin:
        files = {"files": ("secret.txt", DOCUMENT.encode())}
        sent = admin.post("/v1/documents", files=files).raise_for_status().json()
        document = served.ready(admin, sent[0]["document_id"])
    draft = FaqDraft(question="What is the code word?", answer=f"The code word is {WORDS[1]}.")
    faq = served.call(served.desk.faq.add, ACME, draft)
    conversations = served.desk.answerer.conversations
    conversation = served.call(conversations.start, ACME, Address(channel="api"))

    async def ask() -> Answer:
        message = Message(
            id=MessageId("first"),
            tenant=ACME,
            conversation_id=conversation.id,
            text=QUESTION,
            address=conversation.address,
        )
        events = [event async for event in served.desk.answerer.answer(message)]
        assert isinstance(events[-1], Answer)
        return events[-1]

    answer = served.call(ask)
    assert WORDS[0] in answer.text
    whole = served.call(conversations.get, ACME, conversation.id)
    ticket = served.call(served.desk.tickets.open, whole, f"It is about {WORDS[2]}")
    values, shown = {"email": f"{WORDS[2]}@example.com"}, f"I will write to {WORDS[2]}."
    wish = Dialogue(frames=(Frame(tool="return_items", values=values, phase="approval", shown=shown),))
    served.call(served.desk.answerer.understanding.dialogues.keep, ACME, conversation.id, wish)
    persona = Persona(name=WORDS[3], company=WORDS[3], wishes=WORDS[3], greeting={"en": WORDS[3]})
    served.call(partial(served.desk.answerer.personas.save, ACME, persona, version=0, by="test"))
    taught = [Utterance(text=f"is {WORDS[4]} there", intent="human")]
    served.call(served.desk.teaching.teach, ACME, taught)
    utterance = served.call(served.desk.teaching.taught, ACME)[0]
    (return_items,) = [
        one for one in shop_tools(Shop(Ledger(SHOP, SHOP.parent))) if one.name == wish.frames[0].tool
    ]
    served.call(served.desk.approvals.book.ask, ticket, return_items, "en", wish)
    approval = served.call(served.desk.approvals.book.of_wish, ACME, wish.frames[0].key)
    assert approval is not None
    ann = Principal(tenant=ACME, role=Role.STAFF, person="key:Ann")
    served.call(served.desk.notes.add, ticket.id, ann, f"They mean {WORDS[2]}")
    return Island(
        ids={
            "utterance_id": utterance.id,
            "conversation_id": conversation.id,
            "answer_id": answer.id,
            "document_id": document["document_id"],
            "faq_id": faq.id,
            "ticket_id": ticket.id,
            "approval_id": approval.id,
            "message_id": "first",
        }
    )


def routes() -> list[tuple[str, str]]:
    """Every method and path that the desk serves, but the pages' own files."""
    served = [route for module in (*API, *PAGES) for route in module.router.routes]
    return [
        (method, route.path)
        for route in served
        if isinstance(route, APIRoute)
        for method in sorted(route.methods - {"HEAD"})
    ]


def everybody_of_bit(served: RunningDesk) -> dict[str, str]:
    """Every kind of proof that the other tenant can show, and none."""
    with served.client(served.key(Role.ADMIN, "bit", BIT)) as admin:
        begun = admin.post("/v1/conversations").raise_for_status().json()
    return {
        "nobody": "",
        "customer": begun["token"],
        "staff": served.key(Role.STAFF, "bit-staff", BIT),
        "admin": served.key(Role.ADMIN, "bit-admin", BIT),
    }


BODIES: tuple[dict[str, object], ...] = (
    {},
    {"text": QUESTION},
    {"query": QUESTION, "k": 10},
    {"verdict": "up"},
    {"verdict": "right", "note": "none"},
    {"model": "frontdesk", "messages": [{"role": "user", "content": QUESTION}]},
    {"question": "What is the code word?", "answer": "none"},
    {"version": 1},
)


def seen(client: httpx.Client, method: str, path: str, body: dict[str, object]) -> str:
    """All that a call shows: the status line, the headers and what was sent."""
    with client.stream(method, path, json=body or None, follow_redirects=False) as response:
        text = ""
        for piece in response.iter_text():
            text += piece
            if len(text) > 200_000:
                break
    return f"{response.status_code} {json.dumps(dict(response.headers))} {text}"


@pytest.mark.parametrize("who", ["nobody", "customer", "staff", "admin"])
def test_no_route_shows_a_word_of_another_tenant(
    served: RunningDesk, acme: Island, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    proof = everybody_of_bit(served)[who]
    tried = 0
    with caplog.at_level(logging.INFO), served.client(proof) as client:
        for method, template in routes():
            path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: acme.ids.get(name[1], "first"), template)
            for body in BODIES if method in {"POST", "PUT", "PATCH"} else BODIES[:1]:
                shown = seen(client, method, path, body)
                assert not [word for word in WORDS if word in shown], (method, path, body)
                tried += 1
    assert tried > 40
    assert not [word for word in WORDS if word in caplog.text]


def test_its_own_key_opens_the_island(served: RunningDesk, acme: Island) -> None:
    """Without this, a desk that shows nobody anything would pass."""
    with served.client(served.key(Role.ADMIN, "acme-reads", ACME)) as admin:
        shown = [
            seen(
                admin, method, re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: acme.ids.get(name[1], ""), path), {}
            )
            for method, path in routes()
            if method == "GET"
        ]
    assert all(any(word in text for text in shown) for word in WORDS)


def test_nothing_of_the_island_was_changed_by_the_attempts(served: RunningDesk, acme: Island) -> None:
    with served.client(served.key(Role.ADMIN, "acme-after", ACME)) as admin:
        document = admin.get(f"/v1/documents/{acme.ids['document_id']}").raise_for_status().json()
        assert document["status"] == "ready"
        ticket = admin.get(f"/v1/tickets/{acme.ids['ticket_id']}").raise_for_status().json()
        assert ticket["status"] == "waiting"
        assert len(ticket["notes"]) == 1
        approval = admin.get(f"/v1/approvals/{acme.ids['approval_id']}").raise_for_status().json()
        assert approval["state"] == "pending"
        history = admin.get(f"/v1/conversations/{acme.ids['conversation_id']}").raise_for_status().json()
        assert len(history["exchanges"]) == 1
    assert served.call(served.desk.faq.get, ACME, acme.ids["faq_id"]).version == 1
    assert served.call(served.desk.answerer.personas.saved, ACME).version == 1
    assert len(served.call(served.desk.teaching.taught, ACME)) == 1


@pytest.mark.parametrize("question", [QUESTION, "What is the code word?", "hello", "who are you?"])
def test_what_one_tenant_was_answered_is_not_remembered_for_another(
    served: RunningDesk, acme: Island, question: str
) -> None:
    """The answer cache and the FAQ are asked with the very words that have an answer elsewhere."""
    with served.client(served.key(Role.ADMIN, "bit-asks", BIT)) as admin:
        begun = admin.post("/v1/conversations").raise_for_status().json()
    with served.client(begun["token"]) as customer:
        path = f"/v1/conversations/{begun['conversation_id']}/messages"
        shown = seen(customer, "POST", path, {"text": question})
    assert "event: answer" in shown
    assert not [word for word in WORDS if word in shown]
