"""Approvals: a colleague's yes does what waits once, whatever happens meanwhile, and the customer is told."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select, update

from core.access import Role
from core.approval import ApprovalId
from core.approval_tables import approvals as approval_rows
from core.conversation import Conversation
from core.errors import NotFound, NotNow, Refused, TooLarge, Unauthorized, Unavailable
from core.schema import tool_calls
from core.tenants import TenantId
from core.ticket_notes import TicketNotes
from tests.fakes.approving import ACME, ANN, BEA, BOSS, OTHER, House, Shop, opened, staff

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
DONE = "This has been approved. £600 for order A-1 is on its way."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def open_wishes(house: House, conversation: Conversation) -> int:
    return len((await house.dialogues.load(ACME, conversation.id)).frames)


async def test_a_yes_does_it_once_and_tells_the_customer(house: House) -> None:
    approval, ticket, conversation = await house.ask()
    assert [one.id for one in await house.approvals.book.list(ACME, "pending")] == [approval.id]
    done = await house.approvals.approve(approval.id, ANN)
    assert (done.state, done.decided_by, done.result) == ("done", "key:Ann", DONE)
    assert house.shop.done == [approval.key]
    whole = await house.conversations.get(ACME, conversation.id)
    assert [(one.name, one.text) for one in whole.staff_messages] == [("Ann", DONE)]
    assert await open_wishes(house, conversation) == 0
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"
    assert await house.events("approval.asked") == ["pending"]
    assert await house.events("approval.decided") == ["approved"]
    assert await house.events("approval.ended") == ["done"]
    async with house.records.reading() as connection:
        (call,) = (await connection.execute(select(tool_calls))).all()
    assert (call.approved_by, call.state, call.key) == ("key:Ann", "done", approval.key)


async def test_who_decided_stands_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    approval, _, _ = await house.ask()
    with caplog.at_level(logging.INFO):
        await house.approvals.approve(approval.id, ANN)
    (line,) = [one for one in caplog.records if one.message == "approval_decided"]
    assert (line.__dict__["by"], line.__dict__["state"]) == ("key:Ann", "approved")
    assert "A-1" not in caplog.text


async def test_the_same_yes_again_does_nothing_more(house: House) -> None:
    approval, _, conversation = await house.ask()
    first = await house.approvals.approve(approval.id, ANN)
    assert await house.approvals.approve(approval.id, ANN) == first
    assert house.shop.done == [approval.key]
    assert await house.told(conversation) == [DONE]


async def test_of_many_who_approve_in_one_moment_one_does_it(house: House, tmp_path: Path) -> None:
    approval, _, conversation = await house.ask()
    async with opened(tmp_path) as another:
        crowd = [staff(f"S{number}") for number in range(8)]
        done = await asyncio.gather(
            *[
                (house, another)[place % 2].approvals.approve(approval.id, one)
                for place, one in enumerate(crowd)
            ],
            return_exceptions=True,
        )
    winners = [one for one in done if not isinstance(one, BaseException)]
    assert len(winners) == 1
    assert all("has approved it" in str(one) for one in done if isinstance(one, NotNow))
    assert sum(isinstance(one, NotNow) for one in done) == 7
    assert house.shop.done == [approval.key]
    assert await house.told(conversation) == [DONE]


async def test_of_a_yes_and_a_no_in_one_moment_one_counts(house: House, tmp_path: Path) -> None:
    async with opened(tmp_path) as another:
        for _ in range(5):
            approval, _, conversation = await house.ask()
            await asyncio.gather(
                house.approvals.approve(approval.id, ANN),
                another.approvals.decline(approval.id, BEA),
                return_exceptions=True,
            )
            after = await house.approvals.book.get(ACME, approval.id)
            assert len(await house.told(conversation)) == 1
            assert (approval.key in house.shop.done) == (after.state == "done")
            assert after.state in ("done", "declined")


async def test_a_no_is_told_with_its_reason_and_changes_nothing(house: House) -> None:
    approval, ticket, conversation = await house.ask("de")
    declined = await house.approvals.decline(approval.id, ANN, " Die Lampe fehlt noch. ")
    assert (declined.state, declined.reason) == ("declined", "Die Lampe fehlt noch.")
    (told,) = await house.told(conversation)
    assert told == "Das wurde nicht freigegeben; es wurde nichts geändert. Die Lampe fehlt noch."
    assert house.shop.done == []
    assert await open_wishes(house, conversation) == 0
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"
    assert await house.events("approval.decided") == ["declined"]
    with pytest.raises(NotNow, match="'key:Ann' has declined it"):
        await house.approvals.approve(approval.id, BEA)


async def test_a_reason_has_its_limit(house: House) -> None:
    approval, _, _ = await house.ask()
    with pytest.raises(TooLarge, match="1,001"):
        await house.approvals.decline(approval.id, ANN, "x" * 1001)


async def test_what_the_customer_gave_up_can_not_be_approved_any_more(house: House) -> None:
    approval, ticket, _ = await house.ask()
    assert await house.approvals.withdraw(ACME, approval.key)
    with pytest.raises(NotNow, match="customer has withdrawn"):
        await house.approvals.approve(approval.id, ANN)
    assert house.shop.done == []
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"
    assert await house.events("approval.decided") == ["withdrawn"]


async def test_a_cancel_and_a_yes_in_one_moment_never_both_hold(house: House, tmp_path: Path) -> None:
    async with opened(tmp_path) as another:
        for _ in range(8):
            approval, _, _ = await house.ask()
            _, is_stopped = await asyncio.gather(
                house.approvals.approve(approval.id, ANN),
                another.approvals.withdraw(ACME, approval.key),
                return_exceptions=True,
            )
            assert is_stopped is (approval.key not in house.shop.done)


async def test_a_cancel_while_the_tool_runs_comes_too_late(tmp_path: Path) -> None:
    running, go_on = anyio.Event(), anyio.Event()

    async def wait() -> None:
        running.set()
        await go_on.wait()

    async with opened(tmp_path, Shop(tmp_path, while_running=wait)) as house:
        approval, _, _ = await house.ask()
        approving = asyncio.create_task(house.approvals.approve(approval.id, ANN))
        await running.wait()
        assert not await house.approvals.withdraw(ACME, approval.key)
        assert not await house.approvals.is_over(ACME, approval.key)
        assert await house.approvals.settle() == 0
        go_on.set()
        assert (await approving).state == "done"
        assert await house.approvals.is_over(ACME, approval.key)


@pytest.mark.parametrize(
    ("price", "against", "told"),
    [
        (600, "This order was returned already.", "This order was returned already."),
        (700, None, "What you agreed to is no longer the same."),
    ],
)
async def test_what_no_longer_holds_is_refused_and_told(
    house: House, price: int, against: str | None, told: str
) -> None:
    approval, ticket, conversation = await house.ask()
    house.shop.price, house.shop.against = price, against
    assert (await house.approvals.approve(approval.id, ANN)).state == "refused"
    assert house.shop.done == []
    (said,) = await house.told(conversation)
    assert said.endswith(told)
    assert "nothing was changed" in said
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"


@pytest.mark.parametrize(
    ("error", "state", "told"),
    [
        (Refused("The card has expired."), "refused", "The card has expired."),
        (Unavailable("down"), "failed", "can't reach our system"),
        (ValueError("broken"), "unknown", "could not see whether it went through"),
        (TimeoutError(), "unknown", "could not see whether it went through"),
    ],
)
async def test_how_a_tool_fails_is_told_as_it_is(
    tmp_path: Path, error: Exception, state: str, told: str
) -> None:
    async def fail() -> None:
        raise error

    async with opened(tmp_path, Shop(tmp_path, while_running=fail)) as house:
        approval, ticket, conversation = await house.ask()
        assert (await house.approvals.approve(approval.id, ANN)).state == state
        (said,) = await house.told(conversation)
        assert told in said
        # Where nobody knows, or nothing was done, a person has to look.
        status = (await house.tickets.get(ACME, ticket.id)).status
        assert status == ("closed" if state == "refused" else "waiting")


async def test_checks_that_fail_change_nothing_and_call_a_person_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    async with opened(tmp_path, shop) as house:
        approval, ticket, conversation = await house.ask()
        await house.hand_off.close(ticket.id, ANN)

        async def fail() -> None:
            raise Unavailable("the shop is down")

        shop.while_checking = fail
        assert (await house.approvals.approve(approval.id, ANN)).state == "failed"
        assert shop.done == []
        again = await house.tickets.find(conversation)
        assert again is not None
        assert again.id != ticket.id
        assert "failed" in str(again.reason)


async def test_a_tool_that_is_gone_fails(house: House, tmp_path: Path) -> None:
    approval, _, _ = await house.ask()
    async with house.records.transaction() as connection:
        await connection.execute(update(approval_rows).values(tool="gone"))
    assert (await house.approvals.approve(approval.id, ANN)).state == "failed"


@pytest.mark.parametrize(("when", "state", "calls"), [("checking", "done", 1), ("running", "unknown", 1)])
async def test_a_process_that_is_killed_over_it_is_followed_by_another(
    house: House, tmp_path: Path, when: str, state: str, calls: int
) -> None:
    approval, _, conversation = await house.ask()
    command = [sys.executable, "-m", "tests.fakes.approving", str(tmp_path), approval.id, when]
    died = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, timeout=120)
    assert died.returncode == -9, died.stderr.decode()
    assert (await house.approvals.book.get(ACME, approval.id)).state == "approved"
    assert await house.told(conversation) == []
    assert await house.approvals.settle() == 1
    assert await house.approvals.settle() == 0
    after = await house.approvals.book.get(ACME, approval.id)
    assert (after.state, after.decided_by) == (state, "key:Ann")
    assert len(house.shop.done) == calls
    assert len(await house.told(conversation)) == 1
    is_open = await house.tickets.find(conversation) is not None
    assert is_open == (state == "unknown")


async def test_what_nobody_answers_expires_and_the_customer_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, hours=1e-9) as house:
        approval, ticket, conversation = await house.ask()
        assert await house.approvals.settle() == 1
        assert (await house.approvals.book.get(ACME, approval.id)).state == "expired"
        whole = await house.conversations.get(ACME, conversation.id)
        ((name, text),) = [(one.name, one.text) for one in whole.staff_messages]
        assert name == "Juniper & Lamp"
        assert "nothing was changed" in text
        assert (await house.tickets.get(ACME, ticket.id)).status == "waiting"
        with pytest.raises(NotNow, match="nobody answered in time"):
            await house.approvals.approve(approval.id, ANN)


async def test_a_ticket_that_is_needed_for_something_else_stays_open(house: House) -> None:
    approval, ticket, conversation = await house.ask()
    await house.hand_off.ask(conversation, "asked for a person", "asked")
    await house.approvals.approve(approval.id, ANN)
    assert (await house.tickets.get(ACME, ticket.id)).status == "waiting"


async def test_a_ticket_stays_open_until_the_last_of_its_approvals(house: House) -> None:
    first, ticket, conversation = await house.ask()
    second, same, _ = await house.ask_in(conversation)
    assert same.id == ticket.id
    await house.approvals.approve(first.id, ANN)
    assert (await house.tickets.get(ACME, ticket.id)).status == "waiting"
    assert await open_wishes(house, conversation) == 1
    await house.approvals.decline(second.id, ANN)
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"


async def test_who_has_the_conversation_decides(house: House) -> None:
    approval, ticket, _ = await house.ask()
    await house.hand_off.take(ticket.id, BEA)
    for decide in (house.approvals.approve, house.approvals.decline):
        with pytest.raises(NotNow, match="'key:Bea' has the conversation"):
            await decide(approval.id, ANN)
    assert (await house.approvals.approve(approval.id, BEA)).state == "done"
    assert (await house.tickets.get(ACME, ticket.id)).status == "taken"


async def test_an_admin_decides_over_everybodys_head(house: House) -> None:
    approval, ticket, _ = await house.ask()
    await house.hand_off.take(ticket.id, BEA)
    assert (await house.approvals.approve(approval.id, BOSS)).state == "done"


async def test_approvals_and_notes_are_for_the_staff_of_their_own_tenant(house: House) -> None:
    approval, ticket, _ = await house.ask()
    notes = TicketNotes(house.records, house.tickets)
    eve, eva = staff("Eve", Role.ADMIN, OTHER), staff("eva", Role.CUSTOMER)
    for decide in (house.approvals.approve, house.approvals.decline):
        with pytest.raises(NotFound):
            await decide(approval.id, eve)
        with pytest.raises(Unauthorized):
            await decide(approval.id, eva)
    with pytest.raises(NotFound):
        await notes.add(ticket.id, eve, "mine")
    with pytest.raises(Unauthorized):
        await notes.add(ticket.id, eva, "mine")
    await notes.add(ticket.id, ANN, "theirs")
    assert await notes.of(OTHER, ticket.id) == []
    assert await house.approvals.book.list(OTHER) == []
    assert await house.approvals.book.of_ticket(OTHER, ticket.id) == []
    assert await house.approvals.book.of_wish(OTHER, approval.key) is None
    assert await house.approvals.withdraw(OTHER, approval.key)
    assert (await house.approvals.book.get(ACME, approval.id)).state == "pending"
    with pytest.raises(NotFound):
        await house.approvals.approve(ApprovalId("nothing"), ANN)


async def test_a_note_is_for_colleagues_alone(house: House) -> None:
    _, ticket, conversation = await house.ask()
    notes = TicketNotes(house.records, house.tickets)
    for _ in range(2):
        await notes.add(ticket.id, ANN, " a regular customer, be generous ", "1")
    assert [(one.author, one.text) for one in await notes.of(ACME, ticket.id)] == [
        ("key:Ann", "a regular customer, be generous")
    ]
    whole = await house.conversations.get(ACME, conversation.id)
    assert "generous" not in repr(whole)
    assert "generous" not in repr(await house.conversations.last_turns(ACME, conversation.id, most=10))
    assert "generous" not in repr(await house.outbox.oldest("redis", limit=1000))
    with pytest.raises(Refused, match="empty"):
        await notes.add(ticket.id, ANN, "  ")
    with pytest.raises(TooLarge, match="2,001"):
        await notes.add(ticket.id, ANN, "x" * 2001)


async def test_the_same_wish_is_asked_once(house: House) -> None:
    _, ticket, conversation = await house.ask()
    dialogue = await house.dialogues.load(ACME, conversation.id)
    await house.approvals.book.ask(ticket, house.shop.tool(), "en", dialogue)
    assert len(await house.approvals.book.list(ACME)) == 1
    assert await house.events("approval.asked") == ["pending"]
    assert await house.approvals.is_over(TenantId("acme"), "no such wish")
