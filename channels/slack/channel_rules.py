"""When the desk answers in a channel of Slack, and from whose documents."""

from __future__ import annotations

from channels.slack.parts import SlackParts
from core.slack_workspaces import ChannelRules, Workspace


async def rules_of(parts: SlackParts, workspace: Workspace, channel: str) -> ChannelRules:
    """How the desk behaves in a channel: as was laid down, else as the settings say."""
    laid_down = await parts.workspaces.records.rules(workspace, channel)
    return laid_down or ChannelRules(answers=parts.door.settings.slack.answers)
