"""An answer as texts: nothing is lost but markup, every mark has its source, no text is too long."""

from hypothesis import given
from hypothesis import strategies as st

from channels.sms.words import marked, texts_of
from core.documents import DocumentId, PassageId
from core.messages import Answer, AnswerId, Citation, ConversationId, Outcome
from core.sms_text import normalised, segments

LINKS = {n: f"https://desk.example/s/0123456789ab-{n}" for n in range(1, 30)}
MORE = "\nReply MORE for the rest."


def answer(*said: tuple[str, str, int | None]) -> Answer:
    """An answer of sentences, each resting on a document's page."""
    text, citations = "", []
    for n, (sentence, document, page) in enumerate(said, start=1):
        start = len(text) + bool(text)
        text = f"{text} {sentence}" if text else sentence
        citations.append(
            Citation(
                n=n, document_id=DocumentId(document), passage_id=PassageId("p"), title=document, url="/x",
                page=page, heading="", quote=sentence, start=start, end=len(text),
                source_start=0, source_end=1,
            )
        )  # fmt: skip
    return Answer(
        id=AnswerId("a"), conversation_id=ConversationId("c"), text=text, outcome=Outcome.ANSWERED,
        citations=tuple(citations), confidence=1.0, route="documents", model="none",
    )  # fmt: skip


def test_each_sentence_has_the_mark_of_its_source() -> None:
    text, sources = marked(
        answer(("It is free.", "Fees", None), ("It takes two days.", "Times", 3), ("Really.", "Fees", None)),
        LINKS,
    )
    assert text == "It is free. [1] It takes two days. [2] Really. [1]"
    assert texts_of(text, sources, "en", most_parts=3) == (
        f"{text}\n1 Fees: {LINKS[1]}\n2 Times, page 3: {LINKS[2]}",
    )


def test_what_nobody_may_open_is_named_without_a_link() -> None:
    text, sources = marked(answer(("It is free.", "Fees", None)), {})
    assert texts_of(text, sources, "de", most_parts=1) == ("It is free. [1]\n1 Fees",)


def test_the_question_about_the_answer_is_left_out_where_it_has_no_room() -> None:
    assert texts_of("x" * 150, [], "en", most_parts=1, last="Did this help?") == ("x" * 150,)
    assert texts_of("x" * 100, [], "en", most_parts=1, last="Did this help?")[0].endswith("Did this help?")


SENTENCES = st.lists(
    st.tuples(
        st.text(st.sampled_from("abc de fé”ж👩.[1]"), min_size=1, max_size=400).map(
            lambda words: f"So {words} ok."
        ),
        st.sampled_from(
            ["Fees", "Times", "A title that is much longer than anybody would ever want to read"]
        ),
        st.sampled_from([None, 3]),
    ),
    min_size=1,
    max_size=6,
)


@given(SENTENCES, st.integers(1, 4), st.booleans())
def test_no_text_is_too_long_and_no_word_is_lost(
    said: list[tuple[str, str, int | None]], most: int, has_links: bool
) -> None:
    text, sources = marked(answer(*said), LINKS if has_links else {})
    texts = texts_of(text, sources, "en", most_parts=most, last="Did this help? 1 yes, 2 no")
    assert all(segments(one).parts <= most for one in texts)
    assert all(one.endswith(MORE) for one in texts[:-1])
    together = "".join(one.removesuffix(MORE) for one in texts)
    for source in sources:
        assert "".join(source.line("en").split()) in "".join(together.split())
    left = iter("".join(together.split()))
    assert all(letter in left for letter in "".join(text.split()))
    assert normalised(text) == text


def test_a_mark_stands_on_the_page_of_its_sentence_with_its_source() -> None:
    said = [
        (f"Sentence number {n} of this answer says something or other.", f"Document {n}", n)
        for n in range(1, 9)
    ]
    text, sources = marked(answer(*said), LINKS)
    texts = texts_of(text, sources, "en", most_parts=2)
    assert len(texts) > 2
    for n in range(1, 9):
        (page,) = (one for one in texts if f"[{n}]" in one)
        assert f"\n{n} Document {n}, page {n}: {LINKS[n]}" in page
