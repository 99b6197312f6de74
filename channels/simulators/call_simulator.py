"""A telephone carrier on this machine: callers who call a desk, and the API for their calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from channels.http_server import listening, served
from channels.simulators.call_api import api_routes
from channels.simulators.call_caller import Caller
from channels.simulators.call_faults import ON_CONNECTING
from channels.simulators.call_line import Line, LineQuality
from channels.simulators.call_live import Dialled, Ends, LiveCall, Order
from channels.simulators.call_verbs import Verbs, carry_out
from channels.simulators.sms_faults import Faults
from channels.simulators.sms_simulator import FIRST_NUMBER
from channels.simulators.sms_webhooks import Delivery, Timing, Webhooks
from core.errors import Refused

CALLER = "+15005550177"
Script = Callable[[Caller], Awaitable[None]]
"""What a caller does, from the moment the desk answers; they hang up when it is over."""


class CallSimulator:
    """Twilio's calls, for one account: `await simulator.call(script)` places one, to its end."""

    def __init__(
        self, *, account_sid: str, auth_token: str, voice_url: str, status_url: str = "", ring_s: float = 1.0
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.voice_url = voice_url
        """Where a call that comes in is posted to."""
        self.status_url = status_url
        """Where the states of a call that comes in are posted to; nowhere where it is empty."""
        self.ring_s = ring_s
        self.dialled = Dialled()
        """What becomes of whom the desk dials."""
        self.api_url = ""
        """Where the REST API is served, once it is."""
        self.answers: Script | None = None
        """Who picks up when the desk calls out; nobody, where it is None."""
        self.calls: dict[str, LiveCall] = {}
        """Every call by its sid."""
        self.webhooks = Webhooks(auth_token, Timing(), Faults())
        self.watchers: list[Callable[[LiveCall], None]] = []
        """Who is told of each call as it is placed."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def deliveries(self) -> list[Delivery]:
        """Every post to the desk, in order."""
        return self.webhooks.deliveries

    async def call(
        self,
        script: Script,
        *,
        from_: str = CALLER,
        to: str = FIRST_NUMBER,
        quality: LineQuality | None = None,
        troubles: frozenset[str] = frozenset(),
    ) -> LiveCall:
        """Call the desk, do what the script says, and hang up; the call when all is over and told.

        `troubles` are faults of `ON_CONNECTING` that the call is placed with.

        Raises:
            Refused: a fault is none of those.
        """
        call = self.place(from_=from_, to=to, quality=quality)
        await self.carry(call, script, troubles)
        return call

    def place(
        self, *, from_: str = CALLER, to: str = FIRST_NUMBER, quality: LineQuality | None = None
    ) -> LiveCall:
        """A call that is dialled and not yet carried."""
        ends = Ends(account_sid=self.account_sid, from_=from_, to=to)
        call = LiveCall(ends, Line(quality), self.webhooks, self.status_url)
        call.api_url = self.api_url
        self._know(call)
        return call

    async def carry(self, call: LiveCall, script: Script, troubles: frozenset[str] = frozenset()) -> None:
        """Ring the desk and do what the script says, until all is over and told.

        Raises:
            Refused: a trouble is none of `ON_CONNECTING`.
        """
        if not troubles <= ON_CONNECTING:
            unknown = ", ".join(sorted(troubles - ON_CONNECTING))
            raise Refused(
                f"a call can't be placed with {unknown}: choose of {', '.join(sorted(ON_CONNECTING))}"
            )
        call.move("ringing")
        if await call.line.ended_or(self.ring_s):
            call.move("canceled")
            await call.told()
            return
        delivery = await call.ask(self.voice_url)
        if not delivery.is_taken:
            call.move("failed")
            call.line.end()
            await call.told()
            return
        await self._talk(call, Order(document=delivery.answer), script, troubles)

    def call_out(self, call: LiveCall, order: Order) -> None:
        """Ring whom the desk calls, in the background."""
        self._know(call)
        self.start(self._call_out(call, order))

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Let `work` run beside everything else; `aclose` waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def texted(self, phone: str, what: str, words: str) -> None:
        """Note what came of a text to a phone in its newest call, if it has called."""
        its = [call for call in self.calls.values() if call.ends.from_ == phone]
        if its:
            its[-1].line.note("desk", what, words)

    def _know(self, call: LiveCall) -> None:
        self.calls[call.sid] = call
        for watcher in self.watchers:
            watcher(call)

    async def aclose(self) -> None:
        """End every call and let go of the connections."""
        for call in self.calls.values():
            call.line.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.aclose()

    @asynccontextmanager
    async def serving(
        self, *, host: str = "127.0.0.1", port: int = 0, more: Sequence[BaseRoute] = ()
    ) -> AsyncIterator[str]:
        """Serve the REST API, and `more`, until the block ends; the address it is at. Port 0 is a free one.

        Raises:
            Misconfigured: the port is taken, or the address is none of this machine's.
        """
        with listening(host, port) as listener:
            async with served(Starlette(routes=[*api_routes(self), *more]), listener):
                try:
                    shown = f"[{host}]" if ":" in host else host
                    self.api_url = f"http://{shown}:{listener.getsockname()[1]}"
                    yield self.api_url
                finally:
                    await self.aclose()

    async def _call_out(self, call: LiveCall, order: Order) -> None:
        call.move("initiated")
        call.move("ringing")
        await call.line.ended_or(self.ring_s)
        if self.answers is None or call.line.ended.is_set():
            call.move("canceled" if call.line.ended.is_set() else "no-answer")
            call.line.end()
            await call.told()
            return
        await self._talk(call, order, self.answers, frozenset())

    async def _talk(self, call: LiveCall, first: Order, script: Script, troubles: frozenset[str]) -> None:
        call.move("in-progress")
        verbs = Verbs(call, self.auth_token, self.dialled, troubles)
        line = asyncio.create_task(call.line.run())
        desk = asyncio.create_task(carry_out(verbs, call, first))
        caller = asyncio.create_task(_follow(script, call.caller))
        ended = asyncio.create_task(call.line.ended.wait())
        try:
            await asyncio.wait({desk, ended, caller}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            call.line.end()
            await asyncio.wait({desk}, timeout=5)
            for task in (desk, caller, ended, line):
                task.cancel()
            results = await asyncio.gather(caller, desk, line, ended, return_exceptions=True)
            call.move("completed")
            await call.told()
        for result in results:
            if isinstance(result, Exception):
                raise result


async def _follow(script: Script, caller: Caller) -> None:
    await script(caller)
    if not caller.line.ended.is_set():
        caller.hang_up()
