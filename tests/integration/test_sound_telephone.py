"""Calls over raw sound: a simulated caller, real sockets, speech that is scripted, and virtual time."""

import asyncio
import gc

import pytest
from starlette.websockets import WebSocket

from channels.phone.media_stream import StreamOptions
from channels.simulators.call_caller import Caller
from channels.simulators.call_clock import run_virtually
from channels.simulators.call_faults import FAULTS, ON_CONNECTING
from channels.simulators.call_line import LineQuality
from channels.simulators.call_live import LiveCall
from channels.voice.ear import EarOptions
from channels.voice.sound import RATE, is_loud, tone
from channels.voice.sound_telephone import SoundOptions, SoundTelephone
from channels.voice.telephone import Gone, Heard, Key, Partial, Said, SpeechBegan, SpeechPaused, Utterance
from core.errors import SpeechUnavailable
from tests.fakes.call_invariants import nothing_is_left, parts_of_calls
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker
from tests.fakes.sound_desk import SoundDesk, called, everything, sentence

LONG = "Your order left our house on Tuesday and it will reach you on Friday before noon."


def utterances(heard: list[Heard]) -> list[str]:
    return [each.text for each in heard if isinstance(each, Utterance)]


class Answering:
    """A talk that answers every utterance with a sentence, and falls silent when the caller begins."""

    def __init__(self, answer: str = "It is on its way.", greeting: str = "Welcome to the shop.") -> None:
        self.answer, self.greeting = answer, greeting
        self.heard: list[Heard] = []
        self.hushed: list[Said] = []

    async def __call__(self, telephone: SoundTelephone) -> None:
        await telephone.say(sentence(self.greeting))
        async for each in telephone.hear():
            self.heard.append(each)
            if isinstance(each, SpeechBegan):
                self.hushed += await telephone.hush()
            if isinstance(each, Utterance):
                await telephone.say(sentence(self.answer))


async def asks_once(caller: Caller) -> None:
    await caller.wait_for_speech()
    await caller.wait_for_quiet()
    await caller.say(tone(1.2))
    await caller.wait_for_speech()
    await caller.wait_for_quiet()


def test_a_caller_is_greeted_heard_and_answered() -> None:
    talk = Answering()
    desk = SoundDesk(talk, ScriptedRecogniser(["Where is my order?"]))
    call = called(desk, asks_once)
    assert [type(each) for each in talk.heard] == [SpeechBegan, Partial, SpeechPaused, Utterance, Gone]
    assert utterances(talk.heard) == ["Where is my order?"]
    assert [each.text for each in desk.speaker.spoken] == ["Welcome to the shop.", "It is on its way."]
    silent, answered = call.recording.at("has spoken")[0], call.recording.at("begins to speak")[1]
    assert answered - silent < 0.35 + 0.15


def test_said_tells_what_was_heard_and_when_its_first_sound_was_sent() -> None:
    told: list[Said] = []

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence("One two three."))
        await telephone.say(sentence("Four five."))
        assert telephone.is_speaking
        told.extend(await telephone.said())
        assert not telephone.is_speaking
        told.append((await telephone.said() or [told[0]])[0])

    async def script(caller: Caller) -> None:
        await caller.silence(4)

    call = called(SoundDesk(talk, after="<Pause length='1'/>"), script)
    assert [(each.sentence.id, each.share) for each in told[:2]] == [
        ("One two three.", 1.0),
        ("Four five.", 1.0),
    ]
    assert told[2] is told[0]
    first, second = (each.first_sound_at or 0 for each in told[:2])
    assert 0.5 < second - first < 0.95
    heard = sum(is_loud(bytes(call.recording.desk[at : at + 160])) for at in range(0, 4 * RATE, 160))
    assert heard * 0.02 == pytest.approx(1.5, abs=0.1)


def test_a_caller_who_cuts_in_silences_the_desk_within_300_ms_and_no_stale_sound_follows() -> None:
    talk = Answering(answer=LONG)

    async def script(caller: Caller) -> None:
        await asks_once_and_waits(caller)
        await caller.silence(1.0)
        await caller.say(tone(1.0))
        await caller.silence(3)

    async def asks_once_and_waits(caller: Caller) -> None:
        await caller.wait_for_quiet()
        await caller.say(tone(1.2))
        await caller.wait_for_speech()

    desk = SoundDesk(talk, ScriptedRecogniser(["Where is my order?"]))
    call = called(desk, script)
    spoke, cleared = call.recording.at("speaks for")[1], call.recording.at("clear")[-1]
    assert 0 < cleared - spoke <= 0.3
    after = call.recording.at("has spoken")[1]
    at = [round((each - 1.0) * RATE) for each in (cleared + 0.02, after)]
    assert not is_loud(bytes(call.recording.desk[at[0] : at[1]]), level=5)
    heard = talk.hushed[-1]
    assert LONG.startswith(heard.text)
    assert heard.text
    began = call.recording.at("begins to speak")[1]
    whole_s = desk.speaker.seconds_per_word * len(LONG.split())
    assert heard.share == pytest.approx((cleared - began) / whole_s, abs=0.03)


