"""`RoutedGenerator`: the small model or the large one, by how hard the question looks."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.complexity import FEATURES, ComplexityWeights, features_of
from core.errors import GenerationUnavailable
from core.generate import Choice, Draft, Generator, Size, Task

logger = logging.getLogger(__name__)


class RoutedGenerator:
    """Drafts from the large model for hard questions, from the small one for the rest.

    The small model takes over where the large one fails before its first draft. What was
    chosen is told to the task and logged, with the measures but without the words.
    """

    def __init__(self, *, small: Generator, large: Generator, weights: ComplexityWeights) -> None:
        self.name = f"{small.name} or {large.name}"
        self._generators: dict[Size, Generator] = {"small": small, "large": large}
        self._weights = weights

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The sentences of an answer by the model that was chosen.

        Raises:
            GenerationUnavailable: the model broke off, or neither could begin.
        """
        features = features_of(task)
        score = self._weights.score(features)
        wanted: Size = "large" if score >= self._weights.threshold else "small"
        sizes: tuple[Size, ...] = ("large", "small") if wanted == "large" else ("small",)
        for size in sizes:
            generator = self._generators[size]
            choice = Choice(
                model=generator.name,
                size=size,
                wanted=wanted,
                score=round(score, 4),
                features=dict(zip(FEATURES, (round(each, 3) for each in features), strict=True)),
            )
            task.on_choice(choice)
            _log(choice)
            has_drafted = False
            try:
                async with aclosing(generator.draft(task)) as drafts:
                    async for draft in drafts:
                        has_drafted = True
                        yield draft
                return
            except GenerationUnavailable:
                if has_drafted or size == sizes[-1]:
                    raise

    async def check(self) -> str:
        """Both models, once their servers have said that they are well.

        Raises:
            GenerationUnavailable: one of them is not.
        """
        return "; ".join([f"{size}: {await self._generators[size].check()}" for size in self._generators])

    async def close(self) -> None:
        """Give back the connections of both."""
        for generator in self._generators.values():
            await generator.close()


def _log(choice: Choice) -> None:
    logger.info(
        "model_chosen",
        extra={
            "model": choice.model,
            "size": choice.size,
            "wanted": choice.wanted,
            "score": choice.score,
            "features": choice.features,
        },
    )
