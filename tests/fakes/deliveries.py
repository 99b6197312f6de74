"""Signed deliveries as Slack and Twilio post them, made in numbers and without a simulator's manners."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from twilio.request_validator import RequestValidator

TEAM, BOT = "T0FRONTDSK", "U0FRONTDSK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook, to be posted as often as one likes."""

    path: str
    content: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    async def post(self, client: httpx.AsyncClient, base: str) -> httpx.Response:
        return await client.post(f"{base}{self.path}", content=self.content, headers=self.headers)


def text_message(base: str, token: str, *, sender: str, body: str, sid: str = "") -> Delivery:
    """A text from a phone, signed for the address `base` by a Twilio account with this token."""
    sid = sid or f"SM{uuid.uuid4().hex}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": f"AC{'0' * 32}",
        "From": sender,
        "To": "+15005550100",
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
    }
    signature = RequestValidator(token).compute_signature(f"{base}/channels/sms", form)
    return Delivery(
        path="/channels/sms",
        content=str(httpx.QueryParams(form)).encode(),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": sid,
        },
    )


def slack_event(secret: str, event: dict[str, Any], *, team: str = TEAM, age_s: float = 0) -> Delivery:
    """An event of Slack's, signed `age_s` seconds ago."""
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A0FRONTDSK",
            "event": event,
            "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True, "enterprise_id": None}],
        }
    )
    moment = str(int(time.time() - age_s))
    signed = hmac.new(secret.encode(), f"v0:{moment}:{body}".encode(), hashlib.sha256).hexdigest()
    return Delivery(
        path="/channels/slack/events",
        content=body.encode(),
        headers={
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": f"v0={signed}",
        },
    )
