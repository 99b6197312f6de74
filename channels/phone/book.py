"""`CallBook`: what the door knows of each call, in whichever process: its line, pass and plan."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from channels.voice.telephone import Call
from core.access import Access
from core.errors import NotFound, Unauthorized
from core.lines import Line, Lines
from core.messages import Address
from core.tenants import TenantId

CHANNEL = "phone"
PASS_LIFE = timedelta(minutes=2)
"""How long a pass opens the socket: Twilio connects at once."""
ENDS_WITHIN_S = 8.0
"""How long a talk may take to end once its socket has closed; after that its process is held to be gone."""
_LOOKS_EVERY_S = 0.1
_PURPOSE = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A call that came in: whose number was called, and by whom."""

    id: str
    tenant: TenantId
    caller: str
    called: str
    language: str

    @property
    def address(self) -> Address:
        """The line of this call alone: a number shows nobody, and several may call from one at a time."""
        return Address(channel=CHANNEL, account=self.called, person=self.caller, thread=self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a call."""

    call: Call
    talks: int = 0
    plan: Mapping[str, str] = field(default_factory=dict)
    talk: Literal["", "on", "left", "broken"] = ""
    """How the newest talk stands: not begun, under way, ended in order, or its connection broke."""


class CallBook:
    """Calls by their line: the line's state is the call's. Every process sees the same."""

    def __init__(self, lines: Lines, access: Access) -> None:
        self._lines = lines
        self._access = access

    async def arrive(self, arrival: Arrival) -> Known:
        """A conversation for the call; the same call again has the same one."""
        line = await self._lines.enter(arrival.tenant, arrival.address)
        return _known(arrival, line)

    async def find(self, arrival: Arrival) -> Known:
        """What is known of a call.

        Raises:
            NotFound: it never arrived here.
        """
        return _known(arrival, await self._line(arrival))

    async def admit(self, arrival: Arrival, parameters: Mapping[str, str]) -> str:
        """A pass that opens one socket for the call, soon and once; those before it open none any more."""
        nonce = secrets.token_urlsafe(12)
        line = await self._line(arrival)

        def give(state: dict[str, Any]) -> dict[str, Any]:
            new = {"pass": nonce, "given": dict(parameters), "talk": "", "plan": {}}
            return state | new | {"talks": state.get("talks", 0) + 1}

        await self._lines.amend(line, give)
        values = {
            "c": arrival.id, "t": arrival.tenant, "f": arrival.caller, "d": arrival.called,
            "l": arrival.language, "n": nonce,
        }  # fmt: skip
        return self._access.seal(_PURPOSE, values, PASS_LIFE)

    async def redeem(self, sealed: str, call_id: str) -> Call:
        """The call that a pass was given for; it is used up.

        Raises:
            Unauthorized: it is forged, too old, used up, or another call's.
        """
        values = self._access.unseal(_PURPOSE, sealed)
        if not call_id or values["c"] != call_id:
            raise Unauthorized("this pass is another call's")
        arrival = Arrival(
            id=values["c"],
            tenant=TenantId(values["t"]),
            caller=values["f"],
            called=values["d"],
            language=values["l"],
        )

        def use(state: dict[str, Any]) -> dict[str, Any]:
            if state.get("pass") != values["n"]:
                return state
            return state | {"pass": "", "talk": "on"}

        try:
            line = await self._line(arrival)
            before, _ = await self._lines.amend(line, use)
        except NotFound as error:
            raise Unauthorized("this pass is for a call that nobody knows") from error
        if before.get("pass") != values["n"]:
            raise Unauthorized("this pass was used before")
        return _call(arrival, line, before.get("given", {}))

    async def plan(self, call: Call, plan: Mapping[str, str]) -> None:
        """Keep what is to follow the talk, such as {"way": "transfer"}, before the talk leaves the line.

        Raises:
            NotFound: the call never arrived here.
        """
        line = await self._line(_arrival(call))
        await self._lines.amend(line, lambda state: state | {"plan": dict(plan)})

    async def end_talk(self, call: Call, *, is_broken: bool) -> None:
        """Keep how the talk's connection ended.

        Raises:
            NotFound: the call never arrived here.
        """
        line = await self._line(_arrival(call))
        await self._lines.amend(line, lambda state: state | {"talk": "broken" if is_broken else "left"})

    async def ended(self, arrival: Arrival, within_s: float = ENDS_WITHIN_S) -> Known:
        """What is known of a call once its talk has ended, in whichever process; as it is when time is up.

        Raises:
            NotFound: it never arrived here.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        known = await self.find(arrival)
        while known.talk == "on" and loop.time() < until:
            await asyncio.sleep(_LOOKS_EVERY_S)  # The talk may be another process's, which sends no word.
            known = await self.find(arrival)
        return known

    async def _line(self, arrival: Arrival) -> Line:
        line = await self._lines.find(arrival.tenant, arrival.address)
        if line is None:
            raise NotFound(f"no call {arrival.id} came in here")
        return line


def _arrival(call: Call) -> Arrival:
    return Arrival(
        id=call.id,
        tenant=TenantId(call.tenant),
        caller=call.caller,
        called=call.called,
        language=call.language,
    )


def _call(arrival: Arrival, line: Line, parameters: Mapping[str, str]) -> Call:
    return Call(
        id=arrival.id,
        tenant=arrival.tenant,
        caller=arrival.caller,
        called=arrival.called,
        conversation_id=line.conversation_id,
        language=arrival.language,
        parameters=dict(parameters),
    )


def _known(arrival: Arrival, line: Line) -> Known:
    state = line.state
    return Known(
        call=_call(arrival, line, state.get("given", {})),
        talks=state.get("talks", 0),
        plan=state.get("plan", {}),
        talk=state.get("talk", ""),
    )