def test_what_is_protected_is_heard_to_its_end_though_the_desk_falls_silent() -> None:
    told: list[Said] = []

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence("This call is recorded by us.", is_protected=True))
        await telephone.say(sentence(LONG))
        await asyncio.sleep(0.5)
        told.extend(await telephone.hush())
        await telephone.said()
        await telephone.say(sentence(LONG))
        await telephone.say(sentence("You are being transferred.", is_protected=True))
        await asyncio.sleep(0.5)
        told.extend(await telephone.hush())
        told.extend(await telephone.said())
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.silence(20)

    call = called(SoundDesk(talk, after="<Dial>+15005550199</Dial>"), script)
    assert [(each.sentence.text, each.share == 1.0) for each in told] == [
        (LONG, False),
        (LONG, False),
        (LONG, False),
        ("You are being transferred.", True),
    ]
    assert told[0].text == ""
    assert call.dialled == ["+15005550199"]
    heard = sum(is_loud(bytes(call.recording.desk[at : at + 160])) for at in range(0, 8 * RATE, 160))
    assert heard * 0.02 == pytest.approx(6 * 0.3 + 0.5 + 4 * 0.3, abs=0.15)


def test_an_interruption_that_was_none_is_resumed_from_the_words_that_were_cut() -> None:
    told: list[Said] = []

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence("One two three four five six seven eight nine ten."))
        await asyncio.sleep(1.5)
        await telephone.hold()
        assert not telephone.is_speaking
        await asyncio.sleep(2)
        await telephone.resume()
        told.extend(await telephone.said())

    async def script(caller: Caller) -> None:
        await caller.silence(9)

    call = called(SoundDesk(talk, after="<Pause length='3'/>"), script)
    assert [each.share for each in told] == [1.0]
    heard = sum(is_loud(bytes(call.recording.desk[at : at + 160])) for at in range(0, 8 * RATE, 160))
    assert heard * 0.02 == pytest.approx(3.0 + 0.5, abs=0.5)
    assert heard * 0.02 > 3.0
    quiet = bytes(call.recording.desk[round(1.6 * RATE) : round(3.4 * RATE)])
    assert not is_loud(quiet, level=5)


def test_little_is_held_by_the_carrier_and_the_next_sentence_is_made_while_one_is_heard() -> None:
    left: list[float] = []
    made: list[int] = []
    speaker = ScriptedSpeaker(delay_s=0.4)

    async def talk(telephone: SoundTelephone) -> None:
        for number in range(4):
            await telephone.say(sentence(f"{LONG} {number}"))
        await asyncio.sleep(2)
        made.append(sum(each.is_whole for each in speaker.spoken))
        await telephone.said()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        for _ in range(300):
            left.append(caller.line.playout.left_s)
            await caller.silence(0.037)

    called(SoundDesk(talk, speaker=speaker), script)
    assert made == [2]
    assert min(left) > 0.15
    assert max(left) <= 0.31


@pytest.mark.parametrize(
    "quality",
    [
        LineQuality(frame_ms=10),
        LineQuality(frame_ms=40),
        LineQuality(frame_ms=100),
        LineQuality(frame_ms=20, jitter_s=0.1, seed=3),
    ],
    ids=str,
)
def test_frames_of_any_length_and_late_ones_are_one_utterance(quality: LineQuality) -> None:
    talk = Answering()
    call = called(SoundDesk(talk, ScriptedRecogniser(["Where is my order?"])), asks_once, quality=quality)
    assert utterances(talk.heard) == ["Where is my order?"]
    end = next(each for each in talk.heard if isinstance(each, Utterance))
    assert end.quiet_at == pytest.approx(call.recording.at("has spoken")[0], abs=0.1)


