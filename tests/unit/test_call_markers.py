"""Calls in a reply, however the stream is cut and whatever the model writes."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.call_markers import LONGEST_MARKER, Call, CallMarkers

WHOLE = '[[order_status {"order": "#L20418", "note": "a ]] in \\" words"}]]'


def parts(pieces: list[str]) -> list[str | Call]:
    markers = CallMarkers()
    found = [part for piece in pieces for part in markers.feed(piece)] + markers.finish()
    joined: list[str | Call] = []
    for part in found:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


@given(st.lists(st.integers(0, 120), max_size=12))
def test_a_marker_is_found_however_it_is_cut(cuts: list[int]) -> None:
    text = f"Your order {WHOLE} and more [1]."
    places = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    before, call, after = parts([text[a:b] for a, b in itertools.pairwise(places)])
    assert (before, after) == ("Your order ", " and more [1].")
    assert isinstance(call, Call)
    assert (call.name, call.marker) == ("order_status", WHOLE)
    assert call.arguments == {"order": "#L20418", "note": 'a ]] in " words'}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a [[]] b", "a  b"),
        ("a [[two words here]] b", "a  b"),
        ('a [[tool {"x": }]] b', "a  b"),
        ('a [[tool ["x"]]] b', "a ] b"),
        ('a [[tool {"x": {"y": 1}}]] b', "a  b"),
        ('a [[tool {"x": null}]] b', "a  b"),
        ("a [[tool", "a "),
        ("a [[tool {\nb", "a \nb"),
        ('a [[tool {"x": "y",\nb', "a \nb"),
        ('a [[tool {"x": "y\nz"}]] b', 'a \nz"}]] b'),
        (f"a [[tool {'x' * LONGEST_MARKER} b]] c", "a  c"),
        ("Fine [[1]]. Good [[2, 3]]", "Fine [1]. Good [2, 3]"),
        ("Fine [1][2]. [", "Fine [1][2]. ["),
    ],
)
def test_what_is_no_call_is_dropped_and_the_rest_stays(text: str, shown: str) -> None:
    assert parts(list(text)) == parts([text]) == [shown]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_marker_may_be_laid_out_over_several_lines(size: int) -> None:
    text = 'It is [[when {\n  "day": "Monday",\n  "hour": "9"\n}]] then.'
    before, call, after = parts([text[at : at + size] for at in range(0, len(text), size)])
    assert (before, after) == ("It is ", " then.")
    assert isinstance(call, Call)
    assert call.arguments == {"day": "Monday", "hour": "9"}


@given(st.text(alphabet='[]{}"\\: ab1\n', max_size=60), st.integers(1, 5))
def test_nothing_of_a_marker_is_shown(text: str, size: int) -> None:
    found = parts([text[at : at + size] for at in range(0, len(text), size)])
    for part in found:
        if isinstance(part, Call):
            assert part.marker.startswith("[[")
            json.dumps(dict(part.arguments))
    if "[[" not in text:
        assert "".join(map(str, found)) == text
