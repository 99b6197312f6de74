"""What a click on the staff's page asks for, done by core: tickets, calls and reviews, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from channels.door import Door
from channels.knowledge_desk import ReviewDesk
from channels.phone_desk import PhoneDesk
from channels.ticket_desk import TicketDesk
from ui.knowledge_calls import ReviewCalls
from ui.phone_calls import PhoneCalls
from ui.ticket_calls import TicketCalls


class StaffDesk:
    """What the staff's page can ask for, in the desk's own tenant."""

    def __init__(self, door: Door) -> None:
        self._tickets = TicketDesk(door)
        self.name = door.desk.tenant.name
        self.tickets: TicketCalls = self._tickets
        self.phone: PhoneCalls = PhoneDesk(door)
        self.review: ReviewCalls = ReviewDesk(door)

    async def known_as(self, proof: Mapping[str, str]) -> str:
        """The name that customers know whoever sent these headers by; empty where there is none.

        Raises:
            Unauthorized: they are not, or no longer, of the staff.
        """
        return (await self._tickets.colleague(proof)).known_as
