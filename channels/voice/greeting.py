"""How a call begins: who speaks, that it is a machine, that the call is recorded; then the floor is open."""

from __future__ import annotations

from channels.voice.open_call import OpenCall

BACK = "back"
"""The parameter of a call that comes back from a transfer that nobody took; its value says why."""


AGAIN = "again"
"""The parameter of a call that is connected again because its connection broke."""


async def greet(open_call: OpenCall) -> None:
    """Say what must be heard, which can't be interrupted, and then what invites to speak."""
    parameters = open_call.call.parameters
    if parameters.get(BACK) or parameters.get(AGAIN):
        open_call.said = open_call.phrase("nobody_took_it" if parameters.get(BACK) else "cut_off")
        await open_call.mouth.say(open_call.said)
        await open_call.mouth.drained()
        return
    manners = open_call.manners
    must = manners.greeting.replace("{company}", manners.company)
    if not must:
        named = manners.company
        must = open_call.phrase("hello_of", company=named) if named else open_call.phrase("hello")
    if manners.is_recorded:
        must = f"{must} {manners.recording_notice or open_call.phrase('recorded')}"
    await open_call.mouth.say(must, is_protected=True)
    await open_call.mouth.drained()
    open_call.said = manners.invitation.get(open_call.language) or open_call.phrase("how_help")
    if open_call.waiting is not None:
        return
    await open_call.mouth.say(open_call.said)
    await open_call.mouth.drained()
