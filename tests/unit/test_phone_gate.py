"""Places for calls: promised, taken, given back, and none once the desk is told to stop."""

from __future__ import annotations

import asyncio

from channels.phone.gate import CONNECTS_WITHIN_S, CallGate
from channels.simulators.call_clock import run_virtually


def test_places_are_promised_taken_and_given_back() -> None:
    async def main() -> None:
        gate = CallGate(2)
        assert gate.promise("a")
        assert gate.promise("b")
        assert gate.promise("a"), "the same call has the same place"
        assert not gate.promise("c")
        assert gate.enter("a")
        assert not gate.enter("a"), "one socket for each call"
        assert not gate.enter("c")
        gate.leave("b")
        assert gate.enter("c"), "a socket may come to another process than the call did"
        assert gate.inside == {"a", "c"}

    run_virtually(main())


def test_a_promise_is_forgotten_where_no_socket_comes() -> None:
    async def main() -> None:
        gate = CallGate(1)
        assert gate.promise("a")
        await asyncio.sleep(CONNECTS_WITHIN_S + 1)
        assert gate.promise("b")

    run_virtually(main())


def test_a_closed_gate_keeps_its_promises_and_makes_none() -> None:
    async def main() -> None:
        gate = CallGate(3)
        gate.promise("a")
        gate.close()
        assert gate.enter("a")
        assert not gate.promise("b")
        assert not gate.enter("b")
        assert not await gate.emptied(1)
        asyncio.get_running_loop().call_later(1, gate.leave, "a")
        assert await gate.emptied(5)

    run_virtually(main())
