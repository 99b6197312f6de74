"""Whatever is asked of the simulated Web API, it answers in Slack's way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from channels.simulators.credentials import slack_credentials
from channels.simulators.slack_api import METHODS
from channels.simulators.slack_simulator import SlackSimulator

NAMES = (
    "channel channel_id user users user_id text markdown_text blocks chunks metadata ts thread_ts message_ts "
    "timestamp view view_id trigger_id title status loading_messages limit cursor oldest latest files "
    "include_all_metadata file filename length name email types recipient_team_id recipient_user_id "
    "prompts hash"
).split()
KNOWN = [
    "C01SUPPORT",
    "D01ANA",
    "U01ANA",
    "1.000001",
    "[]",
    "{}",
    "[{}]",
    '{"type":"home"}',
    "modal",
    "section",
    "1",
]
LEAVES = some.none() | some.booleans() | some.integers() | some.text(max_size=9) | some.sampled_from(KNOWN)
KEYS = some.sampled_from(
    [
        *NAMES,
        "type",
        "elements",
        "element",
        "label",
        "options",
        "fields",
        "accessory",
        "id",
        "action_id",
        "block_id",
    ]
)
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
KINDS = some.sampled_from(
    "section header context actions input markdown rich_text context_actions divider image".split()
)
BLOCKS = some.lists(
    some.builds(
        lambda kind, rest: {**rest, "type": kind}, KINDS, some.dictionaries(KEYS, VALUES, max_size=4)
    ),
    max_size=3,
)
CALLS = some.dictionaries(some.sampled_from(NAMES), VALUES | BLOCKS, max_size=6)


def simulated(**more: Any) -> SlackSimulator:
    return SlackSimulator(signing_secret="s", bot_token="xoxb-t", **more)  # noqa: S106 - they open nothing


@settings(max_examples=200, deadline=None)
@given(
    method=some.sampled_from(sorted(METHODS)),
    arguments=CALLS,
    place=some.sampled_from(["C01SUPPORT", "D01ANA"]),
)
def test_any_arguments_are_answered_with_ok_or_an_error(
    method: str, arguments: dict[str, Any], place: str
) -> None:
    slack = simulated()
    answer = slack.api.carried_out(method, {"channel": place, **arguments}, "xoxb-t")
    assert answer["ok"] or answer["error"]


@pytest.mark.parametrize("end", [{"text": "x"}, {"blocks": [{"type": "divider"}]}])
def test_times_of_messages_are_their_own_and_rise_while_the_clock_stands(end: dict[str, Any]) -> None:
    slack = simulated(clock=lambda: 1_700_000_000.0)
    stamps = [
        slack.api.carried_out("chat.postMessage", {"channel": "C01SUPPORT", **end}, "xoxb-t")["ts"]
        for _ in range(3)
    ]
    assert stamps == ["1700000000.000000", "1700000000.000001", "1700000000.000002"]


def test_credentials_follow_from_the_secret_of_the_data_folder(tmp_path: Path) -> None:
    one = slack_credentials(tmp_path / "one")
    assert one == slack_credentials(tmp_path / "one")
    assert one.signing_secret != slack_credentials(tmp_path / "two").signing_secret
    assert one.bot_token.startswith("xoxb-")
    assert one.signing_secret not in repr(one)
