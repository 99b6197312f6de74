"""The database behind the desk: what happens when it does not answer."""

from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import RecordsUnavailable
from core.records import Records

pytestmark = pytest.mark.anyio


async def test_a_database_that_fails_is_an_outage_and_no_vendors_error(tmp_path: Path) -> None:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    with pytest.raises(RecordsUnavailable, match="no such table"):
        async with records.transaction() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))
    await records.close()


async def test_half_a_transaction_leaves_nothing(tmp_path: Path) -> None:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    with pytest.raises(ZeroDivisionError):
        async with records.transaction() as connection:
            await connection.execute(
                text("INSERT INTO conversations VALUES ('c', 't', '{}', '2026-01-01 00:00:00')")
            )
            raise ZeroDivisionError
    async with records.transaction() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM conversations")) == 0
    await records.close()
