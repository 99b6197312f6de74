"""How conversations get to people, as the settings say: hours, rules, webhook and mail."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

from config.settings import Settings
from core.assembly.stores import Stores
from core.deliveries import Carrier, Deliveries
from core.errors import Misconfigured
from core.escalation import EscalationPolicy
from core.phone_reach import PhoneReach
from core.support_hours import SupportHours
from core.ticket_mail import MailServer, TicketMail
from core.ticket_news import TicketNews
from core.ticket_webhook import TicketWebhook
from core.tickets import Tickets, TicketTerms, Way


def ticket_terms(settings: Settings) -> TicketTerms:
    """When somebody is there, how soon they answer, and the ways out.

    Raises:
        Misconfigured: the hours, the zone or the holidays can't be read, or a webhook has no secret.
    """
    chosen = settings.hand_off
    if chosen.webhook_url and not chosen.webhook_secret.get_secret_value():
        raise Misconfigured(
            "a webhook without a secret proves nothing: set FRONTDESK_HAND_OFF__WEBHOOK_SECRET"
        )
    ways: list[Way] = []
    if chosen.webhook_url:
        ways.append("webhook")
    if chosen.mail_to:
        ways.append("mail")
    return TicketTerms(
        hours=SupportHours.read(chosen.hours, zone=chosen.time_zone, holidays=chosen.holidays),
        due_minutes=chosen.due_minutes,
        ways=tuple(ways),
    )


def ticket_news(settings: Settings, stores: Stores) -> TicketNews:
    """What customers hear where their door pushes, and staff in Slack where the desk is in one.

    Raises:
        Misconfigured: the quiet hours or their zone can't be read.
    """
    doors = settings.pushing_doors
    quiet = {"sms": SupportHours.read(settings.sms.quiet_hours, zone=settings.sms.time_zone)}
    reach = phone_reach(settings, stores) if "sms" in doors else None
    return TicketNews(stores.outbound, doors, "slack" if "slack" in doors else "", quiet, reach)


def phone_reach(settings: Settings, stores: Stores) -> PhoneReach:
    """How callers are reached by text message."""
    chosen = settings.sms
    has_service = bool(chosen.messaging_service_sid and not chosen.sender)
    return PhoneReach(records=stores.records, sender=chosen.sender, has_service=has_service)


def escalation_policy(settings: Settings) -> EscalationPolicy:
    """What calls a person by itself."""
    chosen = settings.hand_off
    return EscalationPolicy(
        low_confidence=chosen.low_confidence,
        words=tuple(word.strip() for word in chosen.words.split(",") if word.strip()),
        on_anger=chosen.on_anger,
        on_failures=chosen.on_failures,
    )


def open_deliveries(
    settings: Settings, stores: Stores, tickets: Tickets, stack: AsyncExitStack
) -> Deliveries:
    """The ways out to people, to be closed with `stack`."""
    return Deliveries(stores.records, tickets, _carriers(settings, stack))


def _carriers(settings: Settings, stack: AsyncExitStack) -> Mapping[Way, Carrier]:
    chosen = settings.hand_off
    carriers: dict[Way, Carrier] = {}
    if chosen.webhook_url:
        secret = chosen.webhook_secret.get_secret_value()
        webhook = TicketWebhook(chosen.webhook_url, secret, timeout_s=chosen.timeout_seconds)
        stack.push_async_callback(webhook.close)
        carriers["webhook"] = webhook
    if chosen.mail_to:
        server = MailServer(
            host=chosen.smtp_host,
            port=chosen.smtp_port,
            security=chosen.smtp_security,
            user=chosen.smtp_user,
            password=chosen.smtp_password.get_secret_value(),
            timeout_s=chosen.timeout_seconds,
        )
        carriers["mail"] = TicketMail(server, sender=chosen.mail_from, to=chosen.mail_to)
    return carriers
