"""An answer on its way into a Slack thread: whole and once, whatever Slack does meanwhile."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest

from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_workspace import Json
from channels.slack.blocks import context
from channels.slack.calls import SlackCalls
from channels.slack.posts import LONGEST_PAGE, AnswerPosts
from channels.slack.spots import Below, Spot
from core.errors import Unavailable

pytestmark = pytest.mark.anyio

TOKEN = "xoxb-valid"  # noqa: S105 - it opens nothing
SENTENCES = [f"Sentence number {n} says something that nobody has said before. [{n}]\n" for n in range(40)]
BELOW = Below(blocks=[context(["the sources"])], plain=[context(["the plain sources"])])


class Scene:
    def __init__(self, slack: SlackSimulator, calls: SlackCalls, ts: str) -> None:
        self.slack, self.calls, self.ts = slack, calls, ts
        self.now = 0.0

    def posts(self) -> AnswerPosts:
        spot = Spot(
            token=TOKEN,
            team="T01JUNIPER",
            channel="C01GENERAL",
            thread=self.ts,
            after=self.ts,
            user="U01ANA",
            bot_user="U01BOT",
            message_id=f"m:{self.ts}",
        )
        return AnswerPosts(calls=self.calls, spot=spot, clock=lambda: self.now)

    def answers(self) -> list[Json]:
        return [one for one in self.slack.messages("#general", self.ts) if one.get("bot_id")]

    def words(self) -> str:
        return "".join(
            block["text"] for one in self.answers() for block in one["blocks"] if block["type"] == "markdown"
        )

    async def grown(self, posts: AnswerPosts, sentences: list[str], step_s: float = 3.0) -> None:
        for sentence in sentences:
            self.now += step_s
            await posts.grow(sentence)

    def assert_whole(self, whole: str) -> None:
        assert self.words() == whole
        *before, last = self.answers()
        assert last["metadata"]["event_payload"] == {"message_id": f"m:{self.ts}", "is_last": True}
        assert all(one["metadata"]["event_payload"]["is_last"] is False for one in before)
        assert "sources" in last["blocks"][-1]["elements"][0]["text"]
        assert all(one.get("streaming_state") != "in_progress" for one in self.answers())


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[SlackSimulator]:
    simulator = SlackSimulator(signing_secret="s", bot_token=TOKEN)  # noqa: S106 - it opens nothing
    async with simulator.serving():
        yield simulator


@pytest.fixture
async def scene(slack: SlackSimulator) -> AsyncIterator[Scene]:
    slack.faults.clear()
    slack.calls.clear()
    async with aiohttp.ClientSession() as session:
        ts = await slack.say("ana", "#general", "A question")
        yield Scene(slack, SlackCalls(session, slack.api_url), ts)


async def test_words_are_streamed_as_they_come_and_the_rest_stands_below(scene: Scene) -> None:
    posts = scene.posts()
    await scene.grown(posts, SENTENCES[:3])
    assert scene.words() == "".join(SENTENCES[:3])
    await posts.end("".join(SENTENCES[:4]), BELOW)
    scene.assert_whole("".join(SENTENCES[:4]))
    assert len(scene.answers()) == 1
    methods = [call.method for call in scene.slack.calls]
    assert methods == ["chat.startStream", "chat.appendStream", "chat.appendStream", "chat.stopStream"]
    (begun,) = scene.slack.calls_of("chat.startStream")
    assert begun.arguments["recipient_user_id"] == "U01ANA"


async def test_what_comes_fast_is_handed_on_in_few_calls(scene: Scene) -> None:
    posts = scene.posts()
    await scene.grown(posts, SENTENCES, step_s=0.01)
    await posts.end("".join(SENTENCES), BELOW)
    scene.assert_whole("".join(SENTENCES))
    assert len(scene.slack.calls) == 2


async def test_before_a_stream_expires_the_answer_goes_on_in_another(scene: Scene) -> None:
    posts = scene.posts()
    await scene.grown(posts, SENTENCES[:10], step_s=50.0)
    await posts.end("".join(SENTENCES[:10]), BELOW)
    scene.assert_whole("".join(SENTENCES[:10]))
    assert len(scene.answers()) == 2
    assert not [call for call in scene.slack.calls if call.error]


async def test_a_long_answer_becomes_several_messages_and_loses_nothing(scene: Scene) -> None:
    whole = "".join(f"{n} {sentence}" for n in range(12) for sentence in SENTENCES)
    assert len(whole) > 2 * LONGEST_PAGE
    streamed, posted = scene.posts(), scene.posts()
    await scene.grown(streamed, [whole[n : n + 900] for n in range(0, len(whole), 900)])
    await streamed.end(whole, BELOW)
    scene.assert_whole(whole)
    count = len(scene.answers())
    assert count >= 3
    scene.ts = await scene.slack.say("ana", "#general", "Another")
    posted = scene.posts()
    await posted.end(whole, BELOW)
    scene.assert_whole(whole)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("chat.startStream", "unknown_method"),
        ("chat.startStream", "missing_scope"),
        ("chat.startStream", "missing_recipient_team_id"),
        ("chat.appendStream", "message_not_in_streaming_state"),
        ("chat.appendStream", "msg_too_long"),
        ("chat.stopStream", "message_not_in_streaming_state"),
        ("chat.stopStream", "invalid_blocks"),
        ("chat.stopStream", "msg_too_long"),
    ],
)
async def test_a_refused_stream_ends_in_the_whole_answer(scene: Scene, method: str, error: str) -> None:
    scene.slack.faults.error(method, error)
    posts = scene.posts()
    await scene.grown(posts, SENTENCES[:5])
    await posts.end("".join(SENTENCES[:5]), BELOW)
    scene.assert_whole("".join(SENTENCES[:5]))


async def test_streams_that_end_by_themselves_are_followed_by_others(scene: Scene) -> None:
    scene.slack.faults.stream_appends = 2
    posts = scene.posts()
    await scene.grown(posts, SENTENCES[:12])
    await posts.end("".join(SENTENCES[:12]), BELOW)
    scene.assert_whole("".join(SENTENCES[:12]))
    assert len(scene.answers()) > 1


async def test_blocks_that_slack_does_not_take_give_way_to_plainer_ones(scene: Scene) -> None:
    scene.slack.faults.error("chat.postMessage", "invalid_blocks")
    await scene.posts().end("Words", BELOW)
    scene.assert_whole("Words")
    assert "plain" in scene.answers()[-1]["blocks"][-1]["elements"][0]["text"]


async def test_a_pause_that_slack_asks_for_is_kept(scene: Scene) -> None:
    for method in ("chat.startStream", "chat.appendStream", "chat.stopStream"):
        scene.slack.faults.rate_limit(method, retry_after=0)
    posts = scene.posts()
    await scene.grown(posts, SENTENCES[:6])
    await posts.end("".join(SENTENCES[:6]), BELOW)
    scene.assert_whole("".join(SENTENCES[:6]))
    assert len(scene.answers()) == 1


async def test_a_process_that_dies_while_it_streams_is_followed_by_one_that_ends_the_same_message(
    scene: Scene,
) -> None:
    await scene.grown(scene.posts(), SENTENCES[:4])
    again = scene.posts()
    assert not await again.find()
    await again.end("".join(SENTENCES[:6]), BELOW)
    scene.assert_whole("".join(SENTENCES[:6]))
    assert len(scene.answers()) == 1
    assert await scene.posts().find()


FAULTS = ("rate_limit", "status", "drop", "lose_answer", "error")
METHODS = ("chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update", "chat.postMessage")
ERRORS = ("message_not_in_streaming_state", "msg_too_long", "unknown_method", "invalid_blocks")


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_goes_wrong_the_answer_is_there_once(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    faults = scene.slack.faults
    for _ in range(chance.randint(1, 5)):
        kind, method = chance.choice(FAULTS), chance.choice(METHODS)
        if kind == "rate_limit":
            faults.rate_limit(method, retry_after=chance.choice((0, 60)))
        elif kind == "error":
            allowed = ERRORS if method.endswith("Stream") else ("invalid_blocks",)
            faults.error(method, chance.choice(allowed))
        else:
            getattr(faults, kind)(method)
    faults.stream_appends = chance.choice((0, 1, 3))
    whole = "".join(SENTENCES[: chance.randint(1, 20)])
    for attempt in range(12):
        posts = scene.posts()
        try:
            if attempt and await posts.find():
                break
            sentences = whole.splitlines(keepends=True)
            died = chance.random() < 0.3 and attempt < 3
            await scene.grown(posts, sentences[: len(sentences) // 2] if died else sentences)
            if not died:
                await posts.end(whole, BELOW)
                break
        except Unavailable:
            continue
    scene.assert_whole(whole)
