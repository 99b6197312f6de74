"""Small or large: who is asked, who stands in, and what is recorded of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from core.complexity import FEATURES, ComplexityWeights
from core.errors import GenerationUnavailable
from core.generate import Choice, Draft, Task
from core.model_choice import RoutedGenerator

pytestmark = pytest.mark.anyio

EASY = "When do you open?"
HARD = (
    "Could you explain, with an example, why the fee changes if I cancel early, but not when I move, and "
    "what the difference between the two contracts is?"
)


class Model:
    """A generator that says its name, and breaks where it is told to."""

    def __init__(self, name: str, *, breaks_after: int | None = None) -> None:
        self.name = name
        self.asked: list[str] = []
        self.closed = 0
        self._breaks_after = breaks_after

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        self.asked.append(task.question)
        try:
            for place in range(2):
                if place == self._breaks_after:
                    raise GenerationUnavailable(f"{self.name} broke off")
                await asyncio.sleep(0)
                yield Draft(text=f"{self.name} {place}", cited=(1,))
        finally:
            self.closed += 1

    async def check(self) -> str:
        return f"{self.name} is well"

    async def close(self) -> None:
        self.closed += 100


async def ask(small: Model, large: Model, question: str) -> tuple[list[str], list[Choice]]:
    chosen: list[Choice] = []
    task = Task(question=question, passages=[], on_choice=chosen.append)
    async with aclosing(routed(small, large).draft(task)) as drafts:
        return [draft.text async for draft in drafts], chosen


def routed(small: Model, large: Model) -> RoutedGenerator:
    return RoutedGenerator(small=small, large=large, weights=ComplexityWeights.shipped())


async def test_an_easy_question_is_the_small_models_and_a_hard_one_the_large_models() -> None:
    small, large = Model("small"), Model("large")
    said, chosen = await ask(small, large, EASY)
    assert said == ["small 0", "small 1"]
    assert [(choice.model, choice.size, choice.wanted) for choice in chosen] == [("small", "small", "small")]
    said, chosen = await ask(small, large, HARD)
    assert said == ["large 0", "large 1"]
    assert [(choice.model, choice.size, choice.wanted) for choice in chosen] == [("large", "large", "large")]
    assert chosen[0].score > 0.3
    assert tuple(chosen[0].features) == FEATURES


async def test_the_small_model_stands_in_for_a_large_one_that_says_nothing() -> None:
    small, large = Model("small"), Model("large", breaks_after=0)
    said, chosen = await ask(small, large, HARD)
    assert said == ["small 0", "small 1"]
    assert [(choice.model, choice.size, choice.wanted) for choice in chosen] == [
        ("large", "large", "large"),
        ("small", "small", "large"),
    ]


async def test_once_the_large_model_has_spoken_nobody_speaks_over_it() -> None:
    small, large = Model("small"), Model("large", breaks_after=1)
    with pytest.raises(GenerationUnavailable, match="large broke off"):
        await ask(small, large, HARD)
    assert small.asked == []


async def test_the_large_model_does_not_stand_in_for_the_small_one() -> None:
    small, large = Model("small", breaks_after=0), Model("large")
    with pytest.raises(GenerationUnavailable, match="small broke off"):
        await ask(small, large, EASY)
    assert large.asked == []


async def test_where_neither_can_it_is_said_once() -> None:
    with pytest.raises(GenerationUnavailable, match="small broke off"):
        await ask(Model("small", breaks_after=0), Model("large", breaks_after=0), HARD)


async def test_many_turns_at_once_each_know_their_own_choice() -> None:
    small, large = Model("small"), Model("large")
    results = await asyncio.gather(*(ask(small, large, HARD if n % 3 == 0 else EASY) for n in range(60)))
    for n, (said, chosen) in enumerate(results):
        name = "large" if n % 3 == 0 else "small"
        assert said == [f"{name} 0", f"{name} 1"]
        assert [choice.model for choice in chosen] == [name]


async def test_leaving_early_closes_the_model_that_writes() -> None:
    small, large = Model("small"), Model("large")
    async with aclosing(routed(small, large).draft(Task(question=HARD, passages=[]))) as drafts:
        await anext(drafts)
    assert (small.closed, large.closed) == (0, 1)


async def test_the_choice_is_logged_with_its_measures_and_without_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await ask(Model("small"), Model("large"), HARD)
    (line,) = [record for record in caplog.records if record.message == "model_chosen"]
    assert (line.size, line.wanted, line.model) == ("large", "large", "large")  # type: ignore[attr-defined]
    assert not any(word in str(line.__dict__) for word in ("cancel", "contracts"))


async def test_both_are_checked_and_closed() -> None:
    small, large = Model("small"), Model("large")
    generator = routed(small, large)
    assert await generator.check() == "small: small is well; large: large is well"
    await generator.close()
    assert (small.closed, large.closed) == (100, 100)
    assert generator.name == "small or large"