def test_a_key_is_told_at_once_while_the_desk_speaks_and_while_the_caller_does() -> None:
    talk = Answering(greeting=LONG)

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.press("1#")
        speaking = asyncio.create_task(caller.say(tone(1.5)))
        await caller.silence(0.7)
        await caller.press("*A")
        await speaking
        await caller.silence(1)

    called(SoundDesk(talk, ScriptedRecogniser(["Hello."])), script)
    assert [each.digit for each in talk.heard if isinstance(each, Key)] == ["1", "#", "*"]
    kinds = [type(each) for each in talk.heard if not isinstance(each, Partial)]
    assert kinds == [Key, Key, SpeechBegan, Key, SpeechPaused, Utterance, Gone]


def test_a_recogniser_that_dies_costs_an_utterance_and_not_the_call() -> None:
    talk = Answering()
    recogniser = ScriptedRecogniser(["Lost.", "Found."])

    async def script(caller: Caller) -> None:
        await caller.wait_for_quiet()
        speaking = asyncio.create_task(caller.say(tone(1.5)))
        await caller.silence(0.8)
        recogniser.die()
        await speaking
        await caller.wait_for_speech()
        await caller.wait_for_quiet()
        recogniser.revive()
        await caller.say(tone(1.5))
        await caller.silence(1)

    called(SoundDesk(talk, recogniser), script)
    assert len(utterances(talk.heard)) == 2
    assert utterances(talk.heard)[0] == ""
    assert utterances(talk.heard)[1]


def test_words_that_never_come_are_an_empty_utterance() -> None:
    talk = Answering()
    recogniser = ScriptedRecogniser(["Late."])
    recogniser.hold()

    async def script(caller: Caller) -> None:
        await caller.wait_for_quiet()
        await caller.say(tone(1))
        await caller.silence(14)

    called(SoundDesk(talk, recogniser), script)
    assert utterances(talk.heard) == [""]


def test_a_voice_that_dies_is_told_of_and_tried_again() -> None:
    told: list[Said] = []
    troubles: list[str] = []
    speaker = ScriptedSpeaker(piece_delay_s=0.1)

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence(LONG))
        await telephone.say(sentence("Never heard."))
        await asyncio.sleep(1)
        speaker.die()
        told.extend(await telephone.said())
        try:
            await telephone.say(sentence("Sorry."))
        except SpeechUnavailable as error:
            troubles.append(str(error))
        speaker.revive()
        await telephone.say(sentence("Here again."))
        told.extend(await telephone.said())

    async def script(caller: Caller) -> None:
        await caller.silence(8)

    called(SoundDesk(talk, speaker=speaker), script)
    assert [each.sentence.text for each in told] == ["Never heard.", LONG, "Here again."]
    assert told[0].share == 0
    assert 0 < told[1].share < 1
    assert told[2].share == 1
    assert len(troubles) == 1


def test_an_utterance_without_end_is_ended() -> None:
    talk = Answering()
    options = SoundOptions(ear=EarOptions(longest_s=3))

    async def script(caller: Caller) -> None:
        await caller.wait_for_quiet()
        await caller.say(tone(5))
        await caller.silence(2)

    called(SoundDesk(talk, ScriptedRecogniser(["Blah.", "More."]), options=options), script)
    assert utterances(talk.heard) == ["Blah.", "More."]


SURVIVED = sorted(set(FAULTS) - {"abrupt_close", "stop", "half_dead"})


@pytest.mark.parametrize("fault", SURVIVED)
def test_a_fault_is_survived_and_the_next_question_is_answered(fault: str) -> None:
    talk = Answering(greeting=LONG)

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        if fault not in ON_CONNECTING:
            await caller.suffer(fault)
        await asks_once(caller)

    troubles = frozenset({fault}) & ON_CONNECTING
    call = called(SoundDesk(talk, ScriptedRecogniser(["Where is my order?"])), script, troubles=troubles)
    assert utterances(talk.heard) == ["Where is my order?"]
    assert talk.heard[-1] == Gone("the caller hung up")
    assert len(call.recording.at("begins to speak")) >= 2


@pytest.mark.parametrize("fault", ["abrupt_close", "stop", "half_dead"])
@pytest.mark.parametrize("moment", ["desk speaks", "caller speaks", "words are awaited"])
def test_a_line_that_breaks_at_any_moment_ends_the_call_and_leaves_nothing(fault: str, moment: str) -> None:
    talk = Answering(greeting=LONG)

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        if moment != "desk speaks":
            await caller.wait_for_quiet()
            speaking = asyncio.create_task(caller.say(tone(1)))
            await caller.silence(0.7 if moment == "caller speaks" else 1.5)
            await caller.suffer(fault)
            await speaking
        else:
            await caller.suffer(fault)
        await caller.silence(60)

    desk = SoundDesk(talk, ScriptedRecogniser(["Where?"], delay_s=2), ScriptedSpeaker(piece_delay_s=0.05))
    called(desk, script)
    assert isinstance(talk.heard[-1], Gone)


