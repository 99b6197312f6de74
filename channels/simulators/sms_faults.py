"""What can go wrong between a carrier and a desk, armed by name and used up one at a time."""

from __future__ import annotations

from core.errors import Refused

ALWAYS = -1
"""Given as `times`: until it is disarmed."""

FAULTS = {
    "duplicate": "a webhook comes twice, with the same MessageSid and idempotency token",
    "retry": "the desk's answer to a webhook is lost, so the webhook is tried again",
    "shuffle": "the next three webhooks wait for each other and come in another order",
    "late": "a webhook comes three seconds late",
    "wrong_signature": "a webhook carries a signature made with another token",
    "wrong_url": "a webhook is signed for another address than it is sent to",
    "proxied": "a webhook is signed for https://desk.example.com and says so in X-Forwarded headers",
    "oversized": "a webhook's Body is two million characters long",
    "emoji": "a text ends in emoji of several signs",
    "rate_limited": "the API answers 429, code 20429",
    "server_error": "the API answers 500, code 20500",
    "stall": "the API answers three seconds late",
    "lost_answer": "the API takes the message and drops the connection",
    "unsubscribed": "the API answers 400, code 21610: the recipient opted out",
    "invalid_to": "the API answers 400, code 21211: no such number",
    "wrong_from": "the API answers 400, code 21606: the number can't send",
    "foreign_from": "the API answers 400, code 21659: not the account's number",
    "too_long": "the API answers 400, code 21617: the body is too long",
    "unreachable": "the message ends as undelivered, code 30003: the handset is off",
    "unknown_handset": "the message ends as undelivered, code 30005: the number is not in use",
    "filtered": "the message ends as undelivered, code 30007: the carrier took it for spam",
    "status_shuffled": "a message's status callbacks come in the wrong order",
    "status_duplicated": "each of a message's status callbacks comes twice",
    "status_missing": "none of a message's status callbacks comes",
}
"""Each fault by its name, and what it does."""

REFUSALS = {
    "rate_limited": 20429,
    "server_error": 20500,
    "unsubscribed": 21610,
    "invalid_to": 21211,
    "wrong_from": 21606,
    "foreign_from": 21659,
    "too_long": 21617,
}
"""The code with which the API refuses a message under each of these faults."""

UNDELIVERED = {"unreachable": 30003, "unknown_handset": 30005, "filtered": 30007}
"""The error code that a message ends with under each of these faults."""


def part_of(name: str) -> str:
    """Where a fault happens, as a heading for those that happen there."""
    if name in REFUSALS or name in {"stall", "lost_answer"}:
        return "The API"
    if name in UNDELIVERED:
        return "On the way to the phone"
    return "Status callbacks" if name.startswith("status_") else "Texts to the desk"


_USUAL_TIMES = {"shuffle": 3}


class Faults:
    """The faults that are armed, and how often each will still happen."""

    def __init__(self) -> None:
        self.armed: dict[str, int] = {}
        """How often each will still happen; `ALWAYS` is until disarmed."""

    def arm(self, name: str, times: int | None = None) -> None:
        """Let the fault happen the next `times` that it can; 0 disarms it.

        Without `times` it is once; `shuffle` takes three webhooks, or as many as `times` says.

        Raises:
            Refused: there is no such fault.
        """
        if name not in FAULTS:
            raise Refused(f"there is no fault {name!r}: choose one of {', '.join(FAULTS)}")
        times = _USUAL_TIMES.get(name, 1) if times is None else times
        if times:
            self.armed[name] = times
        else:
            self.armed.pop(name, None)

    def take(self, name: str) -> bool:
        """Whether the fault happens now; one that was armed so many times is armed once less."""
        left = self.armed.get(name, 0)
        if left > 1:
            self.armed[name] = left - 1
        elif left == 1:
            del self.armed[name]
        return left != 0

    def refusal(self) -> int | None:
        """The code with which the API is to refuse this message, if it is."""
        return next((code for name, code in REFUSALS.items() if self.take(name)), None)

    def undelivered(self) -> int | None:
        """The error code with which this message is to end, if it is."""
        return next((code for name, code in UNDELIVERED.items() if self.take(name)), None)
