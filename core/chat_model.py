"""`ChatModelGenerator`: answers written by a language model behind OpenAI-compatible servers."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from core.canary import Canary, CanaryEar
from core.chat_protocol import Piece
from core.errors import GenerationUnavailable
from core.generate import Draft, Task
from core.inline_calls import pieces_with_calls
from core.language_model import LanguageModel
from core.masked_task import masked
from core.prompt import ChatMessage, messages
from core.redaction import Key, unmask
from core.reply import Reply
from core.token_budget import TokenBudget


class ChatModelGenerator:
    """Drafts from a chat model, sentence by sentence while it writes.

    With `masks`, the model gets placeholders for personal data, and its drafts have the data
    back. With a `canary`, a reply that gives the instructions away breaks off.
    """

    def __init__(
        self, model: LanguageModel, *, instructions: str, masks: bool = False, canary: Canary | None = None
    ) -> None:
        self.name = model.name
        self._model = model
        self._instructions = canary.with_mark(instructions) if canary else instructions
        self._canary = canary
        self._masks = masks
        self._budget = TokenBudget(model)

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The sentences of the reply as they become certain.

        Raises:
            GenerationUnavailable: no server answered, or the one that did refused, fell silent,
                broke off, made no sense or gave its instructions away.
        """
        if not task.passages:
            return
        key: Key = {}
        if self._masks:
            task, key = masked(replace(task, calls=None))
        reply, ear = Reply(), self._canary.ear() if self._canary else None
        finish = None
        async with aclosing(self._pieces(task)) as pieces:
            async for piece in pieces:
                finish = piece.finish or finish
                for draft in _cleared(reply.feed(piece.text), ear, key):
                    yield draft
                if reply.declined:
                    return
        for draft in _cleared(self._last(reply, finish), ear, key):
            yield draft

    async def check(self) -> str:
        """The model and its servers, once each has said that it is well.

        Raises:
            GenerationUnavailable: one of them is not.
        """
        return await self._model.check()

    async def close(self) -> None:
        """Give back the connections; the generator may be used again and opens new ones."""
        await self._model.close()

    async def _pieces(self, task: Task) -> AsyncGenerator[Piece]:
        """The reply as it is written, with the results of calls in it where there may be any."""
        prompt = await self._prompt(task)
        if task.calls is not None:
            async with aclosing(pieces_with_calls(self._model, prompt, task, task.calls)) as pieces:
                async for piece in pieces:
                    self.name = self._model.name
                    yield piece
            return
        stream = await self._model.stream(prompt)
        self.name = self._model.name
        try:
            async for piece in stream:
                yield piece
        finally:
            await stream.aclose()

    async def _prompt(self, task: Task) -> list[ChatMessage]:
        instructions = self._instructions
        if task.calls is not None:
            instructions = f"{instructions.strip()}\n\n{task.calls.offer}"
        prompt = await self._budget.fit(
            lambda budget: messages(task, instructions, budget),
            reply_tokens=self._model.model.max_tokens,
        )
        if "<passage " not in prompt[-1]["content"]:
            raise GenerationUnavailable(
                "the language model has no room for a passage beside the question: "
                "set FRONTDESK_GENERATOR__CONTEXT_TOKENS higher"
            )
        return prompt

    def _last(self, reply: Reply, finish: str | None) -> list[Draft]:
        if finish == "content_filter":
            raise GenerationUnavailable("the language model's content filter stopped the answer")
        drafts = reply.finish(cut=finish == "length")
        if not reply.has_words:
            limit = self._model.model.max_tokens
            raise GenerationUnavailable(f"the language model ended without an answer (limit: {limit} tokens)")
        return drafts


def _cleared(drafts: Sequence[Draft], ear: CanaryEar | None, key: Key) -> Iterator[Draft]:
    """The drafts with what was masked put back, up to one that gives the instructions away."""
    for draft in drafts:
        # Thoughts may go over the instructions; they never become drafts.
        if ear and ear.hears(draft.text):
            raise GenerationUnavailable("the language model's reply held its instructions")
        yield replace(draft, text=unmask(draft.text, key))
