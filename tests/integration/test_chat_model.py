"""The chat model generator over a real socket: every way a server can fail, and what the desk makes of it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from core.chat_model import ChatModelGenerator
from core.documents import DocumentId, Passage, PassageId
from core.errors import GenerationUnavailable
from core.generate import Draft, Task
from core.language_model import LanguageModel
from core.model_server import ChatModel
from core.search import Found
from tests.fakes.chat_server import (
    FOREVER,
    ChatServer,
    Decline,
    Done,
    Drop,
    Finish,
    Raw,
    Refuse,
    Say,
    Step,
    Stop,
    Think,
    Usage,
    Wait,
    words,
)

pytestmark = pytest.mark.anyio

KEY = "sk-very-secret-0123456789"
TEXT = "Returns are free for 30 days. Exchanges take a week."


def passage(text: str = TEXT) -> Found:
    inner = Passage(
        id=PassageId("p"), document_id=DocumentId("d"), version=1, ordinal=0, title="Returns",
        heading=(), page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Found(passage=inner, score=1.0)


TASK = Task(question="How long do I have?", passages=[passage()])


@pytest.fixture(scope="module")
def running() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def server(running: ChatServer) -> ChatServer:
    running.requests.clear()
    running.asked.clear()
    running.listed = 0
    running._scripts.clear()
    return running


@pytest.fixture
async def generator(server: ChatServer) -> AsyncIterator[ChatModelGenerator]:
    built = generator_for(server.url)
    yield built
    await built.close()


def generator_for(url: str, **chosen: Any) -> ChatModelGenerator:
    usual: dict[str, Any] = {"urls": (url,), "model": "m", "api_key": KEY, "timeout_s": 0.5, "connect_s": 0.5}
    return ChatModelGenerator(LanguageModel(ChatModel(**(usual | chosen))), instructions="Be brief.")


async def drafts(generator: ChatModelGenerator, task: Task = TASK) -> list[Draft]:
    async with aclosing(generator.draft(task)) as stream:
        return [draft async for draft in stream]


async def texts(generator: ChatModelGenerator) -> list[str]:
    return [draft.text for draft in await drafts(generator)]


async def test_sentences_come_without_markers_and_with_what_they_cite(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(
        *words("Returns are free for 30 days [1]. Exchanges take a week. [1][2] It [2, 3] is so.【4†a】")
    )
    assert await drafts(generator) == [
        Draft(text="Returns are free for 30 days.", cited=(1,)),
        Draft(text="Exchanges take a week.", cited=(1, 2)),
        Draft(text="It is so.", cited=(2, 3, 4)),
    ]
    sent = server.requests[0].body
    assert sent["model"] == "m"
    assert sent["temperature"] == 0
    assert sent["max_tokens"] == 400
    assert sent["stream"] is True
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_sentence_comes_before_the_reply_has_ended(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(Say("One is free [1]. Two is"), Wait(0.3), Say(" not [1]."), Finish(), Done())
    async with aclosing(generator.draft(TASK)) as stream:
        began = time.perf_counter()
        assert (await anext(stream)).text == "One is free."
        assert time.perf_counter() - began < 0.25
        assert (await anext(stream)).text == "Two is not."


async def test_without_passages_the_model_is_not_asked(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    assert await drafts(generator, Task(question="Hello?", passages=[])) == []
    assert server.requests == []


@pytest.mark.parametrize(
    "said",
    [
        "NO_ANSWER",
        "NO_ANSWER.",
        "no_answer",
        "**NO_ANSWER**",
        "_NO_ANSWER_",
        "NO\\_ANSWER",
        "No answer.",
        "NO ANSWER",
        "`NO_ANSWER` [1]",
        "The passages do not say that. NO_ANSWER",
        "The passages do not say that [1]. NO_ANSWER",
        "Sorry! I looked at them.\n\nNO_ANSWER",
        "NO_ANSWER: the passages are about returns [1]. They say no more [1].",
        "<think>hm</think>\n\nNO_ANSWER",
    ],
)
async def test_no_answer_in_any_dress_ends_without_drafts(
    server: ChatServer, generator: ChatModelGenerator, said: str
) -> None:
    server.enqueue(*words(said))
    assert await drafts(generator) == []


async def test_no_answer_as_words_of_an_answer_is_an_answer(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(*words("No answer is needed [1]. There is no answer to give [1]."))
    assert await texts(generator) == ["No answer is needed.", "There is no answer to give."]


@pytest.mark.parametrize(
    "steps",
    [
        words("<think>They say 99 days [1]. So.</think>It is free [1]."),
        [Think("They say 99 days [1]. "), Think("So."), *words("It is free [1].")],
        words("So 99 days, I think\n</think>\n\nIt is free [1]."),
        words("<Thinking>\n99 [1].\n</Thinking> It is <think>really? 99. </think>free [1]."),
        [Say("<think>99 days [1]. <"), Say("/thi"), Say("nk>It is"), Say(" free [1]."), Finish(), Done()],
    ],
)
async def test_thoughts_never_become_drafts(
    server: ChatServer, generator: ChatModelGenerator, steps: list[Step]
) -> None:
    server.enqueue(*steps)
    assert [text.replace("  ", " ") for text in await texts(generator)] == ["It is free."]


async def test_usage_without_choices_is_skipped(server: ChatServer, generator: ChatModelGenerator) -> None:
    server.enqueue(Usage(), Say("It is "), Usage(), Say("free [1]."), Finish(), Usage(), Done())
    assert await texts(generator) == ["It is free."]


async def test_a_huge_chunk_is_taken_in_stride(server: ChatServer, generator: ChatModelGenerator) -> None:
    server.enqueue(Say("It is free [1]. " * 20_000), Finish(), Done())
    began = time.perf_counter()
    assert len(await drafts(generator)) == 20_000
    assert time.perf_counter() - began < 10


async def test_half_a_sentence_at_the_token_limit_is_left_out(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(Say("It is free [1]. It takes 3"), Finish("length"), Done())
    assert await texts(generator) == ["It is free."]


BROKEN: dict[str, list[Step]] = {
    "a refusal of the key": [Refuse(401)],
    "a refusal of the request": [Refuse(400)],
    "an unknown model": [Refuse(404)],
    "malformed JSON at once": [Raw(b"data: {oops\n\n"), Finish(), Done()],
    "malformed JSON in the middle": [Say("It is"), Raw(b"data: {oops\n\n"), Finish(), Done()],
    "JSON that is no chunk": [Raw(b'data: {"hello": 1}\n\n'), Finish(), Done()],
    "JSON that is no object": [Raw(b"data: [1]\n\n"), Finish(), Done()],
    "words that are no text": [Raw(b'data: {"choices":[{"index":0,"delta":{"content":{"a":1}}}]}\n\n')],
    "bytes that are no text": [Raw(b"data: \xff\xfe\n\n"), Finish(), Done()],
    "an error in the stream": [Say("It"), Raw(b'data: {"error": {"message": "out of memory"}}\n\n')],
    "a web page": [Raw(b"<html>Bad gateway</html>"), Stop()],
    "a break in the middle": [Say("It is free"), Drop()],
    "an end without a finish": [Say("It is free"), Stop()],
    "an empty stream": [Stop()],
    "nothing but the end": [Done()],
    "a reply without words": [Finish(), Usage(), Done()],
    "nothing but thoughts": [Think("hm"), Say("<think>hm"), Finish("length"), Done()],
    "a declined request": [Decline("I will not"), Finish(), Done()],
    "a content filter": [Say("It is"), Finish("content_filter"), Done()],
    "a slow first word": [FOREVER],
    "a stall in the middle": [Say("It is"), FOREVER],
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_reply_is_one_error_and_no_second_request(
    server: ChatServer, generator: ChatModelGenerator, how: str
) -> None:
    server.enqueue(*BROKEN[how])
    began = time.perf_counter()
    with pytest.raises(GenerationUnavailable) as caught:
        await drafts(generator)
    assert str(caught.value)
    assert len(server.requests) == 1
    assert time.perf_counter() - began < 1.5


@pytest.mark.parametrize("how", [Refuse(500), Refuse(503), Refuse(429, {"retry-after": "0.1"}), Drop()])
async def test_what_failed_before_the_first_word_is_tried_again(
    server: ChatServer, generator: ChatModelGenerator, how: Step
) -> None:
    server.enqueue(how)
    server.enqueue(*words("It is free [1]."))
    assert await texts(generator) == ["It is free."]
    assert len(server.requests) == 2


async def test_trying_again_has_an_end(server: ChatServer) -> None:
    patient = generator_for(server.url, timeout_s=5)
    for _ in range(5):
        server.enqueue(Refuse(500))
    with pytest.raises(GenerationUnavailable, match="500"):
        await drafts(patient)
    assert len(server.requests) == 3
    await patient.close()


async def test_no_second_request_is_begun_for_which_there_is_no_time(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(Refuse(503, {"retry-after": "1"}))
    with pytest.raises(GenerationUnavailable, match="503"):
        await drafts(generator)
    assert len(server.requests) == 1


async def test_a_server_that_wants_a_long_rest_is_out(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(Refuse(429, {"retry-after": "60"}))
    began = time.perf_counter()
    with pytest.raises(GenerationUnavailable, match="429"):
        await drafts(generator)
    assert time.perf_counter() - began < 0.5
    assert len(server.requests) == 1


async def test_sentences_before_a_break_still_come(server: ChatServer, generator: ChatModelGenerator) -> None:
    server.enqueue(Say("It is free [1]. It takes 3 days"), Wait(0.05), Drop())
    got: list[str] = []

    async def listen() -> None:
        async for draft in generator.draft(TASK):
            got.append(draft.text)

    with pytest.raises(GenerationUnavailable):
        await listen()
    assert got == ["It is free."]
    assert len(server.requests) == 1


async def test_nobody_listening_is_unavailable() -> None:
    generator = generator_for("http://127.0.0.1:9/v1")
    with pytest.raises(GenerationUnavailable, match="could not be reached"):
        await drafts(generator)
    await generator.close()


async def gone(server: ChatServer) -> bool:
    return await asyncio.to_thread(server.requests[0].disconnected.wait, 3)


async def test_cancelling_hangs_up(server: ChatServer, generator: ChatModelGenerator) -> None:
    patient = generator_for(server.url, timeout_s=30)
    server.enqueue(Say("It is free [1]. And so"), FOREVER)
    first = asyncio.Event()

    async def listen() -> None:
        async with aclosing(patient.draft(TASK)) as stream:
            async for _ in stream:
                first.set()

    listening = asyncio.create_task(listen())
    await asyncio.wait_for(first.wait(), 5)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert await gone(server)
    await patient.close()


async def test_cancelling_before_the_first_word_hangs_up(server: ChatServer) -> None:
    patient = generator_for(server.url, timeout_s=30)
    server.enqueue(Usage(), FOREVER)
    listening = asyncio.create_task(drafts(patient))
    await asyncio.to_thread(server.asked.wait, 5)
    await asyncio.sleep(0.1)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert await gone(server)
    await patient.close()


async def test_closing_the_iterator_early_hangs_up(server: ChatServer, generator: ChatModelGenerator) -> None:
    server.enqueue(Say("It is free [1]. And so"), FOREVER)
    async with aclosing(generator.draft(TASK)) as stream:
        assert (await anext(stream)).text == "It is free."
    assert await gone(server)


async def test_a_stall_hangs_up(server: ChatServer, generator: ChatModelGenerator) -> None:
    server.enqueue(Say("It is"), FOREVER)
    with pytest.raises(GenerationUnavailable):
        await drafts(generator)
    assert await gone(server)


async def test_declining_hangs_up_before_the_model_has_ended(
    server: ChatServer, generator: ChatModelGenerator
) -> None:
    server.enqueue(Say("NO_ANSWER because"), FOREVER)
    assert await drafts(generator) == []
    assert await gone(server)


async def test_an_unnamed_model_is_the_first_one_listed(server: ChatServer) -> None:
    generator = generator_for(server.url, model="")
    for _ in range(2):
        server.enqueue(*words("It is free [1]."))
        assert await texts(generator) == ["It is free."]
    assert generator.name == "small-model"
    assert [seen.body["model"] for seen in server.requests] == ["small-model"] * 2
    assert server.listed == 1
    await generator.close()


async def test_a_server_without_models_is_unavailable() -> None:
    with ChatServer(models=()) as server:
        generator = generator_for(server.url, model="")
        with pytest.raises(GenerationUnavailable, match="FRONTDESK_GENERATOR__MODEL"):
            await drafts(generator)
        await generator.close()


async def test_a_closed_generator_opens_again(server: ChatServer, generator: ChatModelGenerator) -> None:
    await generator.close()
    server.enqueue(*words("It is free [1]."))
    assert await texts(generator) == ["It is free."]


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_the_key_stays_out_of_errors_and_logs(
    server: ChatServer, generator: ChatModelGenerator, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(3):
        server.enqueue(Refuse(status, message="bad key: {authorization}"))
    with pytest.raises(GenerationUnavailable) as caught:
        await drafts(generator)
    shown = [caplog.text, repr(generator._model.model)]
    error: BaseException | None = caught.value
    while error is not None:
        shown += [str(error), repr(error)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert not any(KEY in text for text in shown)
