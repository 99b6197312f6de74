"""Draws a visitor's conversation as the records have it, and says whether to go on looking."""

from __future__ import annotations

import gradio as gr

from core.errors import Refused
from core.records import now
from ui import thread
from ui.attendance import Talk, known_as
from ui.calls import CustomerCalls
from ui.thread import Memory
from ui.widgets import Changes, Widgets
from ui.words import ChatWords

LONGEST_TURN_S = 180
"""Seconds in which a question without an answer may still be getting one."""


class Showing:
    """The conversation of whoever's token it is given; nothing is held."""

    def __init__(self, calls: CustomerCalls, widgets: Widgets) -> None:
        self._calls = calls
        self._on = widgets

    async def begun(self, memory: Memory) -> tuple[Memory, Talk]:
        """The visitor's conversation, a new one where there is none."""
        talk = await self.talk(memory)
        if talk is not None:
            return memory, talk
        memory = Memory(token=await self._calls.start())
        return memory, await self.known(memory)

    async def talk(self, memory: Memory) -> Talk | None:
        """The visitor's conversation; none when there is none yet or its token is no longer good."""
        if not memory.token:
            return None
        try:
            return await self.known(memory)
        except Refused:
            return None

    async def known(self, memory: Memory) -> Talk:
        """The conversation of a token that is good.

        Raises:
            Refused: it is not.
        """
        # Tickets first: what happens between the two looks is then news to the next one.
        tickets = await self._calls.tickets(memory.token)
        return Talk(conversation=await self._calls.conversation(memory.token), tickets=tickets)

    async def drawn(self, words: ChatWords, memory: Memory, *, is_live: bool = False) -> Changes:
        """The conversation as it is now. `is_live` leaves a question alone that may be in a turn."""
        on, talk = self._on, await self.talk(memory)
        if talk is None or talk.is_empty:
            name = await self._calls.customer(memory.token) if talk and talk.conversation.customer_id else ""
            plate = await self._calls.nameplate(words.language)
            welcome = thread.welcome(words, await self._calls.examples(), plate.greeting, customer=name)
            return {on.thread: welcome} | self.watching(words, talk)
        last = talk.conversation.exchanges[-1] if talk.conversation.exchanges else None
        is_turn = is_live and last and (now() - last.asked_at).total_seconds() < LONGEST_TURN_S
        hidden = last.message_id if last and is_turn else ""
        return {on.thread: thread.thread(words, talk, memory, hidden=hidden)} | self.watching(words, talk)

    def watching(self, words: ChatWords, talk: Talk | None) -> Changes:
        """Look again soon while a person is called or there, and say to whom one writes."""
        on, ticket = self._on, talk.open_ticket if talk else None
        is_there = ticket is not None and ticket.status == "taken"
        name = known_as(words, ticket.holder) if ticket and is_there else ""
        says = words.write_to.format(name=name) if is_there else words.placeholder
        return {
            on.question: gr.update(placeholder=says, label=says, interactive=True),
            on.watch: gr.Timer(active=ticket is not None),
            on.seen: talk.stamp if talk else "",
        }
