"""What is forgotten in time: old conversations and calls, old reports, and bytes that nothing holds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, select, union
from sqlalchemy.exc import IntegrityError

from core.call_sounds import CallSounds, forget_calls
from core.files import Files, KeptFile
from core.lease_queue import DONE
from core.records import Records, now
from core.reports import OLDEST
from core.schema import (
    answers,
    approvals,
    call_sounds,
    calls,
    conversations,
    deliveries,
    dialogues,
    documents,
    feedback,
    inbox,
    judgements,
    lines,
    messages,
    outbound,
    reports,
    staff_messages,
    ticket_notes,
    ticket_threads,
    tickets,
    tool_calls,
)

logger = logging.getLogger(__name__)

AT_ONCE = 200
REPORT_DAYS = 90
DELIVERY_DAYS = 14
ORPHAN_DAYS = 1
"""How old bytes without a document must be: an upload keeps its bytes first and its record after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """How much one run let go of."""

    conversations: int
    reports: int
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Keeps conversations for `days` after the last word in them; 0 keeps them."""

    records: Records
    files: Files
    days: int = 0

    async def run(self) -> Forgotten:
        """Forget what is due, of every tenant. Cut off anywhere, the next run does the rest.

        Raises:
            Unavailable: the records or the files did not answer.
        """
        said = await self._forget_conversations() if self.days else 0
        await self._forget_deliveries()
        await CallSounds(self.records, self.files).forget_due()
        return Forgotten(
            conversations=said, reports=await self._forget_reports(), files=await self._forget_files()
        )

    async def _forget_conversations(self) -> int:
        """A conversation goes whole: its messages, answers, verdicts, tickets and calls."""
        before = now() - timedelta(days=self.days)
        forgotten = 0
        while ids := await self._silent_since(before):
            try:
                await self._forget(ids)
            except IntegrityError:
                logger.info("retention_overtaken", extra={"conversations": len(ids)})
                return forgotten
            forgotten += len(ids)
        return forgotten

    async def _silent_since(self, before: datetime) -> Sequence[str]:
        query = (
            select(conversations.c.id)
            .where(
                conversations.c.created_at < before,
                *(
                    ~exists().where(said.c.conversation_id == conversations.c.id, said.c.created_at >= before)
                    for said in (messages, answers, staff_messages, tickets)
                ),
            )
            .limit(AT_ONCE)
        )
        async with self.records.reading() as connection:
            return [row.id for row in await connection.execute(query)]

    async def _forget(self, ids: Sequence[str]) -> None:
        given = select(answers.c.id).where(answers.c.conversation_id.in_(ids))
        async with self.records.transaction() as connection:
            for verdicts in (feedback, judgements):
                await connection.execute(delete(verdicts).where(verdicts.c.answer_id.in_(given)))
            held = select(tickets.c.id).where(tickets.c.conversation_id.in_(ids))
            for table in (deliveries, ticket_notes, ticket_threads):
                await connection.execute(delete(table).where(table.c.ticket_id.in_(held)))
            await forget_calls(connection, calls.c.conversation_id.in_(ids))
            for table in (outbound, lines, approvals, tool_calls, dialogues, staff_messages):
                await connection.execute(delete(table).where(table.c.conversation_id.in_(ids)))
            for table in (tickets, answers, messages):
                await connection.execute(delete(table).where(table.c.conversation_id.in_(ids)))
            await connection.execute(delete(conversations).where(conversations.c.id.in_(ids)))

    async def _forget_deliveries(self) -> None:
        """The ids of what came in, once no provider delivers it again."""
        old = (inbox.c.state == DONE) & (inbox.c.created_at < now() - timedelta(days=DELIVERY_DAYS))
        async with self.records.transaction() as connection:
            await connection.execute(delete(inbox).where(old))

    async def _forget_reports(self) -> int:
        """Old reports, and those that quote what customers said before the days that are kept."""
        moment = now()
        due: ColumnElement[bool] = reports.c.created_at < moment - timedelta(days=REPORT_DAYS)
        if self.days:
            kept_from = (moment - timedelta(days=self.days)).isoformat()
            due |= reports.c.body[OLDEST].as_string() < kept_from
        async with self.records.transaction() as connection:
            return int((await connection.execute(delete(reports).where(due))).rowcount)

    async def _forget_files(self) -> int:
        before = now() - timedelta(days=ORPHAN_DAYS)
        forgotten = 0
        batch: list[KeptFile] = []
        async with aclosing(self.files.list()) as kept:
            async for file in kept:
                if file.kept_at < before:
                    batch.append(file)
                if len(batch) == AT_ONCE:
                    forgotten += await self._forget_orphans(batch)
                    batch = []
        return forgotten + await self._forget_orphans(batch)

    async def _forget_orphans(self, batch: Sequence[KeptFile]) -> int:
        hashes = [file.content_hash for file in batch]
        wanted = union(
            *(
                select(table.c.tenant, table.c.content_hash).where(table.c.content_hash.in_(hashes))
                for table in (documents, call_sounds)
            )
        )
        async with self.records.reading() as connection:
            held = {(row.tenant, row.content_hash) for row in await connection.execute(wanted)}
        orphans = [file for file in batch if (file.tenant, file.content_hash) not in held]
        for file in orphans:
            await self.files.delete(file.tenant, file.content_hash)
        return len(orphans)
