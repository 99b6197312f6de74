"""What a person has answered becomes an FAQ entry by one click: at once by an admin, else as a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from channels.slack.colleagues import Scene
from channels.slack.parts import Handler, SlackParts
from channels.slack.people import SlackPerson
from channels.slack.ticket_actions import handed_in, tell
from channels.slack.ticket_blocks import Block, context
from channels.slack.ticket_modals import field, modal, opens, team_of, typed, typed_in
from core.conversation import Conversation, StaffMessage
from core.errors import NotFound, Refused
from core.faq import LONGEST_QUESTION, FaqDraft, checked
from core.faq_book import Taken
from core.inbox import Inbound
from core.messages import ConversationId
from core.phrases import LANGUAGES, language_name
from core.tenants import PUBLIC, STAFF
from core.ticket_news import STAFF as NEWS
from core.ticket_news import language_of

if TYPE_CHECKING:
    from channels.slack.receiving import Body, Check, View

AUDIENCES: Mapping[str, str] = {PUBLIC: "Everybody", STAFF: "Staff only"}
BY_ADMIN = "The desk gives this answer word for word from the next question on."
BY_COLLEAGUE = "An admin of this workspace looks at it before the desk says it."
CARE = "Leave out names, order numbers and addresses: other customers read this."
LONGEST_ANSWER = 3000
_NOBODY_ELSE = "only an admin of this Slack workspace publishes FAQ entries"


def may_publish(person: SlackPerson) -> bool:
    """Whether the desk says what they save without another look: admins of the workspace itself."""
    return person.is_staff and person.is_admin


async def save(parts: SlackParts, scene: Scene, value: str) -> Mapping[str, Any]:
    """The modal with a reply's words, and the question before them."""
    ticket = scene.ticket
    conversation = await parts.door.desk.answerer.conversations.get(
        ticket.tenant, ConversationId(ticket.conversation_id)
    )
    message = next((one for one in conversation.staff_messages if one.id == value), None)
    if message is None:
        raise Refused("These words are not kept any more.")
    draft = FaqDraft(
        question=_question_before(conversation, message), answer=message.text, language=language_of(ticket)
    )
    return _modal(scene, draft)


async def publish(parts: SlackParts, scene: Scene, value: str) -> Mapping[str, Any]:
    """The modal with what a colleague proposes, for an admin."""
    if not may_publish(scene.person):
        raise Refused(f"That was not done: {_NOBODY_ELSE}.")
    name = f"{NEWS}:faq.proposed:{value.partition(':')[2]}"
    try:
        body = (await parts.door.desk.stores.outbound.get(scene.ticket.tenant, name)).body
    except NotFound as error:
        raise Refused("This proposal is not kept any more.") from error
    return _modal(scene, _draft(body, body["owner"]))


async def keep(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Add the entry, or propose it where whoever hands it in may not; both are told in the thread."""
    names = ("question", "answer", "audience", "language")
    draft = checked(_draft({name: typed(inbound, name) for name in names}, scene.staff.known_as))
    book, tenant = parts.door.desk.faq, scene.ticket.tenant
    if not may_publish(scene.person):
        told = {name: str(getattr(draft, name) or "") for name in (*names, "owner")}
        await tell(parts, scene, "faq.proposed", inbound.id, by=scene.staff.person, **told)
        return
    (fate,) = await book.take(tenant, [draft], given=("question", "answer", "audience"), dry_run=True)
    if isinstance(fate, Taken) and fate.fate == "unchanged":
        faq = fate.faq
    else:
        faq = await book.add(tenant, draft)
    await tell(parts, scene, "faq.saved", faq.id, by=scene.staff.person, question=faq.question, faq_id=faq.id)


async def check(parts: SlackParts, body: Body) -> Mapping[str, str]:
    """What is wrong with the entry, by block: missing words, or an entry that asks the same."""
    values = body["view"]["state"]["values"]
    draft = _draft(
        {name: typed_in(values, name) for name in ("question", "answer", "audience", "language")}, ""
    )
    try:
        fit = checked(draft)
    except Refused as error:
        return {"answer" if "answer" in str(error).split(" ")[:2] else "question": str(error)}
    workspace = await parts.workspace(team_of(body))
    (fate,) = await parts.door.desk.faq.take(
        workspace.tenant, [fit], given=("question", "answer", "audience"), dry_run=True
    )
    if isinstance(fate, Refused):
        return {"question": str(fate)}
    if fate.fate == "replaced":
        return {"question": "An entry asks this already: change that one on the admin page."}
    return {}


def _modal(scene: Scene, draft: FaqDraft) -> Mapping[str, Any]:
    languages = {code: language_name(code, "en") for code in LANGUAGES}
    blocks = [
        field("question", "What customers ask", most=LONGEST_QUESTION, initial=draft.question),
        field("answer", "What the desk says", most=LONGEST_ANSWER, initial=draft.answer),
        _choice("audience", "Who may be told", AUDIENCES, draft.audience),
        _choice("language", "Language of the answer", languages, draft.language or LANGUAGES[0]),
        context(f"{CARE} {BY_ADMIN if may_publish(scene.person) else BY_COLLEAGUE}"),
    ]
    return modal("desk_faq", "Save as FAQ", "Save", {"ticket": scene.ticket.id}, blocks)


def _choice(name: str, label: str, options: Mapping[str, str], chosen: str) -> Block:
    shown = {
        value: {"text": {"type": "plain_text", "text": words}, "value": value}
        for value, words in options.items()
    }
    element: Block = {
        "type": "static_select",
        "action_id": name,
        "options": list(shown.values()),
        "initial_option": shown.get(chosen, next(iter(shown.values()))),
    }
    return {
        "type": "input",
        "block_id": name,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }


def _draft(said: Mapping[str, Any], owner: str) -> FaqDraft:
    return FaqDraft(
        question=said["question"],
        answer=said["answer"],
        audience=said["audience"],
        language=said["language"] or None,
        owner=owner or None,
    )


def _question_before(conversation: Conversation, message: StaffMessage) -> str:
    asked = [one.text for one in conversation.exchanges if one.asked_at < message.created_at]
    return asked[-1] if asked else ""


VIEWS: Mapping[str, View] = {"desk_faq": opens(save), "desk_faq_publish": opens(publish)}
CHECKS: Mapping[str, Check] = {"desk_faq": check}
SUBMISSIONS: Mapping[str, Handler] = {"desk_faq": handed_in(keep)}
