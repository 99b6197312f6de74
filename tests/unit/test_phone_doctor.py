"""What the doctor says of the telephone."""

from __future__ import annotations

from typing import Any

import pytest

from channels.phone.doctor import phone_finding
from config.phone_settings import PhoneSettings
from config.settings import Settings

ACCOUNT = {"account_sid": "AC1", "auth_token": "t"}
PUBLIC = {"public_url": "https://desk.example"}


@pytest.mark.parametrize(
    ("phone", "web", "state", "words"),
    [
        ({"simulator": "never"}, {}, "note", "no calls are taken"),
        (ACCOUNT, {}, "bad", "no https address"),
        (ACCOUNT | {"transport": "relay"}, PUBLIC, "ok", "ConversationRelay"),
        ({"recogniser": "faster-whisper"}, {}, "note", "faster-whisper"),
        (ACCOUNT | {"recogniser": "moonshine"}, PUBLIC, "note", "hears by moonshine"),
        (ACCOUNT | {"speaker": "piper"}, PUBLIC, "bad", ""),
    ],
)
def test_it_names_what_is_missing(phone: dict[str, Any], web: dict[str, Any], state: str, words: str) -> None:
    finding = phone_finding(Settings(phone=PhoneSettings(**phone), web=web, _env_file=None))
    assert finding.state == state
    assert words in finding.says
    assert finding.fix or finding.state == "ok"
