"""Tickets on their way out: a real HTTP server and a real mail server, and every way they can fail."""

import json
import socketserver
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.conversations import Conversations
from core.deliveries import Carrier, Deliveries
from core.messages import Address
from core.outbox import JOBS, Outbox
from core.records import Records, now
from core.schema import deliveries
from core.tenants import TenantId
from core.ticket_mail import MailServer, TicketMail
from core.ticket_webhook import TicketWebhook, signature
from core.tickets import Ticket, Tickets, TicketTerms, Way

pytestmark = pytest.mark.anyio

ACME = TenantId("acme")
SECRET = "signed-with-this"  # noqa: S105 - of these tests alone


@dataclass(kw_only=True)
class Receiver:
    """What a server got, and what it is to answer next; after that 200."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)


@contextmanager
def http_server() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.silent.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, raw))
            receiver.silent.wait(20)
            try:
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        receiver.silent.set()
        server.shutdown()
        thread.join()


@contextmanager
def smtp_server() -> Iterator[Receiver]:
    """Enough of SMTP to take a letter; a status of 450 is its answer to the recipient."""
    receiver = Receiver()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    receiver.got.append(({}, b"".join(lines)))
                if verb == b"RCPT" and receiver.statuses:
                    self.wfile.write(b"%d not now\r\n" % receiver.statuses.pop(0))
                else:
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@dataclass(frozen=True, kw_only=True)
class Office:
    records: Records
    outbox: Outbox
    tickets: Tickets
    sender: Callable[..., Deliveries]

    async def hand_over(self, question: str = "Where is A-4711?") -> Ticket:
        conversations = Conversations(self.records, self.outbox)
        conversation = await conversations.start(ACME, Address(channel="web", person="ann@shop.example"))
        return await self.tickets.open(conversation, question, "asked")

    async def make_due(self) -> None:
        async with self.records.transaction() as connection:
            await connection.execute(update(deliveries).values(next_at=now() - timedelta(seconds=1)))

    async def waiting(self) -> list[Any]:
        async with self.records.reading() as connection:
            return list(await connection.execute(select(deliveries)))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    outbox = Outbox(records)
    tickets = Tickets(records, outbox, TicketTerms(ways=("webhook",)))

    def sender(carrier: Carrier, way: Way = "webhook") -> Deliveries:
        return Deliveries(records, tickets, {way: carrier})

    yield Office(records=records, outbox=outbox, tickets=tickets, sender=sender)
    await records.close()


async def test_a_ticket_arrives_signed_and_in_zendesks_shape(office: Office) -> None:
    ticket = await office.hand_over()
    (job,) = await office.outbox.oldest(JOBS, limit=5)
    assert job.name == "deliver"
    with http_server() as there:
        webhook = TicketWebhook(f"http://127.0.0.1:{there.port}/tickets", SECRET)
        assert await office.sender(webhook).run() == 1
        await webhook.close()
    ((headers, raw),) = there.got
    sent = json.loads(raw)["ticket"]
    assert sent.keys() == {
        "subject", "comment", "requester", "priority", "status", "tags", "external_id", "custom_fields",
    }  # fmt: skip
    assert sent["external_id"] == ticket.id
    assert sent["requester"]["email"] == "ann@shop.example"
    assert sent["comment"]["public"] is False
    assert "Where is A-4711?" in sent["comment"]["body"]
    key, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert headers["idempotency-key"] == key
    assert headers["webhook-signature"] == signature(SECRET.encode(), key, timestamp, raw)
    assert abs(int(timestamp) - now().timestamp()) < 600
    assert await office.waiting() == []


@pytest.mark.parametrize("fault", [500, 404, 429, 302, "silence", "refused"])
async def test_what_does_not_arrive_is_sent_again_under_the_same_key(
    office: Office, fault: int | str
) -> None:
    ticket = await office.hand_over()
    with http_server() as there:
        closed = 1 if fault == "refused" else there.port
        if isinstance(fault, int):
            there.statuses.append(fault)
        if fault == "silence":
            there.silent.clear()
        first = TicketWebhook(f"http://127.0.0.1:{closed}/", SECRET, timeout_s=0.3)
        assert await office.sender(first).run() == 0
        await first.close()
        ((way, attempts, reason),) = await office.tickets.undelivered(ACME, ticket.id)
        assert (way, attempts) == ("webhook", 1)
        assert reason.startswith("the webhook")
        assert "A-4711" not in reason
        there.silent.set()
        webhook = TicketWebhook(f"http://127.0.0.1:{there.port}/", SECRET)
        assert await office.sender(webhook).run() == 0, "it is not due yet"
        await office.make_due()
        assert await office.sender(webhook).run() == 1
        await webhook.close()
    assert len({headers["idempotency-key"] for headers, _ in there.got}) == 1
    assert await office.waiting() == []


async def test_the_news_of_a_ticket_arrive_in_order_and_once(office: Office) -> None:
    ticket = await office.hand_over()
    for _ in range(2):
        async with office.records.transaction() as connection:
            await office.tickets.tell(connection, ticket, "said", {"text": "Hello?"}, id="m1")
    with http_server() as there:
        there.statuses.append(503)
        webhook = TicketWebhook(f"http://127.0.0.1:{there.port}/", SECRET)
        assert await office.sender(webhook).run() == 0
        assert len(there.got) == 1, "what follows waits for the first"
        await office.make_due()
        assert await office.sender(webhook).run() == 2
        await webhook.close()
    bodies = [json.loads(raw)["ticket"]["comment"] for _, raw in there.got]
    assert [body["public"] for body in bodies] == [False, False, True]
    assert bodies[-1]["body"] == "Hello?"


async def test_a_ticket_is_mailed_once_and_again_where_the_server_was_not_ready(office: Office) -> None:
    tickets = Tickets(office.records, office.outbox, TicketTerms(ways=("mail",)))
    conversation = await Conversations(office.records, office.outbox).start(ACME, Address(channel="web"))
    await tickets.open(conversation, "Bcc: all@example.org\r\nlate \x00", "anger")
    with smtp_server() as there:
        there.statuses.append(450)
        server = MailServer(host="127.0.0.1", port=there.port, security="none", timeout_s=5)
        mail = TicketMail(server, sender="Desk <desk@shop.example>", to="team@shop.example")
        assert await office.sender(mail, "mail").run() == 0
        assert there.got == []
        await office.make_due()
        assert await office.sender(mail, "mail").run() == 1
    ((_, raw),) = there.got
    text = raw.decode()
    head = text.partition("\r\n\r\n")[0]
    assert "\r\nBcc:" not in head
    assert "To: team@shop.example" in head
    assert "Message-ID: <ticket." in head
    assert await office.waiting() == []


async def test_a_mail_server_that_is_away_holds_nothing_up(office: Office) -> None:
    tickets = Tickets(office.records, office.outbox, TicketTerms(ways=("webhook", "mail")))
    conversation = await Conversations(office.records, office.outbox).start(ACME, Address(channel="web"))
    ticket = await tickets.open(conversation, "late", "asked")
    away = TicketMail(
        MailServer(host="127.0.0.1", port=1, security="none", timeout_s=1), sender="a@b", to="c@d"
    )
    with http_server() as there:
        webhook = TicketWebhook(f"http://127.0.0.1:{there.port}/", SECRET)
        ways: dict[Way, Carrier] = {"webhook": webhook, "mail": away}
        assert await Deliveries(office.records, tickets, ways).run() == 1
        await webhook.close()
    ((way, _, reason),) = await tickets.undelivered(ACME, ticket.id)
    assert (way, reason) == ("mail", "the mail server was not reached: ConnectionRefusedError")