def test_a_carrier_that_sends_nothing_more_is_gone() -> None:
    talk = Answering()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        assert caller.stream is not None
        caller.stream.socket.is_sending.clear()
        await caller.silence(40)

    called(SoundDesk(talk), script)
    assert talk.heard == [Gone("nothing came from the carrier for 20 s")]


def test_a_socket_that_is_no_media_stream_is_turned_away() -> None:
    talk = Answering()
    desk = SoundDesk(talk, stream_options=StreamOptions(start_s=0.5))

    async def script(caller: Caller) -> None:
        await caller.silence(2)

    async def main() -> LiveCall:
        async with desk.open() as simulator:
            simulator.voice_url += "?"
            return await simulator.call(script)

    original = desk.stream

    async def without_a_start(socket: object) -> None:
        receive = socket.receive  # type: ignore[attr-defined]

        async def receives() -> dict[str, object]:
            while True:
                message: dict[str, object] = await receive()
                if '"start"' not in str(message.get("text")):
                    return message

        socket.receive = receives  # type: ignore[attr-defined]
        await original(socket)  # type: ignore[arg-type]

    desk.stream = without_a_start  # type: ignore[assignment,method-assign]
    run_virtually(main())
    assert desk.refused
    assert talk.heard == []


def test_a_call_of_ten_minutes_is_had_in_seconds() -> None:
    talk = Answering()
    desk = SoundDesk(talk, ScriptedRecogniser([f"Question {number}?" for number in range(20)]))

    async def script(caller: Caller) -> None:
        await caller.wait_for_quiet()
        for _ in range(20):
            await caller.say(tone(1.2))
            await caller.silence(28.5)

    call = called(desk, script)
    assert len(utterances(talk.heard)) == 20
    assert call.recording.moments[-1].at_s > 590


def test_two_hundred_calls_in_a_row_leave_nothing() -> None:
    recogniser, speaker = ScriptedRecogniser(), ScriptedSpeaker()
    talk = Answering()
    desk = SoundDesk(talk, recogniser, speaker)
    counts: list[tuple[int, int]] = []

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(0.2)
        await caller.say(tone(0.4))
        await caller.silence(0.1)

    async def main() -> None:
        async with nothing_is_left(recogniser), desk.open() as simulator:
            for number in range(200):
                await simulator.call(script)
                simulator.calls.clear()
                simulator.webhooks.deliveries.clear()
                talk.heard.clear()
                recogniser.begun.clear()
                speaker.spoken.clear()
                if number in {20, 199}:
                    assert parts_of_calls() == []
                    counts.append((len(asyncio.all_tasks()), len(gc.get_objects())))

    run_virtually(main())
    assert counts[1][0] <= counts[0][0]
    assert counts[1][1] - counts[0][1] < 179 * 10


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
def test_a_talk_that_fails_or_is_cancelled_leaves_nothing_and_its_error_is_as_it_was(
    error: type[BaseException],
) -> None:
    seen: list[type[BaseException]] = []

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence(LONG))
        async for each in telephone.hear():
            if isinstance(each, SpeechBegan):
                raise error("of the talk's own")

    class Watched(SoundDesk):
        async def stream(self, socket: WebSocket) -> None:
            try:
                await super().stream(socket)
            except BaseException as raised:  # noqa: BLE001 - whatever it is
                seen.append(type(raised))

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.say(tone(1))
        await caller.silence(2)

    called(Watched(talk, ScriptedRecogniser(["Where?"]), after="<Pause length='1'/>"), script)
    assert seen == [error]


def test_whoever_hears_after_the_end_is_told_that_the_caller_is_gone() -> None:
    heard: list[list[Heard]] = []

    async def talk(telephone: SoundTelephone) -> None:
        heard.append(await everything(telephone))
        heard.append(await everything(telephone))
        await telephone.say(sentence("Nobody is there."))
        assert [each.share for each in await telephone.said()] == [0]
        assert await telephone.hush() == []
        await telephone.leave()
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.silence(1)

    called(SoundDesk(talk), script)
    assert heard == [[Gone("the caller hung up")]] * 2
