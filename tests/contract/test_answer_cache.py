"""What the answer cache promises, wherever its Redis is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.answer_cache import AnswerCache, CachedAnswer, CacheKey
from core.documents import DocumentId, Passage, PassageId
from core.errors import MemoryUnavailable
from core.messages import Answer, AnswerId, Citation, ConversationId, Outcome
from core.minilm import OnnxEmbedder
from core.redis_server import RedisHandle, open_redis
from core.same_question import form, names_a_person
from core.search import Found, Vector
from core.tenants import TenantId
from tests.services.redis import redis_server
from tests.services.redis_places import PLACES, redis_in

pytestmark = pytest.mark.anyio

HANGS_S = 20.0
"""A call that takes longer hangs."""
LIKENESS = 0.75
ACME, BETA = TenantId("acme"), TenantId("beta")
TERMS, FEES = DocumentId("terms"), DocumentId("fees")
EAST: Vector = np.array([1, 0, 0, 0], np.float32)
NORTH: Vector = np.array([0, 1, 0, 0], np.float32)


def at(cosine: float) -> Vector:
    """A unit vector as near to EAST as that."""
    return np.array([cosine, np.sqrt(1 - cosine**2), 0, 0], np.float32)


def asked(question: str = "How long do refunds take?", vector: Vector = EAST, **changes: Any) -> CacheKey:
    """A question of the public of one company."""
    whole: dict[str, Any] = {
        "tenant": ACME,
        "audiences": frozenset({"public"}),
        "documents": None,
        "flavour": "extractive/minilm",
    }
    return CacheKey(question=question, vector=vector, **(whole | changes))


def passage(document: DocumentId = TERMS, cosine: float | None = 0.8, *, version: int = 1) -> Found:
    """A passage of a document that was found for a question."""
    return Found(
        passage=Passage(
            id=PassageId(f"{document}/0"),
            document_id=document,
            version=version,
            ordinal=0,
            title="Terms",
            heading=("Returns",),
            page=None,
            start=0,
            end=24,
            text="Refunds take five days.",
        ),
        score=1.0,
        stages={} if cosine is None else {"dense": cosine},
    )


def answer(text: str = "Refunds take five days. ☀️", *cites: DocumentId, **changes: Any) -> Answer:
    """An answer that cites documents."""
    citations = tuple(
        Citation(
            n=n,
            document_id=document,
            passage_id=PassageId(f"{document}/0"),
            title="Terms",
            url="/sources/terms",
            page=None,
            heading="Returns",
            quote="Refunds take five days.",
            start=0,
            end=23,
            source_start=0,
            source_end=23,
        )
        for n, document in enumerate(cites or (TERMS,), start=1)
    )
    return Answer(
        **{
            "id": AnswerId("an id"),
            "conversation_id": ConversationId("somebody's"),
            "text": text,
            "outcome": Outcome.ANSWERED,
            "citations": citations,
            "confidence": 0.9,
            "route": "documents",
            "model": "extractive",
            "timings_ms": {"retrieve": 1.5},
        }
        | changes
    )


class Desk:
    """Keeps and finds as a turn does."""

    def __init__(self, handle: RedisHandle, **changes: Any) -> None:
        self.cache = AnswerCache(handle.client, **({"hours": 24, "likeness": LIKENESS} | changes))

    async def keep(
        self, key: CacheKey, given: Answer | None = None, passages: Sequence[Found] | None = None
    ) -> bool:
        """Answers a question and keeps the answer."""
        generation = await self.cache.generation(key.tenant)
        found = [passage()] if passages is None else passages
        return await self.cache.keep(key, given or answer(), found, generation=generation)

    async def finds(self, key: CacheKey) -> bool:
        """Whether the question needs no new answer."""
        return await self.cache.find(key) is not None


@pytest.fixture(params=PLACES)
async def handle(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisHandle]:
    async with redis_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(handle: RedisHandle) -> Desk:
    return Desk(handle)


async def test_nothing_is_found_where_nothing_was_asked(desk: Desk) -> None:
    assert not await desk.finds(asked())


async def test_an_answer_comes_back_whole_and_is_nobodys(desk: Desk) -> None:
    assert await desk.keep(asked(), answer("Refunds…", TERMS, FEES), [passage(version=3), passage(FEES)])
    found = await desk.cache.find(asked())
    assert found == CachedAnswer(
        answer=answer("Refunds…", TERMS, FEES, id="", conversation_id="", timings_ms={}),
        documents={TERMS: 3, FEES: 1},
    )


async def test_every_process_finds_it(desk: Desk, handle: RedisHandle) -> None:
    await desk.keep(asked())
    assert await Desk(handle).finds(asked())


SAME = [
    ("How long do refunds take?", "how long do refunds take"),
    ("How long do refunds take?", "  How long   do refunds take ?? "),
    ("How long do refunds take?", "Hi! Could you tell me how long refunds take, please?"),
    ("How long do refunds take?", "How long does a refund take?"),
    ("How long do refunds take?", "How long will the refund take? Thanks a lot!"),
    ("How do I change my PIN?", "how to change my pin"),
    ("How do I change my PIN?", "Please tell me how I can change my PIN."),
    ("Can I pay by card?", "Am I able to pay by card?"),
    ("Can I pay by card?", "Is it possible to pay by card?"),
    ("Why doesn't my card work?", "why does not my card work"),
    ("I can't log in", "I cannot log in."),
    ("What's the fee?", "What is the fee?"),
    ("Are there fees for top-ups?", "Is there a fee for a top up?"),
    ("¿Cuánto tarda el envío?", "cuánto tarda el envío"),
    ("返品できますか？", "返品できますか"),
]
DIFFERENT = [
    ("Can I return it within 14 days?", "Can I return it within 30 days?"),
    ("Can I return it within 14 days?", "Can I return it within fourteen weeks?"),
    ("Is the 1.5 kg parcel free?", "Is the 15 kg parcel free?"),
    ("What does the €5 plan cover?", "What does the $5 plan cover?"),
    ("Does it work at 5 degrees?", "Does it work at -5 degrees?"),
    ("Does the 10% rebate apply?", "Does the 10 rebate apply?"),
    ("Can I return worn shoes?", "Can I not return worn shoes?"),
    ("Why does my card work?", "Why doesn't my card work?"),
    ("Can I pay with a card?", "Can I pay without a card?"),
    ("Do you ship to Spain?", "Do you ship to France?"),
    ("do you ship to spain", "do you ship to france"),
    ("Do you ship to the US?", "Do you ship to us?"),
    ("Who is in IT?", "Who is in it?"),
    ("Is there a rule on imports?", "Is there a rule on import duties?"),
    ("What does plan A cover?", "What does plan B cover?"),
    ("What does plan A cover?", "What does the plan cover?"),
    ("Is A4 paper sold?", "Is A5 paper sold?"),
    ("Do you teach C++?", "Do you teach C#?"),
    ("How do I open an account?", "How do I close an account?"),
    ("Who bought the rights?", "Who sold the rights?"),
    ("Can I exchange dollars for euros?", "Can I exchange euros for dollars?"),
    ("How long do refunds take?", "When do refunds come?"),
    ("How do I return it?", "Why do I return it?"),
    ("Can I cancel before delivery?", "Can I cancel after delivery?"),
    ("Can I cancel?", "Must I cancel?"),
    ("Can I cancel my order?", "Can you cancel my order?"),
    ("What is my phone number?", "What is your phone number?"),
    ("What was the fee?", "What is the fee?"),
    ("Who defeated Montcalm?", "Who was defeated by Montcalm?"),
    ("How long does delivery take?", "How long does express delivery take?"),
    ("Which is the highest fee?", "Which is the lowest fee?"),
    ("Envío a España", "Envío de España"),
    ("返品できますか", "返品できませんか"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=range(len(SAME)))
def test_two_ways_to_ask_one_thing_are_one_question(one: str, other: str) -> None:
    assert form(one) == form(other) != ()


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_what_changes_the_answer_makes_another_question(one: str, other: str) -> None:
    assert form(one) != form(other)


async def test_one_question_in_other_words_finds_the_answer(desk: Desk, embedder: OnnxEmbedder) -> None:
    for one, other in SAME:
        key = asked(one, await embedder.embed_query(one))
        await desk.keep(key, answer(one))
        found = await desk.cache.find(asked(other, await embedder.embed_query(other)))
        assert found is not None, other
        assert found.answer.text == one


async def test_a_question_that_means_another_thing_never_does(desk: Desk) -> None:
    for one, other in DIFFERENT:
        for mine, theirs in ((one, other), (other, one)):
            await desk.keep(asked(mine, EAST))
            assert not await desk.finds(asked(theirs, EAST)), (mine, theirs)
            await desk.cache.drop(ACME, TERMS)


async def test_words_that_only_share_a_stem_are_told_apart_by_the_vectors(
    desk: Desk, embedder: OnnxEmbedder
) -> None:
    one, other = "What is the policy on import?", "What is the policy on importance?"
    assert form(one) == form(other)
    await desk.keep(asked(one, await embedder.embed_query(one)))
    assert not await desk.finds(asked(other, await embedder.embed_query(other)))


async def test_one_form_is_not_enough_when_the_vectors_lie_apart(desk: Desk) -> None:
    await desk.keep(asked("How long do refunds take?"))
    assert await desk.finds(asked("How long does a refund take?", at(0.76)))
    assert not await desk.finds(asked("How long does a refund take?", at(0.74)))
    assert not await desk.finds(asked("How long does a refund take?", np.array([1, 0], np.float32)))
    assert not await desk.finds(asked("How long does a refund take?", EAST * np.float32("nan")))
    assert await desk.finds(asked("how long do  refunds take?", NORTH))


async def test_a_question_without_words_has_no_answer_to_share(desk: Desk) -> None:
    for nothing in ("", "???", "please", "Hello!", "\u200b"):
        assert not await desk.keep(asked(nothing))
        assert not await desk.finds(asked(nothing))


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": BETA},
        {"audiences": frozenset({"public", "staff"})},
        {"audiences": frozenset({"staff"})},
        {"audiences": frozenset()},
        {"audiences": frozenset({"public,"})},
        {"documents": frozenset({TERMS})},
        {"documents": frozenset()},
        {"flavour": "another model"},
        {"flavour": ""},
    ],
    ids=range(9),
)
async def test_nobody_finds_what_was_answered_in_another_scope(desk: Desk, changes: dict[str, Any]) -> None:
    await desk.keep(asked())
    assert not await desk.finds(asked(**changes))
    await desk.keep(asked(**changes), answer("another"))
    found = await desk.cache.find(asked())
    assert found is not None
    assert found.answer.text == answer().text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"tenant": TenantId("a:b")}, {"tenant": TenantId("a"), "flavour": "b"}),
        ({"audiences": frozenset({"a", "b"})}, {"audiences": frozenset({"a,b"})}),
        ({"audiences": frozenset({'a","b'})}, {"audiences": frozenset({"a", "b"})}),
        ({"audiences": frozenset({"\ud800"})}, {"audiences": frozenset({"\ufffd"})}),
        ({"documents": frozenset({"null"})}, {"documents": None}),
        ({"documents": frozenset({"a\x00b"})}, {"documents": frozenset({"a", "b"})}),
        ({"flavour": "*"}, {"flavour": "?"}),
    ],
    ids=range(7),
)
async def test_no_two_scopes_are_taken_for_each_other(
    desk: Desk, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert await desk.keep(asked(**one))
    assert not await desk.finds(asked(**other))
    assert await desk.finds(asked(**one))


async def test_only_answers_that_rest_on_something_are_kept(desk: Desk) -> None:
    for outcome in Outcome:
        if outcome is not Outcome.ANSWERED:
            assert not await desk.keep(asked(), answer(outcome=outcome))
    assert not await desk.keep(asked(), passages=[])
    assert not await desk.finds(asked())


async def test_a_question_about_one_person_is_not_kept(desk: Desk, handle: RedisHandle) -> None:
    for personal in ("Where is jane@example.com?", "Call me at +49 (170) 123-4567", "Order 12345678?"):
        assert names_a_person(personal)
        assert not await desk.keep(asked(personal))
    assert not [name for name in await handle.client.keys() if b"generation" not in name]


async def test_no_word_of_a_question_is_written_down(desk: Desk, handle: RedisHandle) -> None:
    await desk.keep(asked("What about my divorce?"))
    for name in await handle.client.keys():
        assert b"acme" not in name
        if await handle.client.type(name) == b"hash":
            everything = await handle.client.hgetall(name)
            assert b"divorce" not in b"".join([*everything, *everything.values()])


async def test_the_later_answer_takes_the_place_of_the_earlier(desk: Desk) -> None:
    await desk.keep(asked(), answer("old"))
    await desk.keep(asked("How long does a refund take?"), answer("new"))
    found = await desk.cache.find(asked())
    assert found is not None
    assert found.answer.text == "new"


async def test_after_its_hours_an_answer_is_gone(handle: RedisHandle) -> None:
    desk = Desk(handle, hours=0.3 / 3600)
    await desk.keep(asked())
    assert await desk.finds(asked())
    await asyncio.sleep(0.35)
    assert not await desk.finds(asked())
    await desk.keep(asked("Another question?"))
    assert [await handle.client.hlen(name) for name in await hashes(handle)] == [1, 1]


async def test_zero_hours_keep_nothing(handle: RedisHandle) -> None:
    desk = Desk(handle, hours=0)
    assert not await desk.keep(asked())
    assert not await desk.finds(asked())
    assert await desk.cache.drop(ACME, TERMS) == 0


async def test_an_idle_company_leaves_nothing_behind(desk: Desk, handle: RedisHandle) -> None:
    await desk.keep(asked())
    await desk.cache.drop(ACME, FEES)
    await desk.finds(asked())
    assert all([await handle.client.ttl(name) > 0 for name in await handle.client.keys()])


async def test_the_least_asked_answer_makes_room(handle: RedisHandle) -> None:
    desk = Desk(handle, most=3)
    for n in range(3):
        await desk.keep(asked(f"What is rule {n}?"))
        await asyncio.sleep(0.005)
    assert await desk.finds(asked("What is rule 0?"))
    await asyncio.sleep(0.005)
    await desk.keep(asked("What is rule 3?"))
    there = [await desk.finds(asked(f"What is rule {n}?")) for n in range(4)]
    assert there == [True, False, True, True]
    assert [await handle.client.hlen(name) for name in await hashes(handle)] == [3, 3]


async def hashes(handle: RedisHandle) -> list[bytes]:
    return [name for name in await handle.client.keys() if await handle.client.type(name) == b"hash"]


async def test_a_change_drops_the_answers_that_cite_the_document_and_no_others(desk: Desk) -> None:
    await desk.keep(asked("one?"), passages=[passage(TERMS), passage(FEES)])
    await desk.keep(asked("two?"), answer("yes", FEES), [passage(TERMS), passage(FEES)])
    await desk.keep(asked("three?", audiences=frozenset({"staff"})), passages=[passage(TERMS)])
    await desk.keep(asked("one?", tenant=BETA), passages=[passage(TERMS)])
    assert await desk.cache.drop(ACME, TERMS) == 2
    assert not await desk.finds(asked("one?"))
    assert not await desk.finds(asked("three?", audiences=frozenset({"staff"})))
    assert await desk.finds(asked("two?"))
    assert await desk.finds(asked("one?", tenant=BETA))
    assert await desk.cache.drop(ACME, TERMS) == 0
    assert await desk.keep(asked("one?"))


async def test_a_new_passage_drops_the_answers_it_could_have_borne(desk: Desk) -> None:
    cited, read = passage(TERMS, 0.7), passage(FEES, 0.2)
    await desk.keep(asked("near?", EAST), answer("yes", TERMS), [cited, read])
    await desk.keep(asked("far?", NORTH), answer("yes", TERMS), [cited, read])
    new = DocumentId("new")
    assert await desk.cache.drop(ACME, new, np.stack([at(0.69), at(-0.5)])) == 1
    assert await desk.finds(asked("near?"))
    assert not await desk.finds(asked("far?", NORTH))
    assert await desk.cache.drop(ACME, new, np.stack([at(0.1), at(0.71)])) == 1
    assert not await desk.finds(asked("near?"))


async def test_of_several_cited_passages_the_farthest_counts(desk: Desk) -> None:
    await desk.keep(asked(), answer("yes", TERMS, FEES), [passage(TERMS, 0.9), passage(FEES, 0.5)])
    assert await desk.cache.drop(ACME, DocumentId("new"), np.stack([at(0.6)])) == 1


async def test_a_new_document_without_passages_drops_nothing(desk: Desk) -> None:
    await desk.keep(asked())
    assert await desk.cache.drop(ACME, DocumentId("new"), np.empty((0, 4), np.float32)) == 0
    assert await desk.cache.drop(ACME, DocumentId("new")) == 0
    assert await desk.finds(asked())


async def test_in_doubt_an_answer_is_dropped(desk: Desk) -> None:
    for vectors, cosine in (
        (np.ones((1, 3), np.float32), 0.8),
        (np.full((1, 4), np.nan, np.float32), 0.8),
        (np.stack([at(-0.9)]), None),
    ):
        await desk.keep(asked(), passages=[passage(cosine=cosine)])
        assert await desk.cache.drop(ACME, DocumentId("new"), vectors) == 1


async def test_a_new_passage_leaves_those_who_may_not_see_it_their_answers(desk: Desk) -> None:
    await desk.keep(asked("one?"))
    await desk.keep(asked("two?", audiences=frozenset({"staff", "public"})))
    await desk.keep(asked("three?", documents=frozenset({TERMS})))
    await desk.keep(asked("four?", documents=frozenset({TERMS, DocumentId("new")})))
    dropped = await desk.cache.drop(ACME, DocumentId("new"), np.stack([EAST]), audience="staff")
    assert dropped == 1
    assert not await desk.finds(asked("two?", audiences=frozenset({"staff", "public"})))
    assert await desk.cache.drop(ACME, DocumentId("new"), np.stack([EAST])) == 2
    assert await desk.finds(asked("three?", documents=frozenset({TERMS})))


async def test_an_answer_from_before_a_change_is_not_kept_after_it(desk: Desk) -> None:
    generation = await desk.cache.generation(ACME)
    assert await desk.cache.generation(ACME) == generation
    other = await desk.cache.generation(BETA)
    await desk.cache.drop(ACME, DocumentId("any"))
    assert not await desk.cache.keep(asked(), answer(), [passage()], generation=generation)
    assert not await desk.finds(asked())
    assert await desk.cache.keep(asked(tenant=BETA), answer(), [passage()], generation=other)
    assert await desk.keep(asked())


async def test_a_generation_that_was_lost_never_comes_again(desk: Desk, handle: RedisHandle) -> None:
    generation = await desk.cache.generation(ACME)
    await handle.client.flushdb()
    assert not await desk.cache.keep(asked(), answer(), [passage()], generation=generation)
    assert await desk.cache.generation(ACME) != generation


async def test_no_stale_answer_survives_a_storm_of_edits(desk: Desk) -> None:
    """Answers are made from a document that changes all the while; what is found is never old."""
    version, chance = 1, random.Random(1)

    async def edit() -> None:
        nonlocal version
        for _ in range(40):
            await asyncio.sleep(chance.random() * 0.004)
            version += 1
            await desk.cache.drop(ACME, TERMS)

    async def answer_questions() -> None:
        for n in range(60):
            key = asked(f"What is rule {n % 3}?")
            before = version
            generation = await desk.cache.generation(ACME)
            found = await desk.cache.find(key)
            assert found is None or found.documents[TERMS] >= before - 1
            read = version
            await asyncio.sleep(chance.random() * 0.003)
            await desk.cache.keep(key, answer(), [passage(version=read)], generation=generation)

    await asyncio.gather(edit(), *(answer_questions() for _ in range(4)))
    for n in range(3):
        found = await desk.cache.find(asked(f"What is rule {n}?"))
        assert found is None or found.documents[TERMS] == version


async def test_the_nearest_of_thousands_of_new_passages_counts(desk: Desk) -> None:
    far = np.tile(at(-0.5), (5000, 1))
    await desk.keep(asked())
    assert await desk.cache.drop(ACME, DocumentId("new"), far) == 0
    far[4321] = at(0.9)
    assert await desk.cache.drop(ACME, DocumentId("new"), far) == 1


async def test_an_answer_another_process_kept_or_dropped_is_seen(desk: Desk, handle: RedisHandle) -> None:
    other = Desk(handle)
    assert await desk.cache.drop(ACME, TERMS) == 0
    await other.keep(asked())
    assert await desk.cache.drop(ACME, TERMS) == 1
    await other.keep(asked())
    assert await other.cache.drop(ACME, TERMS) == 1
    assert await desk.cache.drop(ACME, TERMS) == 0
    await handle.client.flushdb()
    await desk.keep(asked())
    assert await desk.cache.drop(ACME, TERMS) == 1
    for n in range(9):
        tenant = TenantId(f"company {n}")
        await other.keep(asked(tenant=tenant))
        assert await desk.cache.drop(tenant, TERMS) == 1


async def test_a_full_cache_finds_and_drops_exactly(desk: Desk) -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(300, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    generation = await desk.cache.generation(ACME)
    for n, vector in enumerate(vectors):
        key = asked(f"What is rule {n}?", vector)
        await desk.cache.keep(key, answer(str(n)), [passage(cosine=0.6)], generation=generation)
    expected = int((vectors @ EAST >= 0.6).sum())
    near = await desk.cache.drop(ACME, DocumentId("new"), np.stack([EAST]))
    assert abs(near - expected) <= 2
    left = [await desk.cache.find(asked(f"What is rule {n}?", v)) for n, v in enumerate(vectors)]
    assert sum(found is not None for found in left) == 300 - near
    assert all(found is None or found.answer.text == str(n) for n, found in enumerate(left))


@pytest.mark.service
async def test_an_outage_is_told_and_the_answers_outlive_it(tmp_path: Path) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            desk = Desk(handle)
            await desk.keep(asked())
            generation = await desk.cache.generation(ACME)
            server.kill()
            for call in (
                desk.cache.keep(asked(), answer("a secret"), [passage()], generation=generation),
                desk.cache.find(asked("my secret?")),
                desk.cache.generation(ACME),
                desk.cache.drop(ACME, TERMS),
            ):
                with pytest.raises(MemoryUnavailable) as caught:
                    await asyncio.wait_for(call, HANGS_S)
                assert "secret" not in str(caught.value)
            server.start()
            await asyncio.sleep(1.1)
            assert await desk.finds(asked())
