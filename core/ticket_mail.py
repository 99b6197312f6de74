"""Tickets by e-mail: one letter for each that is opened, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Literal

import anyio.to_thread

from core.errors import DeliveryUnavailable
from core.stored_values import storable
from core.ticket_letter import letter, subject
from core.tickets import Ticket

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The SMTP server, and how the desk shows itself there. `timeout_s` is for each step."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 10.0


class TicketMail:
    """Sends tickets to one address. A repeat has the same Message-ID, by which mailboxes tell it."""

    def __init__(self, server: MailServer, *, sender: str, to: str) -> None:
        self._server = server
        self._sender = sender
        self._to = to

    async def carry(self, id: str, ticket: Ticket, body: Mapping[str, Any]) -> None:
        """Returns once the server has taken the letter.

        Raises:
            DeliveryUnavailable: it was not reached, or did not take it.
        """
        message = self._written(id, ticket)
        try:
            await anyio.to_thread.run_sync(self._send, message)
        except smtplib.SMTPResponseException as error:
            raise DeliveryUnavailable(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryUnavailable("the mail server refused the address to send tickets to") from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryUnavailable(f"the mail server was not reached: {type(error).__name__}") from error

    def _written(self, id: str, ticket: Ticket) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self._sender, self._to
        message["Subject"] = storable(subject(ticket))
        host = parseaddr(self._sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{id.replace(':', '.').replace('@', '.')}@{host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(storable(letter(ticket)))
        return message

    def _send(self, message: EmailMessage) -> None:
        server = self._server
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_s, context=ssl.create_default_context()
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        with client:
            if server.security == "starttls":
                client.starttls(context=ssl.create_default_context())
            if server.user:
                client.login(server.user, server.password)
            client.send_message(message)
