"""The conversations in the docs are held again: what they show is what a desk says."""

import pytest

from tests.fakes.transcripts import PAGE, held_again, masked

pytestmark = pytest.mark.anyio


async def test_a_desk_of_today_says_what_the_page_shows() -> None:
    page = PAGE.read_text("utf-8")
    assert masked(await held_again(page)) == masked(page)
