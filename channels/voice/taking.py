"""`Taking`: which reply the caller's words or keys ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from channels.voice.back_channels import yes_or_no
from channels.voice.commands import Command, command_in, language_wanted
from channels.voice.keypad import Pressed
from channels.voice.leaving import leave
from channels.voice.open_call import OpenCall, Turn
from channels.voice.read_back import as_read_back, is_only, name_said, reference_said
from channels.voice.replies import Replies
from channels.voice.talk_parts import Question
from channels.voice.telephone import Utterance
from channels.voice.turn_latency import TurnClock
from core.message_language import recognise

Reply = Coroutine[Any, Any, None]


class Taking:
    """Reads what was said: another language, a command, a yes or no, a number, or else a question."""

    def __init__(self, open_call: OpenCall, replies: Replies) -> None:
        self._open = open_call
        self._replies = replies
        self._strange = ""

    def utterance(self, turn: Turn, utterance: Utterance, *, before: str = "") -> Reply | None:
        """The reply to an utterance, or none. `before` is a question that it goes on with."""
        turn.clock = TurnClock(
            quiet_at=utterance.quiet_at,
            ended_at=utterance.ended_at,
            words_at=utterance.words_at,
        )
        text = utterance.text.strip()
        if wanted := self._language_in(text):
            return self._switch(wanted)
        self._notice_language(utterance)
        if (command := command_in(text)) and (command != "stop" or not self._open.coming.kind):
            return self._obey(turn, command, text)
        offer, answer = self._open.offer, yes_or_no(text)
        self._open.offer = None
        if offer is not None and answer is not None:
            return self._replies.accept(turn, offer) if answer else self._replies.decline(offer)
        return self._asked(turn, utterance, f"{before} {text}".strip())

    def keys(self, turn: Turn, pressed: Pressed) -> Reply | None:
        """The reply to keys that were pressed, None where there is none."""
        now = asyncio.get_running_loop().time()
        turn.clock = TurnClock(quiet_at=now, ended_at=now, words_at=now)
        offer, self._open.offer = self._open.offer, None
        match pressed.meaning:
            case "person":
                wish = self._open.phrase("a_person")
                return self._replies.bring_person(turn, self._question(turn, wish), "key")
            case "repeat":
                self._open.offer = offer
                return self._replies.repeat()
            case "yes" | "no" if offer is not None:
                is_yes = pressed.meaning == "yes"
                return self._replies.accept(turn, offer) if is_yes else self._replies.decline(offer)
            case "yes" | "no":
                return self._replies.answer(turn, self._question(turn, self._open.phrase(pressed.meaning)))
            case "number":
                return self._replies.answer(turn, self._question(turn, pressed.digits))
            case "more" | "nothing":
                self._open.offer = offer
                return None

    def _asked(self, turn: Turn, utterance: Utterance, text: str) -> Reply:
        awaited = self._open.coming.kind
        understood = reference_said(utterance.text)
        if not understood and (awaited == "name" or is_only(name_said(utterance.text), utterance.text)):
            understood = name_said(utterance.text)
        if not understood:
            return self._replies.answer(turn, self._question(turn, text))
        asked = understood if awaited and is_only(understood, utterance.text) else text
        confidence = 1.0 if utterance.confidence is None else utterance.confidence
        if confidence < self._open.manners.least_confidence:
            return self._replies.confirm(understood, asked)
        said = as_read_back(understood, self._open.language)
        before = self._open.phrase("read_back", what=said) if awaited in ("reference", "name") else ""
        return self._replies.answer(turn, self._question(turn, asked), before=before)

    def _obey(self, turn: Turn, command: Command, text: str) -> Reply | None:
        reply: Reply | None = None  # to "stop" nothing is said
        match command:
            case "repeat":
                reply = self._replies.repeat()
            case "slower":
                reply = self._replies.at_speed(self._open.manners.slow_speed, "slower")
            case "faster":
                reply = self._replies.at_speed(1.0, "faster")
            case "spell":
                reply = self._replies.spell()
            case "person":
                reply = self._replies.bring_person(turn, self._question(turn, text), "asked")
            case "goodbye":
                reply = leave(self._open, "goodbye", "goodbye")
            case "links":
                reply = self._replies.send_links(self._open.answer)
            case "wait":
                self._open.ladder.be_patient()
                reply = self._replies.remind("take_your_time")
        return reply

    def _language_in(self, text: str) -> str:
        wanted = language_wanted(text)
        return wanted if wanted in self._open.manners.languages else ""

    def _switch(self, language: str) -> Reply:
        self._open.offer = None
        self._open.speak_language(language)
        return self._replies.say("language")

    def _notice_language(self, utterance: Utterance) -> None:
        """Two utterances in a row in another language change the call's own."""
        spoken = (utterance.language[:2].lower() or recognise(utterance.text)) or ""
        if spoken == self._open.language or spoken not in self._open.manners.languages:
            self._strange = "" if spoken else self._strange
        elif spoken == self._strange:
            self._strange = ""
            self._open.speak_language(spoken)
        else:
            self._strange = spoken

    def _question(self, turn: Turn, text: str) -> Question:
        question = self._open.question(text)
        turn.question = question
        return question
