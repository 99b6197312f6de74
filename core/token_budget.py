"""`TokenBudget`: prompts that leave a model room for its reply, counted by its own tokenizer."""

import math
from collections.abc import Callable, Sequence

from core.errors import GenerationUnavailable
from core.language_model import LanguageModel
from core.prompt import OVERHEAD_TOKENS, Budget, ChatMessage

BYTES_PER_TOKEN = 4.0
"""A guess that is right for English, until the model's tokenizer has counted."""
MOST_BYTES_PER_TOKEN = 5.0
"""More than that no language has; a prompt that may fit is tried and counted, not cut by a guess."""
UNCOUNTED = 1.5
"""How far a guess may be off, where no tokenizer counts."""
NEWEST_SHARE = 0.3
SHARES = (0.97, 0.85, 0.7)
"""How much of the room for passages and turns is filled, in each attempt to shorten a prompt."""
TEMPLATE_TOKENS = 128
"""What a chat template adds to a prompt, at most."""

Build = Callable[[Budget], list[ChatMessage]]


class TokenBudget:
    """Fits prompts into a model's window, together with the longest reply.

    No tokenizer makes more tokens of a text than it has bytes, so most prompts are known to
    fit without being counted. The first one, and each that its bytes leave in doubt, is
    counted as a whole by the server: one request a prompt, not one a passage. What those
    counts say of the bytes of a token is the measure that passages and turns are chosen by.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._bytes_per_token = BYTES_PER_TOKEN
        self._has_counted = False

    async def fit(self, build: Build, *, reply_tokens: int) -> list[ChatMessage]:
        """What `build` makes of the budget, so that reply and prompt fit into the window.

        Raises:
            GenerationUnavailable: even the shortest prompt is too long, or no server counts it.
        """
        window = (await self._model.facts()).window
        wanted = self._model.model.context_tokens
        if window is None:
            return build(_budget(wanted, self._bytes_per_token))
        room = window - reply_tokens
        most = int(room * MOST_BYTES_PER_TOKEN / self._bytes_per_token)
        built = build(_budget(min(wanted, most), self._bytes_per_token))
        if self._has_counted and _size(built) + TEMPLATE_TOKENS <= room:
            return built
        count = await self._count(built)
        return built if count <= room else await self._shortened(build, built, count, room)

    async def _shortened(
        self, build: Build, built: list[ChatMessage], count: int, room: int
    ) -> list[ChatMessage]:
        """A prompt that fits, when `built` with its `count` of tokens does not."""
        shortest = build(Budget(tokens=0, count=len))
        least = await self._count(shortest)
        if least > room:
            raise GenerationUnavailable(
                f"the prompt takes {least:,} tokens and the language model has room for {max(room, 0):,}: "
                "start it with a longer context, or set FRONTDESK_GENERATOR__MAX_TOKENS lower"
            )
        for share in SHARES:
            # What was counted beyond the shortest prompt measures the part that can be left out.
            bytes_per_token = max((_size(built) - _size(shortest)) / max(count - least, 1), 0.25)
            frame = _size(shortest) / bytes_per_token + 3 * OVERHEAD_TOKENS
            built = build(_budget(int((room - least) * share + frame), bytes_per_token))
            count = await self._count(built)
            if count <= room:
                return built
        return shortest

    async def _count(self, built: Sequence[ChatMessage]) -> int:
        """The tokens of a prompt, or a high guess where no server counts them."""
        size = _size(built)
        count = await self._model.count(built)
        if count is None:
            return math.ceil(size / BYTES_PER_TOKEN * UNCOUNTED) + TEMPLATE_TOKENS
        share = NEWEST_SHARE if self._has_counted else 1.0
        self._has_counted = True
        self._bytes_per_token += share * (size / max(count, 1) - self._bytes_per_token)
        return count


def _budget(tokens: int, bytes_per_token: float) -> Budget:
    return Budget(tokens=tokens, count=lambda text: math.ceil(len(text.encode()) / bytes_per_token))


def _size(messages: Sequence[ChatMessage]) -> int:
    return sum(len(message["content"].encode()) for message in messages)
