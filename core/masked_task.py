"""A question, its turns and its passages without personal data, for a model that is not to see them."""

from __future__ import annotations

from dataclasses import replace

from core.generate import Task
from core.redaction import Key, mask_all


def masked(task: Task) -> tuple[Task, Key]:
    """The task with placeholders in every text a prompt is made of, and the key to undo them in a reply.

    One value has one placeholder, wherever it stands, so that a reply can carry it from a
    passage over. What was read of the passages goes along as it was; no prompt shows it.
    """
    texts = [task.question, *(turn.text for turn in task.history)]
    for found in task.passages:
        texts += [found.passage.text, found.passage.title, *found.passage.heading]
    hidden, key = mask_all(texts)
    each = iter(hidden)
    question = next(each)
    history = tuple(replace(turn, text=next(each)) for turn in task.history)
    passages = [
        replace(
            found,
            passage=replace(
                found.passage,
                text=next(each),
                title=next(each),
                heading=tuple(next(each) for _ in found.passage.heading),
            ),
        )
        for found in task.passages
    ]
    return replace(task, question=question, history=history, passages=passages), key
