"""The staff's desk in Slack: a thread for each ticket, with all that can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from channels.slack import faq_from_thread, ticket_actions, ticket_modals, ticket_thread
from channels.slack.parts import Handler, Sender
from core.ticket_news import STAFF

if TYPE_CHECKING:
    from channels.slack.receiving import Check, View

ACTIONS: Mapping[str, Handler] = ticket_actions.ACTIONS
SUBMISSIONS: Mapping[str, Handler] = {**ticket_actions.SUBMISSIONS, **faq_from_thread.SUBMISSIONS}
SENDERS: Mapping[str, Sender] = {STAFF: ticket_thread.send}
VIEWS: Mapping[str, View] = {**ticket_modals.VIEWS, **faq_from_thread.VIEWS}
CHECKS: Mapping[str, Check] = {**ticket_modals.CHECKS, **faq_from_thread.CHECKS}

is_tickets = ticket_actions.is_tickets
said = ticket_actions.said
