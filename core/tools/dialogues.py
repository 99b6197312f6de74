"""Where the dialogues about tools are kept between two messages."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.messages import ConversationId
from core.records import Records, insert_for, now
from core.schema import dialogues
from core.tenants import TenantId
from core.tools.dialogue import Dialogue


class Dialogues:
    """The open wishes of each conversation, in the records: they outlive every process."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def load(self, tenant: TenantId, conversation_id: ConversationId) -> Dialogue:
        """What is open in a conversation; an empty dialogue where nothing is."""
        query = select(dialogues.c.body).where(
            dialogues.c.conversation_id == conversation_id, dialogues.c.tenant == tenant
        )
        async with self._records.reading() as connection:
            stored = await connection.scalar(query)
        return Dialogue.from_json(stored) if stored else Dialogue()

    async def keep(self, tenant: TenantId, conversation_id: ConversationId, dialogue: Dialogue) -> None:
        """Keep what is open now."""
        async with self._records.transaction() as connection:
            await put_dialogue(connection, tenant, conversation_id, dialogue)


async def put_dialogue(
    connection: AsyncConnection, tenant: TenantId, conversation_id: ConversationId, dialogue: Dialogue
) -> None:
    """Keep what is open in a conversation now, within the caller's transaction."""
    if dialogue == Dialogue():
        await connection.execute(delete(dialogues).where(*_of(tenant, conversation_id)))
        return
    row = {"body": dialogue.as_json(), "updated_at": now()}
    new = insert_for(connection, dialogues).values(conversation_id=conversation_id, tenant=tenant, **row)
    await connection.execute(new.on_conflict_do_update(index_elements=["conversation_id"], set_=row))


async def drop_wish(
    connection: AsyncConnection, tenant: TenantId, conversation_id: ConversationId, key: str
) -> None:
    """Take one wish out of what is open in a conversation, within the caller's transaction."""
    stored = await connection.scalar(select(dialogues.c.body).where(*_of(tenant, conversation_id)))
    if stored is None:
        return
    before = Dialogue.from_json(stored)
    if (after := before.without(key)) != before:
        await put_dialogue(connection, tenant, conversation_id, after)


def _of(tenant: TenantId, conversation_id: ConversationId) -> tuple[ColumnElement[bool], ...]:
    return dialogues.c.conversation_id == conversation_id, dialogues.c.tenant == tenant
