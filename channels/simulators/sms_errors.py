"""Twilio's errors as the API spells them: a code, its words, and the HTTP status it comes with."""

from __future__ import annotations

from typing import Any

_MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    21211: "Invalid 'To' Phone Number",
    21212: "Invalid 'From' Phone Number",
    21266: "'To' and 'From' number cannot be the same",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number is not a valid, SMS-capable inbound phone number for your account.",
    21609: "The 'StatusCallback' URL is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21659: "'From' is not a Twilio phone number or Short Code country mismatch",
    21701: "The Messaging Service resource does not exist",
    21910: "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30007: "Message filtered",
    63007: "Twilio could not find a Channel with the specified From address",
    63016: "Failed to send freeform message because you are outside the allowed window. "
    "If you are using WhatsApp, please use a Message Template.",
}
_STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500}


class ApiError(Exception):
    """The API refuses the request with Twilio's error `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(message_of(code))
        self.code = code
        self.status = _STATUSES.get(code, 400)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that the API answers with."""
        return {
            "code": self.code,
            "message": message_of(self.code),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def message_of(code: int) -> str:
    """Twilio's words for an error code."""
    return _MESSAGES[code]
