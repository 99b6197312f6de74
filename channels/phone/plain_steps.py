"""What follows a talk by the settings alone: a number to ring, a message to take, or the end."""

from __future__ import annotations

from dataclasses import dataclass

from channels.phone.steps import Ended, HangUp, NextStep, PutThrough, TakeMessage, TalkAgain
from channels.phone.words import words
from channels.voice.greeting import AGAIN
from core.call_states import ENDED

MOST_TALKS = 3
"""How often a call whose connection breaks is connected again, the first time included."""
_SHORTEST_S = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSteps:
    """`plan["way"]` is `transfer` or `voicemail` where the talk decided so; `plan["number"]` whom to ring."""

    transfer_number: str = ""
    rings_s: int = 25
    has_voicemail: bool = True

    async def next_step(self, ended: Ended) -> NextStep:
        """What follows. Nobody picks up: a message; a broken connection: the desk again."""
        language = ended.call.language
        if ended.told.get("CallStatus") in ENDED:
            return HangUp()
        if ended.what == "message":
            length = ended.told.get("RecordingDuration", "0")
            is_taken = length.isdecimal() and int(length) >= _SHORTEST_S
            return HangUp(say=words("message_taken" if is_taken else "no_message", language))
        if ended.what == "dial":
            is_met = ended.told.get("DialCallStatus") in ("completed", "answered")
            return HangUp() if is_met else self.without_anybody("nobody", language)
        if ended.plan.get("way") in ("transfer", "voicemail"):
            return self._to_a_person(ended)
        if ended.is_broken:
            has_more = ended.talks < MOST_TALKS
            return (
                TalkAgain(parameters={AGAIN: "1"}) if has_more else self.without_anybody("trouble", language)
            )
        return HangUp()

    def without_anybody(self, reason: str, language: str) -> NextStep:
        """A message, where that is wanted; else the request to call again."""
        said = words(reason, language)
        if self.has_voicemail:
            return TakeMessage(say=f"{said} {words('message', language)}")
        return HangUp(say=f"{said} {words('later', language)}")

    def _to_a_person(self, ended: Ended) -> NextStep:
        number = ended.plan.get("number") or self.transfer_number
        if ended.plan["way"] == "transfer" and number:
            return PutThrough(number=number, rings_s=self.rings_s)
        return self.without_anybody("nobody", ended.call.language)

    def when_full(self, language: str) -> NextStep:
        """What a call gets for which there is no place: a number, a message, or the request to call again."""
        if self.transfer_number:
            said = words("full", language)
            return PutThrough(number=self.transfer_number, say=said, rings_s=self.rings_s)
        return self.without_anybody("full", language)
