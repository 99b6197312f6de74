"""Calls over raw sound: a simulated caller, real sockets, speech that is scripted, and virtual time."""

from channels.simulators.call_caller import Caller
from channels.voice.sound import tone
from channels.voice.sound_telephone import SoundTelephone
from channels.voice.telephone import Gone, Heard, SpeechBegan, Utterance
from tests.fakes.scripted_speech import ScriptedRecogniser
from tests.fakes.sound_desk import SoundDesk, called, everything, sentence


def test_a_caller_is_greeted_heard_and_answered() -> None:
    heard: list[Heard] = []

    async def talk(telephone: SoundTelephone) -> None:
        await telephone.say(sentence("Welcome to the shop."))
        async for each in telephone.hear():
            heard.append(each)
            if isinstance(each, Utterance):
                await telephone.say(sentence("It is on its way."))
                print(await telephone.said())

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.wait_for_quiet()
        await caller.say(tone(1.2))
        assert await caller.wait_for_speech()
        await caller.wait_for_quiet()

    desk = SoundDesk(talk, ScriptedRecogniser(["Where is my order?"]))
    call = called(desk, script)
    for each in heard:
        print(each)
    print(call.recording.timeline())
    assert isinstance(heard[0], SpeechBegan)
    assert [each.text for each in heard if isinstance(each, Utterance)] == ["Where is my order?"]
    assert isinstance(heard[-1], Gone)
