"""Where something was said in Slack, as an address that finds its way back there."""

from __future__ import annotations

from core.messages import Address

SLACK = "slack"


def address_of(team: str, channel: str, user: str, thread: str) -> Address:
    """The address of a thread. Everybody in it shares one conversation, so it names no person.

    >>> address_of("T1", "C2", "U3", "1.5")
    Address(channel='slack', account='T1', person='', thread='C2/1.5')
    """
    return Address(channel=SLACK, account=team, thread=f"{channel}/{thread}")


def private_address(team: str, channel: str, user: str, thread: str) -> Address:
    """The address of what only one person sees, such as the answer to a slash command."""
    return Address(channel=SLACK, account=team, person=user, thread=f"{channel}/{thread}")


def place_of(address: Address) -> tuple[str, str]:
    """The channel and the thread of an address.

    >>> place_of(Address(channel="slack", account="T1", thread="C2/1.5"))
    ('C2', '1.5')
    """
    channel, _, thread = address.thread.partition("/")
    return channel, thread
