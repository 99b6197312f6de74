"""Intents: near ones are told apart, and what is none of them is known as such."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import intents, leave_out
from core.errors import Refused, UnreadableDocument
from core.intent_evaluation import (
    evaluate_intents,
    first_of_each,
    load_utterances,
    without_some_intents,
)
from core.intents import IntentClassifier, Utterance
from core.minilm import OnnxEmbedder

pytestmark = pytest.mark.anyio

SAID = {
    "where_is_my_order": [
        "Where is my order?",
        "My parcel has not arrived yet",
        "When will my lamp be delivered?",
        "Can I track the shipment?",
        "It's been two weeks and nothing has come",
        "Has my package left the warehouse?",
    ],
    "return_an_item": [
        "I want to send this lamp back",
        "How do I return something I bought?",
        "Can I return my order?",
        "It doesn't fit, I'd like to give it back",
        "Where do I post a return to?",
        "Please take this chair back",
    ],
    "exchange_an_item": [
        "Can I swap it for a bigger one?",
        "I'd like the same lamp in blue instead",
        "Exchange this chair for another colour",
        "I got the wrong size, can I have a medium one?",
        "Could you replace it with the other model?",
        "I want to change my item for a different one",
    ],
    "change_address": [
        "I have moved, please update my address",
        "Deliver it to another street",
        "My address is wrong on the order",
        "Can you ship it to my office instead?",
        "I typed the wrong postcode",
        "Change where the parcel goes",
    ],
}
UTTERANCES = [Utterance(text=text, intent=intent) for intent, texts in SAID.items() for text in texts]
FOREIGN = [
    "Who won the football match last night?",
    "What is the capital of Peru?",
    "Write me a poem about autumn leaves",
    "How do I boil an egg?",
    "My knee hurts when I run",
    "Translate good morning into Japanese",
]


@pytest.fixture(scope="session")
async def shop(embedder: OnnxEmbedder) -> IntentClassifier:
    return await IntentClassifier.train(embedder, UTTERANCES)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("my order still isn't here", "where_is_my_order"),
        ("has the chair been shipped?", "where_is_my_order"),
        ("i don't want this chair any more, can I send it back", "return_an_item"),
        ("how does a return work", "return_an_item"),
        ("could I get the green one instead of the red one?", "exchange_an_item"),
        ("please swap this for a smaller size", "exchange_an_item"),
        ("I moved house and have a new address", "change_address"),
        ("send the parcel to my new address please", "change_address"),
    ],
)
async def test_near_intents_are_told_apart(shop: IntentClassifier, text: str, intent: str) -> None:
    found = await shop.understand(text)
    assert found.intent == intent
    assert found.is_known


async def test_what_is_none_of_them_is_known_as_such(shop: IntentClassifier) -> None:
    assert [text for text, found in zip(FOREIGN, await shop.understand_all(FOREIGN), strict=True)
            if found.is_known] == []  # fmt: skip


@pytest.mark.parametrize("count", [2, 3])
async def test_few_intents_know_what_is_none_of_them_too(embedder: OnnxEmbedder, count: int) -> None:
    names = list(SAID)[:count]
    few = await IntentClassifier.train(embedder, [one for one in UTTERANCES if one.intent in names])
    inside = await few.understand_all(["my order still isn't here", "I want to send back what I bought"])
    assert [found.intent for found in inside] == names[:2]
    assert all(found.is_known for found in inside)
    assert not any(found.is_known for found in await few.understand_all(FOREIGN))


async def test_texts_of_other_domains_can_be_given_as_none_of_them(
    embedder: OnnxEmbedder, shop: IntentClassifier
) -> None:
    near = "Where is your warehouse?"
    others = ["Where is your shop?", "Where are your offices?", "Where is your company based?", *FOREIGN]
    told = await IntentClassifier.train(embedder, UTTERANCES, others=others)
    assert told.intents == shop.intents
    assert (await told.understand(near)).belongs < (await shop.understand(near)).belongs
    assert not (await told.understand(others[0])).is_known
    assert (await told.understand("my order still isn't here")).intent == "where_is_my_order"


async def test_training_twice_gives_the_same_classifier(
    embedder: OnnxEmbedder, shop: IntentClassifier
) -> None:
    again = await IntentClassifier.train(embedder, UTTERANCES)
    assert await again.understand_all(FOREIGN) == await shop.understand_all(FOREIGN)


async def test_a_vector_that_is_known_already_is_not_made_again(
    embedder: OnnxEmbedder, shop: IntentClassifier
) -> None:
    text = "please swap this for a smaller size"
    vector = await embedder.embed_query(text)
    assert await shop.understand(text, vector) == await shop.understand(text)


async def test_many_at_once_are_understood_as_one_by_one(shop: IntentClassifier) -> None:
    texts = [one.text for one in UTTERANCES] * 12
    together = await shop.understand_all(texts)
    alone = [await shop.understand(text) for text in texts[:24]]
    assert [found.intent for found in together] == [found.intent for found in alone] * 12
    assert [found.belongs for found in together[:24]] == pytest.approx(
        [found.belongs for found in alone], abs=0.05
    )
    assert await shop.understand_all([]) == []


async def test_one_example_an_intent_is_enough_to_choose(embedder: OnnxEmbedder) -> None:
    one_each = await IntentClassifier.train(embedder, first_of_each(UTTERANCES, 1))
    assert (await one_each.understand("where's my order")).intent == "where_is_my_order"
    assert (await one_each.understand("I have moved to another address")).intent == "change_address"
    assert not any(found.is_known for found in await one_each.understand_all(FOREIGN))


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_a_blank_message_has_no_intent(shop: IntentClassifier, text: str) -> None:
    assert (await shop.understand(text)).belongs == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "👍🏽🎉",
        "?!…",
        "\ud83d",
        "\x00\x01",
        "a" * 10_000,
        "my order " * 1_111,
        "我的订单在哪里",
        "e\u0301" * 500,
    ],
    ids=["emoji", "marks", "half", "nul", "letters", "long", "chinese", "accents"],
)
async def test_an_odd_message_is_understood_somehow(shop: IntentClassifier, text: str) -> None:
    found = await shop.understand(text)
    assert found.intent in shop.intents
    assert 0 < found.chance <= 1
    assert 0 <= found.belongs <= 1


async def test_odd_examples_do_no_harm(embedder: OnnxEmbedder) -> None:
    odd = [
        *UTTERANCES,
        UTTERANCES[0],
        Utterance(text="👍", intent="thanks"),
        Utterance(text="\ud83d", intent="?"),
    ]
    odd += [
        Utterance(text=" ", intent="blank"),
        Utterance(text="where is it? " * 800, intent="where_is_my_order"),
    ]
    trained = await IntentClassifier.train(embedder, odd, others=["", "\ud83d", UTTERANCES[3].text])
    assert trained.intents == tuple(sorted([*SAID, "thanks", "?"]))
    assert (await trained.understand("👍")).intent == "thanks"
    assert np.isfinite([found.belongs for found in await trained.understand_all(FOREIGN)]).all()


@pytest.mark.parametrize("said", [[], UTTERANCES[:3], [Utterance(text=" ", intent="a"), *UTTERANCES[:1]]])
async def test_a_single_intent_is_no_choice(embedder: OnnxEmbedder, said: list[Utterance]) -> None:
    with pytest.raises(Refused, match="two intents"):
        await IntentClassifier.train(embedder, said)


async def test_of_too_many_examples_each_intent_keeps_some(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intents, "MOST_EXAMPLES", 13)
    lopsided = [one for one in UTTERANCES if one.intent != "change_address"] + [UTTERANCES[-1]]
    trained = await IntentClassifier.train(embedder, lopsided)
    assert set(trained.intents) == set(SAID)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(4, 30), groups=st.integers(2, 4))
def test_leaving_out_gives_what_a_second_fit_gives(seed: int, rows: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(rows, 3))
    alike = np.exp(-((points[:, None] - points) ** 2).sum(axis=2)).astype(np.float32)
    group = random.integers(-1, groups, rows)
    found = leave_out.fit(alike.copy(), group, groups)

    def refitted(without: np.ndarray, row: int) -> np.ndarray:
        rest = np.flatnonzero(~without)
        wanted = (group[rest, None] == np.arange(groups)).astype(float)
        ridge = leave_out.RIDGE * np.eye(len(rest))
        return alike[row, rest] @ np.linalg.solve(alike[np.ix_(rest, rest)] + ridge, wanted)

    for row in range(rows):
        itself = np.arange(rows) == row
        assert found.without_itself[row] == pytest.approx(refitted(itself, row), abs=1e-3)
        whole = itself if group[row] < 0 else group == group[row]
        assert found.without_its_group[row] == pytest.approx(refitted(whole, row), abs=1e-3)


async def test_figures_count_what_was_not_learned_as_out_of_scope(embedder: OnnxEmbedder) -> None:
    taught = [one for one in UTTERANCES if one.intent != "change_address"]
    bars: dict[str, tuple[int, int]] = {}
    figures = await evaluate_intents(
        embedder, taught, UTTERANCES, lambda words: lambda done, total: bars.update({words: (done, total)})
    )
    assert (figures["train"], figures["test"], figures["intents"]) == (18, 24, 3)
    assert (figures["accuracy"], figures["macro_f1"], figures["kept_rate"]) == (1.0, 1.0, 1.0)
    assert figures["oos_recall"] >= 0.5
    assert figures["oos_precision"] == 1.0
    assert figures["auroc"] >= 0.95
    assert bars == {"learning": (21, 21), "understanding": (24, 24)}


async def test_without_anything_out_of_scope_there_is_no_figure_for_it(embedder: OnnxEmbedder) -> None:
    figures = await evaluate_intents(embedder, UTTERANCES, UTTERANCES, lambda _: lambda done, total: None)
    assert (figures["oos_recall"], figures["oos_precision"], figures["auroc"]) == (None, None, None)


def test_too_many_intents_can_not_be_left_out() -> None:
    with pytest.raises(Refused, match="3 of 4 intents"):
        without_some_intents(UTTERANCES, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "needs a column text, utterance or question, and its first line is empty"),
        (b"text,category\n", "no row"),
        (b"text,category\n,card\nhello,\n\n", "no row"),
        (b"text,topic\nhello,card\n", "needs a column category, intent or label.*'text', 'topic'"),
        (b"words,label\nhello,card\n", "needs a column text"),
        (b"text,label\n\xff\xfe,card\n", "is no CSV"),
    ],
)
def test_a_file_without_utterances_is_refused_by_name(tmp_path: Path, data: bytes, reason: str) -> None:
    file = tmp_path / "said.csv"
    file.write_bytes(data)
    with pytest.raises(UnreadableDocument, match=reason) as refused:
        load_utterances(file)
    assert "said.csv" in str(refused.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match=r"gone\.csv"):
        load_utterances(tmp_path / "gone.csv")


def test_rows_are_read_whatever_the_columns_are_called(tmp_path: Path) -> None:
    file = tmp_path / "said.csv"
    file.write_text('\ufeffid,intent,question\n1,card,"Where, please,\nis it?"\n2,card\n', encoding="utf-8")
    assert load_utterances(file) == [Utterance(text="Where, please,\nis it?", intent="card")]
