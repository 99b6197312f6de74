"""What stands below an answer in Slack: its sources with the quoted words, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from channels.slack.words import cut, escaped, markdown, shortened
from core.door_phrases import door_phrase
from core.messages import Answer, Citation, Outcome
from core.slack_phrases import slack_phrase

Block = dict[str, Any]

FEEDBACK, PERSON = "answer_feedback", "ask_person"
RATED = (f"{FEEDBACK}_up", f"{FEEDBACK}_down")
"""The actions of the two ordinary buttons, where Slack has no feedback buttons."""
LONGEST_QUOTE, LONGEST_TITLE, LONGEST_LINK = 700, 150, 900
SECTION = 2900
MOST_SOURCES = 60
_IN_ONE = 10
_RATABLE = frozenset({Outcome.UNSURE, Outcome.ACTED, Outcome.CLARIFYING})


def marked(answer: Answer) -> str:
    """The answer's text as Markdown, with `[n]` after the words that citation n carries."""
    marks: dict[int, list[int]] = {}
    for citation in answer.citations:
        marks.setdefault(min(max(citation.end, 0), len(answer.text)), []).append(citation.n)
    parts, begin = [], 0
    for end in sorted(marks):
        parts += [markdown(answer.text[begin:end]), mark(marks[end])]
        begin = end
    return "".join([*parts, markdown(answer.text[begin:])])


def mark(numbers: Sequence[int]) -> str:
    """What stands after words that these citations carry.

    >>> mark([1, 2]), mark([])
    (' [1] [2]', '')
    """
    return "".join(f" [{n}]" for n in numbers)


def sources(answer: Answer, links: Mapping[int, str]) -> list[Block]:
    """The citations: number, title and link, page, and the quoted words. `links` are by number."""
    if not answer.citations:
        return []
    lines = [_source(one, links.get(one.n, ""), answer.language) for one in answer.citations[:MOST_SOURCES]]
    head = f"*{escaped(door_phrase('sources', answer.language))}*"
    return [context([head])] + [
        context(lines[begin : begin + _IN_ONE]) for begin in range(0, len(lines), _IN_ONE)
    ]


def context(lines: Sequence[str]) -> Block:
    """A block of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": one} for one in lines]}


def buttons(answer: Answer, *extra: Block, is_native: bool = True) -> list[Block]:
    """The buttons below an answer; `is_native` has Slack's own for feedback, else ordinary ones."""
    actions = [*extra]
    if answer.outcome is not Outcome.HANDED_OFF:
        actions.append(button(PERSON, slack_phrase("ask_person", answer.language), answer.id))
    rated = []
    # A greeting rests on nothing that could be right or wrong.
    is_ratable = answer.outcome in _RATABLE or bool(answer.citations)
    if is_ratable and is_native:
        rated = [_feedback(answer)]
    elif is_ratable:
        up, down = (slack_phrase(name, answer.language) for name in ("helpful", "unhelpful"))
        actions = [
            button(RATED[0], f"👍 {up}", f"up:{answer.id}"),
            button(RATED[1], f"👎 {down}", f"down:{answer.id}"),
            *actions,
        ]
    return [*rated, {"type": "actions", "elements": actions}] if actions else rated


def button(action_id: str, words: str, value: str) -> Block:
    """One button."""
    text = {"type": "plain_text", "text": shortened(words, 75), "emoji": True}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def words_block(text: str) -> list[Block]:
    """Words that are Markdown already, as Slack draws Markdown."""
    return [{"type": "markdown", "text": text}] if text else []


def sections(text: str) -> list[Block]:
    """The same without Markdown, for a Slack that does not draw it."""
    return [section(part) for part in cut(text, SECTION) if part.strip()]


def section(text: str, accessory: Block | None = None) -> Block:
    """A paragraph in Slack's own markup."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return block | ({"accessory": accessory} if accessory else {})


def without_feedback(blocks: Sequence[Block], chosen: str) -> list[Block]:
    """The blocks with what somebody chose in place of the feedback buttons."""
    left: list[Block] = []
    for kept in blocks:
        # Slack gives blocks new names; an old one may be another's by now.
        block = {name: value for name, value in kept.items() if name != "block_id"}
        if block.get("type") == "context_actions":
            left.append(context([chosen]))
            continue
        elements = block.get("elements", [])
        rest = [one for one in elements if one.get("action_id") not in RATED]
        if block.get("type") == "actions" and len(rest) < len(elements):
            left.append(context([chosen]))
            left += [{**block, "elements": rest}] if rest else []
            continue
        left.append(block)
    return left


def _feedback(answer: Answer) -> Block:
    def half(name: str, verdict: str) -> Block:
        text = {"type": "plain_text", "text": slack_phrase(name, answer.language)}
        return {"text": text, "value": f"{verdict}:{answer.id}"}

    element = {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": half("helpful", "up"),
        "negative_button": half("unhelpful", "down"),
    }
    return {"type": "context_actions", "elements": [element]}


def _source(citation: Citation, link: str, language: str) -> str:
    title = escaped(shortened(citation.title, LONGEST_TITLE)).replace("|", "¦")
    is_link = link.startswith(("http://", "https://")) and len(link) <= LONGEST_LINK
    safe = link.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    shown = f"<{safe}|{title}>" if is_link else title
    place = f", {door_phrase('page', language, page=citation.page)}" if citation.page else ""
    quote = _quoted(citation.quote) if citation.quote.strip() else ""
    return f"[{citation.n}] {shown}{place}" + (f"\n“{quote}”" if quote else "")


def _quoted(words: str) -> str:
    """The quoted words on one line, so short that they fit in a block however much of them is escaped."""
    most = LONGEST_QUOTE
    while len(quote := escaped(shortened(words, most))) > LONGEST_QUOTE + 100:
        most //= 2
    return quote
