"""The calls tab: what it draws of calls, and what happens in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast, get_args

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone_desk import spoken_talk
from channels.voice.call_report import EndReason
from core.call_history import CallChoice, CallPage, ListedCall, Talk
from core.call_latencies import PARTS, Part, Spread, spreads
from core.call_sounds import CallSound
from core.call_states import CALL_STATES
from core.errors import NotFound
from core.kept_calls import CallLine, CallTurn, KeptCall
from core.messages import Citation, ConversationId
from core.tenants import DEFAULT_TENANT
from core.tickets import Ticket, TicketId
from tests.unit.test_ui import HOSTILE, Tags
from ui.phone import PhoneTab
from ui.phone_calls import CallView, PhoneCalls, SpokenLine, SpokenTalk
from ui.phone_html import said_and_unheard, whole_call
from ui.phone_list import call_list
from ui.phone_plot import spreads_plot, turns_plot
from ui.phone_words import PhoneWords, phone_words_for
from ui.words import LANGUAGES

EN = phone_words_for("en")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TAKEN = {
    "eot_wait": 700.0, "asr_final": 120.0, "retrieval": 30.0, "first_token": 50.0,
    "first_sentence": 80.0, "send": 2.0, "tts_first_audio": 100.0, "until_sound": 1050.0, "heard": 2500.0,
}  # fmt: skip
TURN = CallTurn(question_id="q", at_s=61.0, latencies=TAKEN)


def a_call(caller: str = "+15005550177", **chosen: Any) -> KeptCall:
    made = KeptCall(
        tenant=DEFAULT_TENANT, id="CA1", conversation_id=ConversationId("c"), caller=caller,
        called="+15005550100", language="en", state="completed", reason=None, disclosure="May be recorded.",
        talks=({"id": "1", "reason": "goodbye", "seconds": 12.0, "turns": 1},), duration_s=75,
        created_at=NOON, answered_at=NOON, ended_at=NOON,
    )  # fmt: skip
    return replace(made, **chosen)


def listed(call: KeptCall | None = None, **chosen: Any) -> ListedCall:
    made = ListedCall(
        call=call or a_call(), ticket_id=None, has_voicemail=False, has_recording=False, broke_off=False
    )
    return replace(made, **chosen)


def said(text: str = "Thirty days from now.", heard: str | None = None, who: str = "desk") -> CallLine:
    return CallLine(at_s=1.0, who=who, text=text, heard=heard, kind="answer" if who == "desk" else "speech")


def cited(text: str = "quoted words", url: str = "/sources/d#quote") -> Citation:
    return Citation(
        n=1, document_id="d", passage_id="p", title=text, url=url, page=None, heading="", quote=text,
        start=0, end=1, source_start=0, source_end=1,
    )  # fmt: skip


def view(*lines: SpokenLine, call: KeptCall | None = None, **chosen: Any) -> CallView:
    talk = SpokenTalk(begins_s=0, reason="goodbye", lines=lines, turns=[TURN])
    return replace(CallView(call=call or a_call(), talks=[talk]), **chosen)


def a_sound(text: str | None = "Call me back.", id: str = "RE1") -> CallSound:
    return CallSound(
        tenant=DEFAULT_TENANT, id=id, call_id="CA1", kind="voicemail", content_hash="h",
        media_type="audio/wav", size_bytes=1, seconds=4.0, text=text, created_at=NOON,
    )  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything_with_the_same_names_to_fill_in(code: str) -> None:
    spoken = phone_words_for(code)
    assert set(spoken.choices) == set(get_args(CallChoice))
    assert set(spoken.ended) == set(get_args(EndReason))
    assert set(spoken.states) == set(CALL_STATES)
    assert set(spoken.parts) == set(PARTS)
    for one in fields(PhoneWords):
        theirs, english = getattr(spoken, one.name), getattr(EN, one.name)
        assert all(theirs.values()) if isinstance(theirs, Mapping) else theirs.strip(), one.name
        assert set(re.findall(r"{\w+}", str(theirs))) == set(re.findall(r"{\w+}", str(english))), one.name


def test_nothing_that_a_caller_said_or_sent_runs() -> None:
    line = SpokenLine(
        at_s=1, line=said(HOSTILE, HOSTILE[:9]), was_cut_in=True,
        citations=[cited(HOSTILE), cited(url="javascript:alert(1)")],
    )  # fmt: skip
    keys = SpokenLine(at_s=1, line=CallLine(at_s=1, who=HOSTILE, text=HOSTILE, language=HOSTILE, kind="keys"))
    ticket = Ticket(
        id=TicketId(HOSTILE), tenant=DEFAULT_TENANT, conversation_id="c", reason=None, body={},
        created_at=NOON, updated_at=NOON,
    )  # fmt: skip
    call = a_call(HOSTILE, id=HOSTILE, called=HOSTILE, disclosure=HOSTILE)
    whole = view(line, keys, call=call, sounds=[a_sound(HOSTILE, HOSTILE)], tickets=[ticket])
    page = CallPage(calls=[listed(call, ticket_id=HOSTILE)], has_older=False)
    for drawn in (whole_call(EN, whole), call_list(EN, page, "all", opened=HOSTILE)):
        tags = Tags(drawn)
        assert not {"script", "img"} & set(tags.names)
        assert tags.running == []
        assert "javascript:" not in drawn
        assert "alert(1)" in tags.text


def test_the_list_says_who_called_when_how_long_and_what_followed() -> None:
    calls = [
        listed(ticket_id="77ab12", has_voicemail=True, has_recording=True),
        listed(a_call("anonymous", state="in-progress", talks=(), duration_s=None)),
        listed(a_call("", state="busy", talks=(), duration_s=0), broke_off=True),
        listed(broke_off=True),
    ]
    first, second, third, fourth = (
        Tags(call_list(EN, CallPage(calls=[one], has_older=False), "all", opened="")).text for one in calls
    )
    assert first == "+15005550177Took leaveTicket 77ab12VoicemailRecording2026-11-22 12:00 UTC · 1:15"
    assert second == "Number withheldOn the phone now2026-11-22 12:00 UTC"
    assert third == "Number withheldBusy2026-11-22 12:00 UTC · 0:00"
    assert "Broke off" in fourth
    empty = CallPage(calls=[], has_older=False)
    assert "frontdesk simulate call" in Tags(call_list(EN, empty, "all", opened="")).text
    assert Tags(call_list(EN, empty, "voicemail", opened="")).text == EN.none_such


def test_what_was_not_heard_is_struck_out_and_said_in_words() -> None:
    drawn = whole_call(EN, view(SpokenLine(at_s=1, line=said(heard="Thirty days"), was_cut_in=True)))
    assert '<s class="fd-unheard" title="not heard:">from now.</s>' in drawn
    text = Tags(drawn).text
    assert "Thirty days (not heard: from now.)" in text
    assert "The caller cut in" in text
    whole = whole_call(EN, view(SpokenLine(at_s=1, line=said(heard="Thirty days from now."))))
    assert "<s " not in whole
    nothing = Tags(whole_call(EN, view(SpokenLine(at_s=1, line=said(heard=""))))).text
    assert "(not heard: Thirty days from now.)" in nothing


@given(text=st.text(), cut=st.integers(0, 200))
def test_no_word_of_a_line_is_lost_or_told_twice(text: str, cut: int) -> None:
    heard, unheard = said_and_unheard(said(text, text[:cut]))
    assert (heard + unheard).split() == text.split() or (heard + " " + unheard).split() == text.split()
    other, rest = said_and_unheard(said(text, "something else"))
    assert (other, rest) == ("something else", text.strip()) or text.startswith("something else")


def test_a_voicemail_is_played_where_it_stands_with_its_words() -> None:
    drawn = whole_call(EN, view(sounds=[a_sound(), a_sound(None, "RE/2")]))
    assert 'src="/v1/calls/CA1/sounds/RE1"' in drawn
    assert 'src="/v1/calls/CA1/sounds/RE%2F2"' in drawn
    text = Tags(drawn).text
    assert "Call me back." in text
    assert EN.not_put_into_words in text
    assert "May be recorded." in text
    assert EN.no_disclosure in Tags(whole_call(EN, view(call=a_call(disclosure=None)))).text


def test_a_turn_is_a_bar_of_its_parts_with_the_numbers_below() -> None:
    drawn = turns_plot(EN, [(60.0, TURN), (60.0, replace(TURN, latencies={}))])
    assert re.findall(r'class="fd-part-(\w+)" style="width:([\d.]+)%', drawn) == [
        ("eot_wait", "66.67"), ("asr_final", "11.43"), ("retrieval", "2.86"), ("first_token", "1.9"),
        ("first_sentence", "7.62"), ("send", "0.4"), ("tts_first_audio", "9.33"),
    ]  # fmt: skip
    text = Tags(drawn).text
    assert "1. 2:011.05 s" in text
    assert "2500" in text
    assert EN.parts["retrieval"] in text
    assert turns_plot(EN, []) == ""


def test_p50_and_p95_of_a_day_and_a_week_stand_on_one_scale() -> None:
    day, week = spreads([{"send": 10.0}]), spreads([{"send": 40.0, "heard": 9000.0}])
    drawn = spreads_plot(EN, day, week)
    assert re.findall(r'fd-half" style="width:([\d.]+)%', drawn) == ["25.0", "100.0"]
    assert "40 ms" in Tags(drawn).text
    assert EN.no_turns in Tags(spreads_plot(EN, {}, {})).text


def test_sources_stand_under_the_last_line_of_their_answer_and_cuts_where_the_caller_spoke() -> None:
    lines = [
        CallLine(at_s=1, who="caller", text="How long?"),
        CallLine(at_s=2, who="desk", text="One moment.", kind="phrase", heard=""),
        CallLine(at_s=3, who="desk", text="Thirty days.", kind="answer", heard="Thirty days."),
        CallLine(at_s=4, who="desk", text="From today.", kind="answer", heard="From"),
        CallLine(at_s=4, who="desk", text="Free of charge.", kind="answer", heard=""),
        CallLine(at_s=5, who="caller", text="And lamps?"),
        CallLine(at_s=6, who="desk", text="Lamps too.", kind="answer", heard="Lamps"),
    ]
    turns = [CallTurn(question_id="q1", at_s=1), CallTurn(question_id="q2", at_s=5)]
    talk = Talk(begins_s=100, reason="hung_up", lines=lines, turns=turns)
    one, other = [cited("one")], [cited("other")]
    spoken = spoken_talk(talk, {"q1": one, "q2": other})
    assert [line.at_s for line in spoken.lines] == [101, 102, 103, 104, 104, 105, 106]
    assert [line.citations for line in spoken.lines] == [(), (), (), (), one, (), other]
    assert [line.was_cut_in for line in spoken.lines] == [False, False, False, True, False, False, False]


class Desk:
    """A desk with one call."""

    def __init__(self) -> None:
        self.call_view = view(SpokenLine(at_s=1, line=said()))
        self.asked: list[tuple[str, int]] = []

    async def calls(self, choice: CallChoice, page: int) -> CallPage:
        self.asked.append((choice, page))
        return CallPage(calls=[listed()], has_older=page == 0)

    async def call(self, call_id: str) -> CallView:
        if call_id != "CA1":
            raise NotFound(f"there is no call {call_id!r}")
        return self.call_view

    async def spreads(self, hours: float) -> Mapping[Part, Spread]:
        return spreads([{"send": hours}])


@pytest.mark.anyio
async def test_only_what_has_changed_is_drawn_again_so_that_a_sound_plays_on() -> None:
    request = cast(gr.Request, SimpleNamespace(headers={"accept-language": "en"}))
    desk = Desk()
    with gr.Blocks(), gr.Tabs():
        tab = PhoneTab(cast(PhoneCalls, desk))
    on = tab.on
    first = await tab.look("all", 0, "", {}, request)
    assert EN.choose in first[on.view]
    assert (first[on.turning]["visible"], first[on.newer]["interactive"]) == (True, False)
    opened = await tab.look("all", 0, "CA1", first[on.drawn], request)
    assert "fd-spoken" in opened[on.view]
    assert set(await tab.look("all", 0, "CA1", opened[on.drawn], request)) == {on.drawn}
    desk.call_view = replace(desk.call_view, sounds=[a_sound()])
    assert set(await tab.look("all", 0, "CA1", opened[on.drawn], request)) == {on.drawn, on.view}
    older = await tab.look("person", 1, "gone", opened[on.drawn], request)
    assert EN.none_such in older[on.view]
    assert (older[on.newer]["interactive"], older[on.older]["interactive"]) == (True, False)
    assert desk.asked[-1] == ("person", 1)
    assert "168 ms" in await tab.measure(request)
