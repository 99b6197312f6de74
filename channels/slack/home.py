"""The app's own place in Slack: its home tab, and how a conversation with it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from channels.examples import MOST_EXAMPLES, examples
from channels.slack.blocks import Block, button, context, section
from channels.slack.calls import SlackRefused
from channels.slack.manifest import COMMAND
from channels.slack.parts import Handler, SlackParts
from channels.slack.people import SlackPerson
from channels.slack.places import private_address
from channels.slack.words import escaped, shortened
from core.errors import NotFound, Unauthorized
from core.inbox import Inbound
from core.messages import Address
from core.slack_phrases import slack_phrase
from core.slack_workspaces import ANSWERINGS, Answering, ChannelRules, Workspace
from core.tenants import PUBLIC, STAFF

if TYPE_CHECKING:
    from channels.slack.receiving import Check, View

STAFF_CHANNEL, RULES = "staff_channel", "channel_rules"
MOST_RECENT, MOST_RULES = 8, 30
ONLY_ADMINS = "Only an admin of this Slack workspace, or whoever installed the app, may change this."


async def opened(parts: SlackParts, inbound: Inbound) -> None:
    """Draw the home tab, or greet on the messages tab."""
    event = inbound.body["event"]
    if event.get("tab") == "home":
        await publish(parts, inbound)
    elif event.get("tab") == "messages":
        await _greet(parts, inbound, event["channel"], "")


async def begun(parts: SlackParts, inbound: Inbound) -> None:
    """Greet in a thread of the older assistant view."""
    thread = inbound.body["event"]["assistant_thread"]
    await _greet(parts, inbound, thread["channel_id"], thread["thread_ts"])
    await looked_at(parts, inbound)


async def looked_at(parts: SlackParts, inbound: Inbound) -> None:
    """Keep what somebody has before their eyes while they talk to the desk."""
    event = inbound.body["event"]
    thread = event.get("assistant_thread") or {}
    seen = thread.get("context") or event.get("context") or {}
    workspace = await parts.workspace(inbound.address.account)
    address = private_address(workspace.team, "", inbound.body["user"], "context")
    lines = parts.door.desk.stores.lines
    line = await lines.enter(inbound.tenant, address)
    await lines.keep(line, {**line.state, "context": seen})


async def publish(parts: SlackParts, inbound: Inbound) -> None:
    """Show somebody their home tab as it is now."""
    workspace, person, _ = await parts.asker(inbound)
    language = person.locale
    help_text = section(slack_phrase("home_help", language, command=COMMAND))
    blocks = [help_text, {"type": "divider"}, *await _recent(parts, workspace, person)]
    if _leads(workspace, person):
        blocks += [{"type": "divider"}, *await _settings(parts, workspace, language)]
    view = {"type": "home", "blocks": blocks}
    await parts.calls.call(workspace.bot_token, "views.publish", user_id=person.user, view=view)


async def choose_staff_channel(parts: SlackParts, inbound: Inbound) -> None:
    """Let tickets go to the channel that an admin has chosen."""
    workspace, person, _ = await parts.asker(inbound)
    _check(workspace, person)
    if inbound.body["value"]:
        await parts.workspaces.records.lead_to(workspace.team, inbound.body["value"])
        parts.workspaces.forget(workspace.team)
    await publish(parts, inbound)


async def rules_modal(parts: SlackParts, body: dict[str, Any]) -> Mapping[str, Any] | None:
    """The modal in which an admin lays down how the desk behaves in a channel."""
    workspace = await parts.workspace(body["team"]["id"])
    person = await parts.people.of(workspace, body["user"]["id"])
    if not _leads(workspace, person):
        return None
    language = person.locale
    answers: dict[str, str] = {one: slack_phrase(f"answers_{one}", language) for one in ANSWERINGS}
    audiences = {one: slack_phrase(f"audience_{one}", language) for one in (PUBLIC, STAFF)}
    channel = _channels("channel")
    return {
        "type": "modal",
        "callback_id": RULES,
        "title": _plain(slack_phrase("rules_title", language)),
        "submit": _plain(slack_phrase("save", language)),
        "blocks": [
            _input("channel", slack_phrase("channel", language), channel),
            _input("answers", slack_phrase("rules_answers", language), _select("answers", answers)),
            _input("audience", slack_phrase("rules_audience", language), _select("audience", audiences)),
        ],
    }


async def lay_down(parts: SlackParts, inbound: Inbound) -> None:
    """Keep what an admin has laid down for a channel."""
    workspace, person, principal = await parts.asker(inbound)
    _check(workspace, person)
    values = inbound.body["values"]
    rules = ChannelRules(
        answers=cast(Answering, _chosen(values, "answers")), audience=_chosen(values, "audience")
    )
    channel = values["channel"]["channel"]["selected_conversation"]
    await parts.workspaces.records.lay_down(workspace, channel, rules, principal.person)
    await publish(parts, inbound)


async def _greet(parts: SlackParts, inbound: Inbound, channel: str, thread: str) -> None:
    """Suggest questions under a greeting; a Slack that can't show them shows none."""
    workspace, person, _ = await parts.asker(inbound)
    desk = parts.door.desk
    persona = await desk.answerer.personas.of(workspace.tenant)
    asked = await examples(desk.searcher, workspace.tenant)
    if not asked:
        return
    with suppress(SlackRefused):
        await parts.calls.call(
            workspace.bot_token,
            "assistant.threads.setSuggestedPrompts",
            channel_id=channel,
            thread_ts=thread or None,
            title=shortened(persona.greets(person.locale) or slack_phrase("prompts", person.locale), 200),
            prompts=[{"title": shortened(one, 75), "message": one} for one in asked[:MOST_EXAMPLES]],
        )


