"""A question to the desk, and its answer said sentence by sentence while the rest is still being written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing

from channels.voice.filler import Fillers, Waiting
from channels.voice.open_call import OpenCall, Turn
from channels.voice.talk_parts import Question
from core.errors import GenerationUnavailable
from core.message_language import detect
from core.messages import Answer, Status, Token
from core.sentences import SentenceStream


class Answering:
    """Asks the desk for one call."""

    def __init__(self, open_call: OpenCall) -> None:
        self._open = open_call
        self._fillers = Fillers(open_call.mouth, open_call.floor, open_call.manners)

    async def answer(self, turn: Turn, question: Question) -> Answer:
        """The answer, all of it handed to the line.

        Raises:
            FrontdeskError: there is none. SpeechUnavailable: the voice is gone.
        """
        stream = SentenceStream()
        found: Answer | None = None
        async with (
            self._fillers.until_answered() as waiting,
            aclosing(self._open.parts.desk.ask(self._open.call, question)) as events,
        ):
            async for event in events:
                match event:
                    case Status() if turn.clock is not None:
                        turn.clock.begins(event.stage, _now())
                    case Token():
                        if turn.clock is not None:
                            turn.clock.token(_now())
                        whole = stream.feed(event.text)
                        # What carries its citations already was verified as whole sentences.
                        await self._say(turn, waiting, [*whole, *(stream.finish() if event.cited else ())])
                    case Answer():
                        found = event
            await self._say(turn, waiting, stream.finish())
        if found is None:
            raise GenerationUnavailable("the desk ended a turn without an answer")
        return found

    async def answer_silently(self, question: Question) -> Answer | None:
        """The answer, of which nothing is said.

        Raises:
            FrontdeskError: there is none.
        """
        found = None
        async with aclosing(self._open.parts.desk.ask(self._open.call, question)) as events:
            async for event in events:
                found = event if isinstance(event, Answer) else found
        return found

    async def _say(self, turn: Turn, waiting: Waiting, whole: Iterable[str]) -> None:
        for sentence in whole:
            waiting.is_over()
            turn.had_filler = waiting.was_filled
            if turn.clock is not None:
                turn.clock.handing_over(_now())
            spoken_in = detect(sentence, self._open.language, self._open.manners.languages)
            turn.ids += await self._open.mouth.say(sentence, kind="answer", language=spoken_in)
            if turn.clock is not None:
                turn.clock.handed_over(_now())


def _now() -> float:
    return asyncio.get_running_loop().time()
