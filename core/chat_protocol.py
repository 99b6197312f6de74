"""What an OpenAI-compatible server says: facts, pieces of a reply, refusals and errors."""

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.errors import GenerationUnavailable

if TYPE_CHECKING:
    from aiohttp import ClientResponse

Again = Literal["here", "elsewhere", "nowhere"]

BUSY = 429
NO_ANSWER = "the language model's server sent what is no answer"
_OWN_FAULT = frozenset({400, 413, 422})
_PASSING = frozenset({408, 409, BUSY, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A model's name on its server, and how many tokens it reads and writes in all, if that is told."""

    model: str
    window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words of a reply, and why it ended, if this is its end."""

    text: str = ""
    finish: str | None = None


class ModelFailed(GenerationUnavailable):
    """A server's failure: where the request may be made again, and after how long.

    `status` is what the server said, 0 where it said nothing.
    """

    def __init__(self, message: str, *, again: Again, status: int = 0, rest_s: float = 0.0) -> None:
        super().__init__(message)
        self.again = again
        self.status = status
        self.rest_s = rest_s


async def next_event(response: "ClientResponse") -> object:
    """The next event of a stream that is no comment, or None at its end.

    It is read beyond its last event, `[DONE]`: a connection that was read to the end is used again.
    """
    async for line in response.content:
        name, _, value = line.partition(b":")
        if name == b"data" and value.strip() != b"[DONE]":
            chunk = json.loads(value)
            if isinstance(chunk, dict) and chunk.get("error"):
                raise ValueError("an error in the place of words")
            return chunk
    return None


def refused(status: int, retry_after: str | None) -> ModelFailed:
    """The failure that a status tells of, and the wait that came with it."""
    again: Again = "elsewhere"
    if status in _OWN_FAULT:
        again = "nowhere"
    elif status in _PASSING:
        again = "here"
    rest_s = 0.0
    with contextlib.suppress(ValueError):
        rest_s = float(retry_after or 0)
    message = f"the language model's server answered with status {status}"
    return ModelFailed(message, again=again, status=status, rest_s=rest_s)


def read_event(chunk: object) -> tuple[Piece, bool]:
    """The words of a chunk and why the reply ended, if it did; and whether it says anything at all.

    Thoughts say something, but they are no words.
    """
    match chunk:
        case {"choices": []}:
            return Piece(), False
        case {"choices": [{"delta": dict(said), **choice}, *_]}:
            pass
        case {"choices": [{**choice}, *_]} if not choice.get("delta"):
            said = {}
        case _:
            raise ModelFailed(NO_ANSWER, again="elsewhere")
    if said.get("refusal"):
        raise GenerationUnavailable("the language model refused to answer")
    text, finish = said.get("content") or "", choice.get("finish_reason")
    if not isinstance(text, str) or not isinstance(finish, str | None):
        raise ModelFailed(NO_ANSWER, again="elsewhere")
    return Piece(text=text, finish=finish), bool(finish) or any(said[name] for name in said if name != "role")
