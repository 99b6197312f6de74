"""The HTML of one telephone call: who it was, its sound, and what was said as it was heard."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from urllib.parse import quote

from core.call_sounds import CallSound
from core.kept_calls import CallLine
from core.tickets import Ticket
from ui.phone_calls import CallView, SpokenLine, SpokenTalk
from ui.phone_list import caller_of, clock, length_of, moment, state_of
from ui.phone_plot import turns_plot
from ui.phone_words import PhoneWords
from ui.sources import readable, safe_link


def whole_call(words: PhoneWords, view: CallView) -> str:
    """One call: its facts, its sounds, everything that was said, and how long the answers took."""
    call = view.call
    tickets = "".join(_ticket(words, one) for one in view.tickets)
    sounds = "".join(_sound(words, one) for one in view.sounds)
    heard = f"<blockquote>{escape(call.disclosure)}</blockquote>" if call.disclosure else ""
    disclosed = heard or f'<p class="fd-hint">{escape(words.no_disclosure)}</p>'
    turns = [(talk.begins_s, turn) for talk in view.talks for turn in talk.turns]
    told = f"<h3>{escape(words.disclosure)}</h3>{disclosed}" if view.talks else ""
    return (
        f'<article class="fd-case fd-call" data-call="{escape(call.id)}">'
        f'<h2 class="fd-section" tabindex="-1">{escape(caller_of(words, call))}</h2>'
        f'<p class="fd-meta">{state_of(words, call)}</p>{_facts(words, view)}{tickets}{sounds}{told}'
        f"<h3>{escape(words.conversation)}</h3>{_conversation(words, view)}"
        f"{turns_plot(words, turns)}</article>"
    )


def said_and_unheard(line: CallLine) -> tuple[str, str]:
    """The words of a line that were heard, and those that were not; of a caller's line all were.

    >>> said_and_unheard(CallLine(at_s=0, who="desk", text="Thirty days from now.", heard="Thirty days"))
    ('Thirty days', 'from now.')
    """
    text = line.text.strip()
    if line.heard is None:
        return text, ""
    heard = line.heard.strip()
    return heard, text.removeprefix(heard).strip() if heard else text


def _facts(words: PhoneWords, view: CallView) -> str:
    call, seconds = view.call, length_of(view.call)
    facts = {
        words.number_called: escape(call.called),
        words.began: moment(call.created_at),
        words.lasted: clock(seconds) if seconds is not None else "",
        words.call_id: escape(call.id),
    }
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts.items() if value)
    return f'<dl class="fd-facts">{lines}</dl>'


def _ticket(words: PhoneWords, ticket: Ticket) -> str:
    says = words.see_ticket.format(number=ticket.id)
    link = f"?ticket={quote(ticket.id, safe='')}"
    return (
        f'<p><a class="fd-outline" href="{escape(link)}" target="_blank" rel="noopener">'
        f"{escape(says)}</a></p>"
    )


def _sound(words: PhoneWords, sound: CallSound) -> str:
    name = words.voicemail if sound.kind == "voicemail" else words.recording
    at = f"/v1/calls/{quote(sound.call_id, safe='')}/sounds/{quote(sound.id, safe='')}"
    text = ""
    if sound.kind == "voicemail":
        text = (
            f"<blockquote>{escape(sound.text)}</blockquote>"
            if sound.text
            else f'<p class="fd-hint">{escape(words.not_put_into_words)}</p>'
        )
    return (
        f'<section class="fd-sound"><h3>{escape(name)} · {clock(sound.seconds)}</h3>'
        f'<audio controls preload="none" src="{escape(at)}" aria-label="{escape(name)}">'
        f"</audio>{text}</section>"
    )


def _conversation(words: PhoneWords, view: CallView) -> str:
    if not any(talk.lines for talk in view.talks):
        return f'<p class="fd-hint">{escape(words.nothing_said)}</p>'
    return "".join(_talk(words, talk, is_first=place == 0) for place, talk in enumerate(view.talks))


def _talk(words: PhoneWords, talk: SpokenTalk, *, is_first: bool) -> str:
    """One talk, with how it ended; a later one says that the call came back."""
    begins = "" if is_first else _mark(f"{words.again} · {clock(talk.begins_s)}")
    ends = _mark(words.ended[talk.reason]) if talk.reason in words.ended else ""
    lines = "".join(_spoke(words, list(group)) for _, group in groupby(talk.lines, key=_at_one_time))
    return f'{begins}<ol class="fd-spoken">{lines}</ol>{ends}'


def _mark(says: str) -> str:
    return f'<p class="fd-mark"><span>{escape(says)}</span></p>'


def _spoke(words: PhoneWords, lines: Sequence[SpokenLine]) -> str:
    """What one side said at one time, sentence by sentence, and the sources below."""
    first = lines[0]
    is_caller = first.line.who == "caller"
    who = words.caller if is_caller else words.the_desk
    was_cut_in = any(one.was_cut_in for one in lines)
    cut_in = f'<span class="fd-tag">{escape(words.cut_in)}</span>' if was_cut_in else ""
    said = "".join(_line(words, one) for one in lines)
    return (
        f'<li class="fd-spoke {"fd-caller" if is_caller else "fd-desk"}"><p class="fd-eyebrow">'
        f'<span class="fd-at">{clock(first.at_s)}</span>{escape(who)}{cut_in}</p>{said}'
        f"{_sources(words, lines)}</li>"
    )


def _line(words: PhoneWords, one: SpokenLine) -> str:
    language = f' lang="{escape(one.line.language)}"' if one.line.language else ""
    return f"<p{language}>{_words(words, one.line)}</p>"


def _at_one_time(one: SpokenLine) -> tuple[bool, str]:
    return one.line.who == "caller", clock(one.at_s)


def _words(words: PhoneWords, line: CallLine) -> str:
    """What was said. What was not heard is struck out, and said so to whoever hears the page."""
    if line.kind == "keys":
        return f"{escape(words.pressed)} <kbd>{escape(line.text)}</kbd>"
    heard, unheard = said_and_unheard(line)
    if not unheard:
        return escape(heard)
    note = f'<span class="fd-hidden">({escape(words.not_heard)} </span>'
    struck = f'<s class="fd-unheard" title="{escape(words.not_heard)}">{escape(unheard)}</s>'
    return f'{escape(heard)} {note}{struck}<span class="fd-hidden">)</span>'.strip()


def _sources(words: PhoneWords, spoken: Sequence[SpokenLine]) -> str:
    lines = "".join(
        f"<li>{cited.n}. {_link(readable(cited.title), cited.url)} — "
        f"“{escape(' '.join(cited.quote.split()))}”</li>"
        for one in spoken
        for cited in one.citations
    )
    title = f'<p class="fd-eyebrow">{escape(words.sources)}</p>'
    return f'{title}<ol class="fd-from">{lines}</ol>' if lines else ""


def _link(title: str, url: str) -> str:
    at = safe_link(url)
    return (
        f'<a href="{escape(at)}" target="_blank" rel="noopener">{escape(title)}</a>' if at else escape(title)
    )
