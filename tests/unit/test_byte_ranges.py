"""Ranges of bytes, as players of sound ask for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.byte_ranges import byte_range, bytes_response

SIZES = st.integers(0, 50)


@given(size=SIZES, first=st.integers(0, 60), length=st.integers(1, 60))
def test_a_range_is_what_a_slice_is(size: int, first: int, length: int) -> None:
    span = byte_range(f"bytes={first}-{first + length - 1}", size)
    assert span is not None
    assert list(span) == list(range(size))[first : first + length]
    rest = byte_range(f"bytes={first}-", size)
    assert rest is not None
    assert list(rest) == list(range(size))[first:]
    end = byte_range(f"bytes=-{length}", size)
    assert end is not None
    assert list(end) == list(range(size))[-length:]


@given(asked=st.text() | st.from_regex(r"(bytes=)?[0-9]*-?[0-9]*,?", fullmatch=True), size=SIZES)
def test_whatever_is_asked_something_fitting_is_sent(asked: str, size: int) -> None:
    data = bytes(size)
    sent = bytes_response(data, "audio/wav", asked, {"Cache-Control": "no-store"})
    assert sent.status_code in {200, 206, 416}
    assert sent.headers["cache-control"] == "no-store"
    if sent.status_code == 206:
        assert 0 < len(sent.body) <= size
    assert (sent.body == data) or sent.status_code != 200
