"""Short links to cited words, for doors where every character counts."""

from __future__ import annotations

import re

from sqlalchemy import select

from core.errors import NotFound
from core.messages import AnswerId
from core.records import Records
from core.schema import answers
from core.tenants import TenantId

_DIGITS = 12
_CODE = re.compile(rf"([0-9a-f]{{{_DIGITS}}})-([1-9]\d{{0,3}})")
_AFTER_ALL_DIGITS = "g"


def short_path(answer_id: AnswerId, n: int) -> str:
    """The path that leads to the words which citation `n` of an answer quotes.

    >>> short_path(AnswerId("0123456789abcdef0123456789abcdef"), 2)
    '/s/0123456789ab-2'
    """
    return f"/s/{answer_id[:_DIGITS]}-{n}"


class ShortLinks:
    """Where short links lead. What is there decides for itself who may see it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(self, tenant: TenantId, code: str) -> str:
        """The address of the cited words; `code` is what stands behind `/s/`.

        Raises:
            NotFound: the tenant gave no such answer, or it cites nothing that can be opened.
        """
        match = _CODE.fullmatch(code)
        begin, n = (match[1], int(match[2])) if match else ("", 0)
        query = (
            select(answers.c.body)
            .where(
                answers.c.tenant == tenant,
                answers.c.id >= begin,
                answers.c.id < begin + _AFTER_ALL_DIGITS,
            )
            .limit(2)
        )
        bodies = []
        if match:
            async with self._records.reading() as connection:
                bodies = list(await connection.scalars(query))
        # Two answers that begin alike are as good as none: nobody is led to another's source.
        cited = bodies[0]["citations"] if len(bodies) == 1 else []
        url = next((one["url"] for one in cited if one["n"] == n), "")
        if not url:
            raise NotFound("this link leads nowhere any more: ask again")
        return str(url)
