"""Questions in Slack: answered in their thread, with sources, as far as the asker may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels.slack.channel import Handler, Sender

KINDS: Mapping[str, Handler] = {}
ACTIONS: Mapping[str, Handler] = {}
SUBMISSIONS: Mapping[str, Handler] = {}
SENDERS: Mapping[str, Sender] = {}
