"""Words in Slack: hostile markup on the way in, nobody named and nothing hidden on the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.simulators.slack_blocks import blocks_of
from channels.slack.blocks import buttons, marked, sections, sources, without_feedback
from channels.slack.manifest import as_yaml, manifest
from channels.slack.words import cut, escaped, first_named, heard, is_named, markdown, shortened
from core.documents import DocumentId, PassageId
from core.messages import Answer, AnswerId, Citation, ConversationId, Outcome
from core.phrases import LANGUAGES
from core.question import is_asking
from core.slack_phrases import SLACK_PHRASES

HOSTILE = st.text(
    st.sampled_from("ab <>@!#|&;*_~`[]()\n\t-•1U\N{ZERO WIDTH JOINER}\N{FAMILY}é")
    | st.characters(codec="utf-8"),
    max_size=300,
)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("<@UBOT> when do you open?", "when do you open?"),
        ("<@UBOT|frontdesk> hi", "hi"),
        ("is <@U2|ben> in <#C1|general>?", "is @ben in #general?"),
        ("see <https://a.example/?q=1&amp;b=2> &amp; <mailto:a@b.example|a@b.example>",
         "see https://a.example/?q=1&b=2 & a@b.example"),
        ("<!here> <!subteam^S1|@ops> 3 &lt; 4", "@here @ops 3 < 4"),
        ("*bold* _it_ ~gone~ `code` snake_case_name 2*3*4", "bold it gone code snake_case_name 2*3*4"),
        ("&amp;lt;", "&lt;"),
    ],
)  # fmt: skip
def test_slacks_markup_is_heard_as_plain_words(said: str, plain: str) -> None:
    assert heard(said, "UBOT") == plain


@given(HOSTILE)
def test_any_text_can_be_heard(text: str) -> None:
    words = heard(text, "UBOT")
    assert "<@UBOT>" not in words
    assert isinstance(is_named(text, "UBOT"), bool)
    assert isinstance(is_asking(words), bool)
    assert first_named(text) in text


def test_very_long_words_of_nothing_but_markup_are_heard_soon() -> None:
    for piece in ("*a ", "<@", "`", "_*~", "&lt;", "<" * 10 + "|"):
        heard(piece * 20_000, "UBOT")


@given(HOSTILE)
def test_what_is_said_names_nobody_and_loses_nothing(text: str) -> None:
    for safe in (escaped(text), markdown(text)):
        assert not re.search("[<>]", safe)
        assert "](" not in safe
    back = markdown(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back.replace("]\N{WORD JOINER}(", "](") == text.replace("]\N{WORD JOINER}(", "](")


@given(HOSTILE, st.integers(8, 60))
def test_parts_of_a_text_are_the_text(text: str, most: int) -> None:
    safe = escaped(text)
    parts = cut(safe, most)
    assert "".join(parts) == safe
    assert all(len(part) <= most for part in parts)
    assert not [part for part in parts[:-1] if re.search(r"&(a(mp?)?|[lg]t?)?$", part)]
    assert len(shortened(text, most)) <= most


def answer_of(text: str, quotes: list[str], outcome: Outcome = Outcome.ANSWERED) -> Answer:
    step = max(1, len(text) // (len(quotes) or 1))
    citations = tuple(
        Citation(
            n=n,
            document_id=DocumentId("d"),
            passage_id=PassageId("p"),
            title=quote or "untitled",
            url="https://a.example/sources/d?version=1&start=0|&end=9#quote",
            page=n % 3 or None,
            heading="",
            quote=quote,
            start=0,
            end=min(len(text), n * step),
            source_start=0,
            source_end=len(quote),
        )
        for n, quote in enumerate(quotes, 1)
    )
    return Answer(
        id=AnswerId("a" * 32),
        conversation_id=ConversationId("c"),
        text=text,
        outcome=outcome,
        citations=citations,
        confidence=0.9,
        route="documents",
        model="none",
    )


@given(HOSTILE, st.lists(HOSTILE, max_size=6), st.sampled_from(list(Outcome)))
def test_slack_takes_what_stands_below_any_answer(text: str, quotes: list[str], outcome: Outcome) -> None:
    answer = answer_of(text, quotes, outcome)
    links = {one.n: one.url for one in answer.citations}
    for is_native in (True, False):
        below = [*sources(answer, links), *buttons(answer, is_native=is_native)]
        blocks_of({"blocks": below})
        blocks_of({"blocks": without_feedback(below, "chosen")})
    blocks_of({"blocks": sections(marked(answer))[:40]})


def test_very_many_long_citations_stay_within_slacks_limits() -> None:
    answer = answer_of("words", ["&<>" * 2000] * 80)
    below = [*sources(answer, {}), *buttons(answer)]
    blocks_of({"blocks": below})
    assert len(below) < 50


def test_a_mark_stands_after_the_words_that_a_citation_carries() -> None:
    answer = answer_of("One & two. Three <b>.", ["One & two.", "Three"])
    (first, second) = answer.citations
    assert (first.end, second.end) == (10, 20)
    assert marked(answer) == "One &amp; two. [1] Three &lt;b&gt; [2]."


@pytest.mark.parametrize(
    "text", ["When?", "how do I pay", "Hallo, wie geht das", "¿Dónde está?", "please explain it"]
)
def test_a_question_is_told_by_its_form(text: str) -> None:
    assert is_asking(text)


@pytest.mark.parametrize("text", ["Thanks!", "The parcel is here", "see https://a.example/?q=1", "ok"])
def test_other_words_are_no_question(text: str) -> None:
    assert not is_asking(text)


def test_every_sentence_is_there_in_every_language() -> None:
    for name, sentences in SLACK_PHRASES.items():
        assert set(sentences) == set(LANGUAGES), name
        fields = {tuple(sorted(re.findall(r"\{\w+\}", one))) for one in sentences.values()}
        assert len(fields) == 1, name


def test_the_manifest_in_the_project_is_the_one_that_is_printed() -> None:
    kept = (Path(__file__).parents[2] / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
    assert kept == as_yaml(manifest())


def test_a_manifest_with_an_address_is_for_http() -> None:
    made = manifest("https://desk.example/")
    assert (
        made["settings"]["event_subscriptions"]["request_url"] == "https://desk.example/channels/slack/events"
    )
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["oauth_config"]["redirect_urls"] == ["https://desk.example/channels/slack/oauth_redirect"]
    assert len(made["display_information"]["description"]) <= 140
