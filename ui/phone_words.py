"""Every sentence of the calls tab, by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from ui.words import words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneWords:
    """The calls tab. Names in braces are filled in with `str.format`."""

    calls: str
    show: str
    choices: Mapping[str, str]
    refresh: str
    newer: str
    older: str
    empty: str
    first_call: str
    none_such: str
    choose: str
    withheld: str
    talking: str
    ended: Mapping[str, str]
    states: Mapping[str, str]
    broke_off: str
    ticket: str
    see_ticket: str
    voicemail: str
    recording: str
    not_put_into_words: str
    number_called: str
    began: str
    lasted: str
    call_id: str
    disclosure: str
    no_disclosure: str
    conversation: str
    nothing_said: str
    again: str
    caller: str
    the_desk: str
    not_heard: str
    cut_in: str
    pressed: str
    sources: str
    latencies: str
    latencies_hint: str
    parts: Mapping[str, str]
    turn: str
    had_filler: str
    numbers: str
    speed: str
    speed_hint: str
    day: str
    week: str
    half: str
    most: str
    turns: str
    no_turns: str


def phone_words_for(accept_language: str | None) -> PhoneWords:
    """The words of the first language in an `Accept-Language` header that is spoken here."""
    spoken: PhoneWords = import_module(f"ui.languages.{words_for(accept_language).code}_phone").PHONE
    return spoken
