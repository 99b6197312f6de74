"""A text message at a carrier, and the forms in which Twilio shows it: JSON, and a webhook's fields."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

from channels.simulators.sms_errors import message_of
from core.sms_text import segments

API_VERSION = "2010-04-01"
_PLACE = {"City": "SPRINGFIELD", "State": "IL", "Zip": "62701", "Country": "US"}

Direction = Literal["inbound", "outbound-api", "outbound-reply"]
INBOUND: Direction = "inbound"
BY_API: Direction = "outbound-api"
BY_REPLY: Direction = "outbound-reply"


def new_sid(prefix: str) -> str:
    """A new id in the manner of Twilio: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or a file in a message: its bytes where a phone sent it, its address where the desk did."""

    content_type: str
    content: bytes = field(default=b"", repr=False)
    url: str = ""
    sid: str = field(default_factory=lambda: new_sid("ME"))


@dataclass(slots=True, kw_only=True)
class Text:
    """One message, in either direction.

    Addresses are E.164 numbers, behind `whatsapp:` or `rcs:` where it travels there.
    """

    sid: str
    from_: str
    to: str
    body: str
    direction: Direction
    status: str
    created: float
    """Seconds since 1970."""
    updated: float = 0.0
    sent: float | None = None
    media: list[Media] = field(default_factory=list)
    service_sid: str | None = None
    error_code: int | None = None
    status_callback: str = ""
    opt_out: str = ""
    """STOP, START or HELP, where the whole text is such a keyword."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    """What Twilio repeats when it delivers the same event again."""

    @property
    def is_inbound(self) -> bool:
        """Whether a phone sent it."""
        return self.direction == INBOUND

    @property
    def parts(self) -> int:
        """How many segments it is billed as; at least one."""
        return max(1, segments(self.body).parts)

    @property
    def phone(self) -> str:
        """The address at the end that is not the desk's."""
        return self.from_ if self.is_inbound else self.to

    @property
    def number(self) -> str:
        """The address at the desk's end."""
        return self.to if self.is_inbound else self.from_


def channel_of(address: str) -> str:
    """`sms`, `whatsapp` or `rcs`: how messages to and from `address` travel."""
    channel, colon, _ = address.partition(":")
    return channel if colon else "sms"


def bare(address: str) -> str:
    """The number in an address, without its channel."""
    return address.rpartition(":")[2]


def date(moment: float | None) -> str | None:
    """The moment as Twilio writes it, by RFC 2822; `moment` is in seconds since 1970."""
    return format_datetime(datetime.fromtimestamp(int(moment), UTC)) if moment is not None else None


def resource(text: Text, account_sid: str) -> dict[str, Any]:
    """The message as the REST API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.sid}"
    is_unassigned = text.service_sid is not None and text.status == "accepted"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": date(text.created),
        "date_sent": date(text.sent),
        "date_updated": date(text.updated or text.created),
        "direction": text.direction,
        "error_code": text.error_code,
        "error_message": message_of(text.error_code) if text.error_code else None,
        "from": None if is_unassigned else text.from_,
        "messaging_service_sid": text.service_sid,
        "num_media": str(len(text.media)),
        "num_segments": "0" if is_unassigned else str(text.parts),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def media_resource(media: Media, text: Text, account_sid: str) -> dict[str, Any]:
    """The media as the REST API shows it."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.sid}/Media/{media.sid}.json"
    return {
        "account_sid": account_sid,
        "content_type": media.content_type,
        "date_created": date(text.created),
        "date_updated": date(text.created),
        "parent_sid": text.sid,
        "sid": media.sid,
        "uri": uri,
    }


def inbound_fields(text: Text, account_sid: str, base_url: str) -> dict[str, str]:
    """What the desk's webhook is told of a text that a phone sent."""
    fields = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsMessageSid": text.sid,
        "AccountSid": account_sid,
        "From": text.from_,
        "To": text.to,
        "Body": text.body,
        "NumMedia": str(len(text.media)),
        "NumSegments": str(text.parts),
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
    }
    if text.service_sid:
        fields["MessagingServiceSid"] = text.service_sid
    if text.opt_out:
        fields["OptOutType"] = text.opt_out
    if channel_of(text.from_) == "whatsapp":
        fields |= {
            "ProfileName": f"Phone {text.from_[-4:]}",
            "WaId": bare(text.from_).removeprefix("+"),
            "MessageType": "document" if text.media else "text",
        }
    else:
        fields |= {f"{end}{name}": value for end in ("From", "To") for name, value in _PLACE.items()}
    for place, media in enumerate(text.media):
        path = media_resource(media, text, account_sid)["uri"].removesuffix(".json")
        fields[f"MediaUrl{place}"] = base_url + path
        fields[f"MediaContentType{place}"] = media.content_type
    return fields


def status_fields(text: Text, status: str, account_sid: str) -> dict[str, str]:
    """What the desk's status webhook is told when a message has come to `status`."""
    fields = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": text.to,
        "From": text.from_,
        "ApiVersion": API_VERSION,
        "AccountSid": account_sid,
    }
    if text.service_sid:
        fields["MessagingServiceSid"] = text.service_sid
    if text.error_code and status in {"undelivered", "failed"}:
        fields["ErrorCode"] = str(text.error_code)
    if status in {"delivered", "undelivered"}:
        fields["RawDlrDoneDate"] = datetime.fromtimestamp(text.updated, UTC).strftime("%y%m%d%H%M")
    if channel_of(text.to) == "whatsapp":
        fields |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": text.to}
    return fields
