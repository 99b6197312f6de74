"""Calls inside a reply: the stream pauses, the call runs, its result continues the sentence.

After Schick et al., 2023, "Toolformer: Language Models Can Teach Themselves to Use Tools". The rest is
written with the text so far as the beginning of the reply (vLLM's `continue_final_message`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from core.call_markers import Call, CallMarkers
from core.chat_protocol import Piece
from core.errors import GenerationUnavailable
from core.generate import InlineCalls, Task
from core.language_model import LanguageModel
from core.prompt import ChatMessage

logger = logging.getLogger(__name__)

MOST_CALLS = 2
GOES_ON: Mapping[str, object] = {"continue_final_message": True, "add_generation_prompt": False}


async def pieces_with_calls(
    model: LanguageModel, prompt: Sequence[ChatMessage], task: Task, calls: InlineCalls
) -> AsyncGenerator[Piece]:
    """A reply's pieces as they come, each marker replaced by what its call found, with its number.

    A marker that stands in a passage, the third one, and one whose call finds nothing are
    left out. Where the rest can't be written, the reply ends after the result.

    Raises:
        GenerationUnavailable: no server answered, or the one that did broke off.
    """
    reply = _Reply(model, prompt, task)
    while True:
        async with aclosing(reply.written()) as written:
            async for piece in written:
                yield piece
        if reply.call is None:
            return
        found = await calls.call(reply.call.name, reply.call.arguments)
        if found is not None:
            number = len(task.passages) + len(calls.found)
            text = f"{' '.join(found.passage.text.split()).rstrip(' .')} [{number}]"
            reply.said += text
            yield Piece(text=text)


class _Reply:
    """A reply that is written in several goes, with its text so far."""

    def __init__(self, model: LanguageModel, prompt: Sequence[ChatMessage], task: Task) -> None:
        self.said = ""
        self.call: Call | None = None
        self._model = model
        self._prompt = prompt
        self._quotable = " ".join(" ".join(each.passage.text.split()) for each in task.passages)
        self._calls = 0

    async def written(self) -> AsyncGenerator[Piece]:
        """What is written up to the next call, or to the end."""
        is_going_on = self.call is not None and bool(self.said.strip())
        self.call = None
        messages, options = list(self._prompt), {}
        if is_going_on:
            messages.append(ChatMessage(role="assistant", content=self.said))
            options = dict(GOES_ON)
        try:
            stream = await self._model.stream(messages, options)
        except GenerationUnavailable:
            if not is_going_on:
                raise
            logger.warning("answer_not_continued")
            yield Piece(text=".", finish="stop")
            return
        markers = CallMarkers()
        try:
            async for piece in stream:
                words = self._taken(markers.feed(piece.text))
                self.said += words
                yield Piece(text=words, finish=None if self.call else piece.finish)
                if self.call is not None:
                    return
            for words in markers.finish():
                self.said += words
                yield Piece(text=words)
        finally:
            await stream.aclose()

    def _taken(self, parts: Sequence[str | Call]) -> str:
        """The words up to the first call that may be made."""
        words = ""
        for part in parts:
            if isinstance(part, str):
                words += part
            elif self._calls < MOST_CALLS and " ".join(part.marker.split()) not in self._quotable:
                self._calls += 1
                self.call = part
                break
        return words
