"""`frontdesk slack` as a process: over Socket Mode, cut off, killed and started again."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest
import yaml

from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_workspace import Json
from tests.fakes.commands import ROOT, frontdesk, ran

pytestmark = pytest.mark.anyio


def settings_of(slack: SlackSimulator) -> dict[str, str]:
    known = slack.world.credentials
    return {
        "SLACK__API_URL": slack.api_url,
        "SLACK__BOT_TOKEN": known.bot_token,
        "SLACK__APP_TOKEN": known.app_token,
        "SLACK__SIGNING_SECRET": known.signing_secret,
    }


def answers(slack: SlackSimulator, ts: str) -> list[Json]:
    return [one for one in slack.messages("dm", ts) if one.get("bot_id") and "metadata" in one]


async def begun(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    line = await asyncio.to_thread(process.stdout.readline)
    assert "api_url" in line, process.stderr.read() if process.stderr else ""


async def test_a_process_without_an_address_answers_also_after_it_was_cut_off_or_killed(
    tmp_path: Path,
) -> None:
    # What finds no connection is sent again, as Slack does, only sooner.
    slack = SlackSimulator(signing_secret="s", retry_delays=(0.5, 1, 2, 4, 8, 16))  # noqa: S106
    async with slack.serving():
        words = ("slack", "--data", str(tmp_path / "data"), "--json")
        with frontdesk(*words, **settings_of(slack)) as process:
            await begun(process)
            first = await slack.say("ana", "dm", "Do you mend lamps?")
            await slack.wait_until(lambda: answers(slack, first), 60)
            await slack.sockets.disconnect("refresh_requested")
            await slack.wait_until(lambda: slack.sockets.is_connected, 60)
            second = await slack.say("ana", "dm", "Do you sell socks?")
            await slack.wait_until(lambda: answers(slack, second), 60)
            slack.faults.stall("chat.postMessage", seconds=0.2)
            third = await slack.say("ana", "dm", "Do you wash rugs?")
            await slack.wait_until(lambda: not slack.faults.armed, 60)
            process.kill()
        with frontdesk(*words, **settings_of(slack)) as process:
            await begun(process)
            await slack.wait_until(lambda: answers(slack, third), 60)
            fourth = await slack.say("ana", "dm", "Do you fix clocks?")
            await slack.wait_until(lambda: answers(slack, fourth), 60)
            assert [len(answers(slack, ts)) for ts in (first, second, third, fourth)] == [1, 1, 1, 1]
            process.terminate()
            assert await asyncio.to_thread(process.wait, 30) == 0


async def test_a_token_that_is_missing_or_wrong_is_one_sentence(tmp_path: Path) -> None:
    slack = SlackSimulator(signing_secret="s")  # noqa: S106 - it opens nothing
    async with slack.serving():
        for changed, told in (
            ({"SLACK__APP_TOKEN": ""}, "set FRONTDESK_SLACK__APP_TOKEN"),
            ({"SLACK__APP_TOKEN": "xapp-wrong"}, "look at FRONTDESK_SLACK__APP_TOKEN"),
        ):
            with frontdesk(
                "slack", "--data", str(tmp_path / "data"), **settings_of(slack) | changed
            ) as process:
                _, errors = await asyncio.to_thread(process.communicate, None, 60)
                assert process.returncode == 1
                assert told in errors
                assert "Traceback" not in errors, errors


def test_the_manifest_can_be_pasted_as_it_is_printed() -> None:
    with frontdesk("slack", "manifest") as process:
        said, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert said == (ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
    made = ran("slack", "manifest", "--url", "https://desk.example")
    assert made["settings"]["socket_mode_enabled"] is False
    assert yaml.safe_load(said)["features"]["slash_commands"][0]["command"] == "/ask"
