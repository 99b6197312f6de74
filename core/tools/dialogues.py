"""Where the dialogues about tools are kept between two messages."""

from __future__ import annotations

from sqlalchemy import delete, select

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
        mine = (dialogues.c.conversation_id == conversation_id, dialogues.c.tenant == tenant)
        async with self._records.transaction() as connection:
            if dialogue == Dialogue():
                await connection.execute(delete(dialogues).where(*mine))
                return
            row = {"body": dialogue.as_json(), "updated_at": now()}
            new = insert_for(connection, dialogues).values(
                conversation_id=conversation_id, tenant=tenant, **row
            )
            await connection.execute(new.on_conflict_do_update(index_elements=["conversation_id"], set_=row))
