"""`StructuredModel`: a language model's answer in the shape of a pydantic model."""

import json
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import GenerationUnavailable
from core.language_model import LanguageModel
from core.prompt import ChatMessage
from core.token_budget import TokenBudget

Shape = TypeVar("Shape", bound=BaseModel)

ANSWER_TOKENS = 300
ATTEMPTS = ((0.0, 1), (0.7, 2))
"""Temperature, and how much longer than asked the answer may be: a second try must differ from the first."""


class StructuredModel:
    """Answers that follow a schema, for steps a program takes: an intent, slots, a rewritten question.

    The server holds the model to the schema while it writes (`response_format`), and what
    comes is checked against it all the same: a server may ignore the request, and a reply
    may be cut off. Text without `max_length` and numbers without bounds may run on to the
    limit, so a shape should bound both.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._budget = TokenBudget(model)

    async def ask(
        self, messages: Sequence[ChatMessage], shape: type[Shape], *, answer_tokens: int = ANSWER_TOKENS
    ) -> Shape:
        """The model's answer, asked a second time where the first has another shape.

        Raises:
            GenerationUnavailable: no server answered, or neither answer fits the shape.
        """
        schema = {"name": shape.__name__, "schema": shape.model_json_schema(), "strict": True}
        for temperature, times in ATTEMPTS:
            tokens = answer_tokens * times
            piece = await self._model.complete(
                await self._budget.fit(lambda _: list(messages), reply_tokens=tokens),
                max_tokens=tokens,
                temperature=temperature,
                response_format={"type": "json_schema", "json_schema": schema},
            )
            try:
                # Control characters inside strings are no JSON, yet guided models write them.
                return shape.model_validate(json.loads(piece.text, strict=False))
            except (ValueError, ValidationError):
                continue
        raise GenerationUnavailable(
            f"the language model gave no {shape.__name__} in {len(ATTEMPTS)} attempts"
        )
