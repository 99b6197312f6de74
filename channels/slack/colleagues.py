"""Who in Slack does something about which ticket, and what they are told when it can't be done."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from channels.slack.calls import SlackRefused
from channels.slack.parts import SlackParts
from channels.slack.people import SlackPerson, principal_of
from channels.slack.ticket_blocks import escaped
from core.access import Principal
from core.errors import NotFound, NotNow, Refused, Unauthorized
from core.inbox import Inbound
from core.slack_workspaces import TicketThread, Workspace
from core.staff_names import known_as
from core.tickets import Ticket, TicketId

FOR_STAFF = "Tickets are for the company's own people. Guests can't act on them."
_SLACK = re.compile(r"slack:(?P<team>[^:]+):(?P<user>[^:]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A ticket, the thread it is seen to in, and a colleague who does something about it."""

    workspace: Workspace
    person: SlackPerson
    staff: Principal
    thread: TicketThread
    ticket: Ticket


Step = Callable[[SlackParts, Scene, Inbound], Awaitable[None]]


async def scene_of(
    parts: SlackParts, team: str, user: str, ticket_id: str, place: tuple[str, str] = ("", "")
) -> Scene:
    """The scene of a click in a channel's thread (`place`), and of a modal that is handed in.

    Slack may show the first message before the desk knows that it was taken; who clicks on it
    then tells the desk where the thread is.

    Raises:
        NotFound: no ticket of this workspace is called so.
        Unauthorized: they are a guest, or of another company; they were told so.
    """
    workspace = await parts.workspace(team)
    thread = await parts.door.desk.stores.slack.thread_of(TicketId(ticket_id))
    if thread is None and all(place):
        ticket = await parts.door.desk.tickets.get(workspace.tenant, TicketId(ticket_id))
        found = TicketThread(
            ticket_id=ticket.id, tenant=ticket.tenant, team=team, channel=place[0], thread=place[1]
        )
        thread = await parts.door.desk.stores.slack.keep_thread(found)
    if thread is None or (thread.team, thread.tenant) != (team, workspace.tenant):
        raise NotFound(f"there is no ticket {ticket_id!r} in this workspace")
    person = await parts.people.of(workspace, user)
    if not person.is_staff:
        await whisper(parts, workspace, thread, user, FOR_STAFF)
        raise Unauthorized("tickets are for staff")
    return Scene(
        workspace=workspace,
        person=person,
        staff=principal_of(workspace, person),
        thread=thread,
        ticket=await parts.door.desk.tickets.get(workspace.tenant, thread.ticket_id),
    )


async def whisper(
    parts: SlackParts, workspace: Workspace, thread: TicketThread, user: str, text: str
) -> None:
    """Say something in the thread that only this person sees; one who has left it hears nothing."""
    with suppress(SlackRefused):
        await parts.calls.call(
            workspace.bot_token,
            "chat.postEphemeral",
            channel=thread.channel,
            thread_ts=thread.thread,
            user=user,
            text=text,
        )


async def act(parts: SlackParts, scene: Scene, inbound: Inbound, step: Step, *, words: str = "") -> None:
    """Do a step; where it is refused, tell the one who wanted it why, with the words they wrote."""
    try:
        await step(parts, scene, inbound)
    except Refused as error:
        kept = f"\n\nYour words, which went nowhere:\n{quoted_words(words)}" if words else ""
        told = await _sentence(parts, scene, error) + kept
        await whisper(parts, scene.workspace, scene.thread, scene.person.user, told)


def quoted_words(text: str) -> str:
    """The words as a quotation, safe to show."""
    return "\n".join(f"&gt; {line}" for line in escaped(text[:3000]).split("\n"))


async def name_in_slack(parts: SlackParts, workspace: Workspace, person: str) -> str:
    """How colleagues know a person: by their name in this workspace, else by the desk's."""
    found = _SLACK.fullmatch(person)
    if found and found["team"] == workspace.team:
        return (await parts.people.of(workspace, found["user"])).name or "A colleague"
    return known_as(person) if person else "The desk"


async def holder_of(parts: SlackParts, workspace: Workspace, ticket: Ticket) -> str:
    """Who has, or had, a ticket."""
    return ticket.holder or await name_in_slack(parts, workspace, ticket.taken_by or "")


async def obstacle(parts: SlackParts, scene: Scene, ticket: Ticket) -> str:
    """Why a person can't act on a ticket as it stands; empty where they can."""
    if ticket.status == "taken" and ticket.taken_by != scene.staff.person:
        return f"{await holder_of(parts, scene.workspace, ticket)} has this conversation."
    if ticket.status == "returned":
        return "This conversation was given back to the desk."
    if ticket.status == "closed":
        return "This ticket is closed."
    return ""


async def _sentence(parts: SlackParts, scene: Scene, error: Refused) -> str:
    if isinstance(error, NotNow):
        ticket = await parts.door.desk.tickets.get(scene.workspace.tenant, scene.ticket.id)
        if stands := await obstacle(parts, scene, ticket):
            return f"That was not done. {escaped(stands)}"
    return f"That was not done: {escaped(await _readable(parts, scene, str(error)))}."


async def _readable(parts: SlackParts, scene: Scene, text: str) -> str:
    """An error's text with names in place of the accounts in it."""
    for found in list(_SLACK.finditer(text)):
        person = found[0].rstrip("'")
        text = text.replace(f"'{person}'", await name_in_slack(parts, scene.workspace, person))
    return text
