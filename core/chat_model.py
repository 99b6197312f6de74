"""`ChatModelGenerator`: answers written by a language model behind OpenAI-compatible servers."""

from collections.abc import AsyncGenerator

from core.errors import GenerationUnavailable
from core.generate import Draft, Task
from core.language_model import LanguageModel
from core.prompt import ChatMessage, messages
from core.reply import Reply
from core.token_budget import TokenBudget


class ChatModelGenerator:
    """Drafts from a chat model, sentence by sentence while it writes."""

    def __init__(self, model: LanguageModel, *, instructions: str) -> None:
        self.name = model.name
        self._model = model
        self._instructions = instructions
        self._budget = TokenBudget(model)

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The sentences of the reply as they become certain.

        Raises:
            GenerationUnavailable: no server answered, or the one that did refused, fell silent,
                broke off or made no sense.
        """
        if not task.passages:
            return
        reply = Reply()
        finish = None
        stream = await self._model.stream(await self._prompt(task))
        self.name = self._model.name
        try:
            async for piece in stream:
                finish = piece.finish or finish
                for draft in reply.feed(piece.text):
                    yield draft
                if reply.declined:
                    return
        finally:
            await stream.aclose()
        for draft in self._last(reply, finish):
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

    async def _prompt(self, task: Task) -> list[ChatMessage]:
        prompt = await self._budget.fit(
            lambda budget: messages(task, self._instructions, budget),
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
