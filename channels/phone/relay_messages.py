"""What ConversationRelay sends, read with care: what is not understood is left out, and nothing is trusted.

The shapes are those of Twilio's page "Getting and sending WebSocket messages". The names and values of `info`
messages are documented nowhere: several spellings are taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 64_000
MOST_WORDS = 2000
"""Characters of one utterance; what is longer was no single thing to say."""
_KEYS = frozenset("0123456789*#ABCD")
_ON = frozenset({"on", "true", "start", "started", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """The session begins."""

    account: str
    call: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the caller says; `is_last` where they are held to have finished."""

    text: str
    language: str
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """The caller cut in, and Twilio fell silent: what of the desk's words was heard until then."""

    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A key."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensPlayed:
    """Words of the desk's that have been heard."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """Somebody begins or ends to speak."""

    is_caller: bool
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Twilio did not understand a message of ours."""

    text: str


Incoming = SetUp | Prompt | Interrupt | Pressed | TokensPlayed | Speaking | Trouble


def read_message(text: str) -> Incoming | None:
    """The message; None where it is none, or none that matters.

    >>> read_message('{"type": "dtmf", "digit": "1"}')
    Pressed(digit='1')
    >>> read_message('{"type":') is None
    True
    """
    if len(text) > MOST_CHARACTERS:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    kind = said.get("type")
    read = _KINDS.get(kind) if isinstance(kind, str) else None
    return read(said) if read else None


def primary(tag: object) -> str:
    """The language of a locale.

    >>> primary("de-DE")
    'de'
    """
    return _text(tag).replace("_", "-").partition("-")[0].lower()[:8]


def _set_up(said: Mapping[str, Any]) -> Incoming | None:
    given = said.get("customParameters")
    parameters = given if isinstance(given, dict) else {}
    return SetUp(
        account=_text(said.get("accountSid")),
        call=_text(said.get("callSid")),
        parameters={str(name): value for name, value in parameters.items() if isinstance(value, str)},
    )


def _prompt(said: Mapping[str, Any]) -> Incoming | None:
    text = said.get("voicePrompt")
    if not isinstance(text, str):
        return None
    is_last = said.get("last", True) is not False
    return Prompt(text=text.strip()[:MOST_WORDS], language=primary(said.get("lang")), is_last=is_last)


def _interrupt(said: Mapping[str, Any]) -> Incoming | None:
    return Interrupt(heard=_text(said.get("utteranceUntilInterrupt")))


def _pressed(said: Mapping[str, Any]) -> Incoming | None:
    digit = _text(said.get("digit")).upper()
    return Pressed(digit=digit) if digit in _KEYS and len(digit) == 1 else None


def _trouble(said: Mapping[str, Any]) -> Incoming | None:
    return Trouble(text=_text(said.get("description"))[:200])


def _info(said: Mapping[str, Any]) -> Incoming | None:
    name = _text(said.get("name") or said.get("event")).replace("-", "").replace("_", "").lower()
    if name == "tokensplayed":
        return _played(said)
    if name in ("agentspeaking", "clientspeaking"):
        value = said.get("value", said.get("state", said.get("status")))
        is_on = str(value).lower() in _ON
        return Speaking(is_caller=name == "clientspeaking", is_on=is_on)
    return None


def _played(said: Mapping[str, Any]) -> Incoming | None:
    values = (said.get(name) for name in ("value", "tokens", "token", "text"))
    text = next((value for value in values if isinstance(value, str) and value), "")
    return TokensPlayed(text=text) if text else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


_KINDS: dict[str, Callable[[Mapping[str, Any]], Incoming | None]] = {
    "setup": _set_up,
    "prompt": _prompt,
    "interrupt": _interrupt,
    "dtmf": _pressed,
    "error": _trouble,
    "info": _info,
    "tokens-played": _played,
}
