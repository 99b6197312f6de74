"""Who attends to a conversation: a person called, there, and gone again, as the customer sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape

from core.conversation import Conversation
from core.hand_off import State
from core.staff_names import name_of
from core.tickets import OPEN, Ticket, stamp_of
from ui.words import ChatWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation and every ticket it has had, newest first."""

    conversation: Conversation
    tickets: tuple[Ticket, ...] = ()

    @property
    def open_ticket(self) -> Ticket | None:
        """The ticket by which a person is called or there."""
        return next((one for one in self.tickets if one.status in OPEN), None)

    @property
    def state(self) -> State:
        """Who speaks: the desk, the desk while a person is called, or a person alone."""
        ticket = self.open_ticket
        if ticket is None:
            return "bot"
        return "person" if ticket.status == "taken" else "waiting"

    @property
    def stamp(self) -> str:
        """A text that changes whenever a person is called, comes, writes or leaves."""
        return stamp_of(self.tickets)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has happened yet."""
        return not (self.conversation.entries or self.tickets)

    def holder(self, moment: datetime) -> str | None:
        """Who had the conversation at that moment, by name where one is known; none where the desk had it."""
        for one in self.tickets:
            if one.taken_at and one.taken_at <= moment and not (one.left_at and one.left_at <= moment):
                return one.holder
        return None


def known_as(words: ChatWords, name: str | None) -> str:
    """How customers know somebody of the company: by name, else as the team.

    Messages of older desks have an account where the name stands now.
    """
    return name_of(name or "") or words.team


def marks(words: ChatWords, talk: Talk, icon: str) -> Iterator[tuple[datetime, str]]:
    """What happened between the words, each with its moment, as HTML."""
    said = " ".join(one.answer.text for one in talk.conversation.exchanges if one.answer)
    for one in talk.tickets:
        if one.id not in said:
            yield one.created_at, _card(words, one.id, icon)
        if one.taken_at is not None:
            name = known_as(words, one.holder)
            yield one.taken_at, _line("person", words.talking_to.format(name=name))
        if one.left_at is not None:
            says = words.assistant_back if one.taken_at else words.ticket_closed.format(number=one.id)
            yield one.left_at, _line("bot", says)


def delivered(words: ChatWords, name: str) -> str:
    """The line under a message that went to a person."""
    return f'<p class="fd-delivered">{escape(words.delivered.format(name=name))}</p>'


def _line(kind: str, says: str) -> str:
    return f'<p class="fd-mark fd-mark-{kind}" role="status"><span>{escape(says)}</span></p>'


def _card(words: ChatWords, number: str, icon: str) -> str:
    return (
        f'<div class="fd-ticket" role="status">{icon}<div>'
        f"<strong>{escape(words.ticket.format(number=number))}</strong><p>{escape(words.ticket_next)}</p></div></div>"
    )
