"""FAQ entries in a ticket's thread: proposed by a colleague, or saved."""

from __future__ import annotations

from channels.slack.colleagues import name_in_slack
from channels.slack.ticket_blocks import button, context, escaped, quoted, section
from channels.slack.ticket_posts import Poster
from core.faq import SOURCE_PREFIX
from core.slack_workspaces import TicketThread


async def proposed(poster: Poster, thread: TicketThread) -> str:
    """What a colleague would have the desk say, with a button for an admin."""
    body = poster.message.body
    who = escaped(await name_in_slack(poster.parts, poster.workspace, body["by"]))
    name = poster.message.id.partition(":faq.proposed:")[2]
    blocks = [
        section(f":bulb: *{who}* proposes an FAQ entry"),
        *quoted(body["question"], lead="Customers ask"),
        *quoted(body["answer"], lead="The desk says"),
        {
            "type": "actions",
            "elements": [button("desk_faq_publish", "Look and publish", f"{poster.ticket.id}:{name}")],
        },
        context("For admins of this workspace. The desk says it once it is published."),
    ]
    return await poster.say(thread, poster.message.id, f"{who} proposes an FAQ entry", blocks)


async def saved(poster: Poster, thread: TicketThread) -> str:
    """That there is an entry now, and where it is."""
    body, url = poster.message.body, poster.parts.url
    who = escaped(await name_in_slack(poster.parts, poster.workspace, body["by"]))
    question = escaped(body["question"][:200]).replace("|", "¦")
    text = (
        f":bulb: *{who}* saved an FAQ entry: <{url}/sources/{SOURCE_PREFIX}{body['faq_id']}|{question}>. "
        f"It can be changed on the <{url}/admin|admin page>, tab FAQ."
    )
    return await poster.say(thread, poster.message.id, f"{who} saved an FAQ entry", [context(text)])
