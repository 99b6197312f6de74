"""Whether somebody who called can be sent text messages, and from which number of the company's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channel_tables import consents
from core.customers import e164
from core.messages import Address
from core.records import Records
from core.tenants import TenantId

PHONE = "phone"
SMS = "sms"
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""What carriers show where a number is withheld: ANONYMOUS and its like by the letters on the keys."""
_WITHHELD_WORDS = frozenset({"", "anonymous", "private", "restricted", "unavailable", "unknown"})
_FREE_PREFIXES = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_LANDLINE_PREFIXES = ("+34 8 9", "+33 1 2 3 4 5 8 9", "+49 2 3 4 5 6 7 8 9", "+44 1 2 3")


def may_be_mobile(number: str) -> bool:
    """Whether text messages to a number may arrive: it is whole, shown, and by its beginning no landline.

    In North America and elsewhere the beginning does not tell; the carrier says so after the first text,
    and is believed from then on.

    >>> may_be_mobile("+15005550177"), may_be_mobile("+4930123456"), may_be_mobile("anonymous")
    (True, False, False)
    """
    if e164(number) != number or number in _WITHHELD or number.startswith(_FREE_PREFIXES):
        return False
    return not number.startswith(_LANDLINES)


def is_withheld(number: str) -> bool:
    """Whether a caller showed no number: it is empty, a carrier's word for that, or its digits.

    >>> is_withheld("anonymous"), is_withheld("+266696687"), is_withheld("+15005550177")
    (True, True, False)
    """
    return number.strip().casefold() in _WITHHELD_WORDS or number in _WITHHELD


def _prefixes(written: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(country + digit for country, *digits in map(str.split, written) for digit in digits)


_LANDLINES = _prefixes(_LANDLINE_PREFIXES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReach:
    """`sender` is the number that texts go out from; empty: the number that was called.

    With a messaging service, which chooses the number itself, `has_service` is true.
    """

    records: Records
    sender: str = ""
    has_service: bool = False

    def text_address(self, caller: Address) -> Address | None:
        """Where a caller would be sent texts; None where their number takes none."""
        if caller.channel != PHONE or not may_be_mobile(caller.person):
            return None
        account = "" if self.has_service else self.sender or caller.account
        return Address(channel=SMS, account=account, person=caller.person)

    async def newest(self, tenant: TenantId, texts: Address) -> bool | None:
        """What they said last, to whichever number of the company: yes, no, or None where never anything."""
        async with self.records.reading() as connection:
            return await _newest(connection, tenant, texts)

    async def agreed(self, connection: AsyncConnection, tenant: TenantId, caller: Address) -> Address | None:
        """Where a caller who agreed to texts is sent them; None where they did not, or none would arrive."""
        texts = self.text_address(caller)
        if texts is None or not await _newest(connection, tenant, texts):
            return None
        return texts


async def _newest(connection: AsyncConnection, tenant: TenantId, texts: Address) -> bool | None:
    said = (
        consents.c.tenant == tenant,
        consents.c.channel == texts.channel,
        consents.c.person == texts.person,
    )
    newest = select(consents.c.is_given).where(*said).order_by(consents.c.created_at.desc()).limit(1)
    return await connection.scalar(newest)