async def _recent(parts: SlackParts, workspace: Workspace, person: SlackPerson) -> list[Block]:
    """What somebody has asked where nobody else reads along, with how it came out."""
    head = section(f"*{slack_phrase('home_recent', person.locale)}*")
    asked = await _asked(parts, workspace, person)
    if not asked:
        return [head, section(slack_phrase("home_empty", person.locale))]
    return [head, *(section(one) for one in asked)]


async def _asked(parts: SlackParts, workspace: Workspace, person: SlackPerson) -> list[str]:
    desk = parts.door.desk
    places = [Address(channel="slack", account=workspace.team, person=person.user)]
    with suppress(SlackRefused):
        opened = await parts.calls.call(workspace.bot_token, "conversations.open", users=person.user)
        places.append(Address(channel="slack", account=workspace.team, thread=f"{opened['channel']['id']}/"))
    shown: list[tuple[Any, str]] = []
    for one in await desk.stores.lines.latest(workspace.tenant, places, most=MOST_RECENT):
        try:
            conversation = await desk.answerer.conversations.get(workspace.tenant, one)
        except NotFound:
            continue
        for exchange in conversation.exchanges:
            outcome = exchange.answer.outcome.value if exchange.answer else "refused"
            fate = slack_phrase(f"outcome_{outcome}", person.locale)
            shown.append((exchange.asked_at, f"{escaped(shortened(exchange.text, 300))}\n_{fate}_"))
    newest = sorted(shown, key=lambda each: each[0], reverse=True)
    return [line for _, line in newest[:MOST_RECENT]]


async def _settings(parts: SlackParts, workspace: Workspace, language: str) -> list[Block]:
    """What admins of the workspace can set."""
    channel = _channels(STAFF_CHANNEL)
    if workspace.staff_channel.startswith(("C", "G")):
        channel["initial_conversation"] = workspace.staff_channel
    change = button(RULES, slack_phrase("change", language), RULES)
    rules = await parts.workspaces.records.every_rule(workspace)
    lines = [_rule(name, rule, language) for name, rule in list(rules.items())[:MOST_RULES]]
    return [
        section(f"*{slack_phrase('home_settings', language)}*"),
        section(slack_phrase("home_staff", language), channel),
        section(slack_phrase("home_rules", language), change),
        *(context([one]) for one in lines),
    ]


def _rule(channel: str, rules: ChannelRules, language: str) -> str:
    when = slack_phrase(f"answers_{rules.answers}", language)
    whose = slack_phrase(f"audience_{rules.audience}", language)
    return f"<#{channel}>: {when} · {whose}"


def _leads(workspace: Workspace, person: SlackPerson) -> bool:
    return person.is_staff and (person.is_admin or person.user == workspace.installed_by)


def _check(workspace: Workspace, person: SlackPerson) -> None:
    if not _leads(workspace, person):
        raise Unauthorized(ONLY_ADMINS)


def _chosen(values: Mapping[str, Any], name: str) -> str:
    return str(values[name][name]["selected_option"]["value"])


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": shortened(text, 24)}


def _input(name: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _channels(name: str) -> Block:
    """What a channel is chosen with, public or private."""
    shown = {"include": ["public", "private"], "exclude_bot_users": True}
    return {"type": "conversations_select", "action_id": name, "filter": shown}


def _select(name: str, options: Mapping[str, str]) -> Block:
    given: Sequence[Block] = [
        {"text": {"type": "plain_text", "text": words}, "value": value} for value, words in options.items()
    ]
    return {"type": "static_select", "action_id": name, "options": given, "initial_option": given[0]}


KINDS: Mapping[str, Handler] = {
    "app_home_opened": opened,
    "assistant_thread_started": begun,
    "assistant_thread_context_changed": looked_at,
    "app_context_changed": looked_at,
}
ACTIONS: Mapping[str, Handler] = {STAFF_CHANNEL: choose_staff_channel}
SUBMISSIONS: Mapping[str, Handler] = {RULES: lay_down}
VIEWS: Mapping[str, View] = {RULES: rules_modal}
CHECKS: Mapping[str, Check] = {}
