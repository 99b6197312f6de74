"""`CallMarkers`: finds `[[name {"argument": "value"}]]` in a reply as it is written, however it is cut."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

OPEN, CLOSE = "[[", "]]"
LONGEST_MARKER = 600
"""Characters after which a marker without an end is given up."""
ARGUMENT_BEGINS = ("", '"', "}")
"""What a new line of a marker's arguments begins with; nothing where it has not come yet."""
_BODY = re.compile(r"\s*(?P<name>[\w.-]{1,100})\s*(?P<arguments>\{.*\})?\s*", re.DOTALL)
_NUMBERS = re.compile(r"[\s\d,;–-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as the model wrote it; `marker` is its text, which nobody is shown."""

    name: str
    arguments: Mapping[str, str]
    marker: str


class CallMarkers:
    """Takes a reply's pieces apart into words and calls.

    What may be the beginning of a marker is held back. A marker that is malformed, or has no
    end on its line or in 600 characters, is dropped; numbers in
    double brackets are citations and stay as they are.
    """

    def __init__(self) -> None:
        self._held = ""
        self._drops = False

    def feed(self, piece: str) -> list[str | Call]:
        """Words that are certain to be words, and calls that are whole, in their order.

        >>> markers = CallMarkers()
        >>> [markers.feed(piece) for piece in ("It is [", "[when {}", "]", "] today")]
        [['It is '], [], [], [Call(name='when', arguments={}, marker='[[when {}]]'), ' today']]
        """
        self._held += piece
        parts: list[str | Call] = []
        while (part := self._next()) is not None:
            if part:
                parts.append(part)
        return parts

    def finish(self) -> list[str]:
        """The words left at the end; a marker that has no end is none of them."""
        left, self._held = self._held, ""
        return [left] if left and not self._drops and not left.startswith(OPEN) else []

    def _next(self) -> str | Call | None:
        """The next part, empty where something was dropped; none where more has to come."""
        if self._drops:
            return self._dropped()
        begins = self._held.find(OPEN)
        if begins < 0:
            certain = self._held.removesuffix("[")
            self._held = self._held[len(certain) :]
            return certain or None
        if begins > 0:
            words, self._held = self._held[:begins], self._held[begins:]
            return words
        end = _end(self._held)
        if end == 0:
            return None
        if end < 0:
            self._drops, self._held = True, self._held[-end:]
            return ""
        marker, self._held = self._held[:end], self._held[end:]
        return _read(marker)

    def _dropped(self) -> str | None:
        """Leaves out what is left of a marker: up to its end, or that of its line."""
        ends = [at for at in (self._held.find("\n"), self._end_after_close()) if at >= 0]
        if not ends:
            self._held = self._held[-1:] if self._held.endswith("]") else ""
            return None
        self._held, self._drops = self._held[min(ends) :], False
        return ""

    def _end_after_close(self) -> int:
        at = self._held.find(CLOSE)
        return at + len(CLOSE) if at >= 0 else -1


def _end(text: str) -> int:
    """Where the marker that the text begins with ends; 0 where that has to come.

    Less than 0 where it will not: minus the place up to which the text is a broken marker.
    Brackets inside quotation marks are no end. A line may end only between the arguments.
    """
    is_inside = is_escaped = False
    depth = 0
    for at in range(len(OPEN), min(len(text), LONGEST_MARKER)):
        letter = text[at]
        if letter == "\n" and (depth <= 0 or is_inside or text[at:].lstrip()[:1] not in ARGUMENT_BEGINS):
            return -at
        if is_escaped:
            is_escaped = False
        elif letter == "\\":
            is_escaped = is_inside
        elif letter == '"':
            is_inside = not is_inside
        elif not is_inside:
            if text.startswith(CLOSE, at):
                return at + len(CLOSE)
            depth += (letter == "{") - (letter == "}")
    return 0 if len(text) <= LONGEST_MARKER else -LONGEST_MARKER


def _read(marker: str) -> str | Call:
    """The call of a whole marker, the citation that it is instead, or nothing."""
    body = marker[len(OPEN) : -len(CLOSE)]
    if _NUMBERS.fullmatch(body):
        return f"[{body.strip()}]"
    match = _BODY.fullmatch(body)
    if match is None:
        return ""
    try:
        arguments = json.loads(match["arguments"] or "{}")
    except ValueError:
        return ""
    if not all(isinstance(value, str | int | float) for value in arguments.values()):
        return ""
    return Call(
        name=match["name"],
        arguments={name: str(value) for name, value in arguments.items()},
        marker=marker,
    )
