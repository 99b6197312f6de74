"""How a call ends, or goes over to a person: the last words are always heard, and come before the deed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from channels.voice.call_report import EndReason
from channels.voice.open_call import Offer, OpenCall
from channels.voice.talk_parts import Way, WishReason
from core.errors import FrontdeskError

logger = logging.getLogger(__name__)

TAKE_S = 20.0
"""Longest wait for a hand-off to begin."""


async def leave(open_call: OpenCall, reason: EndReason, *phrases: str) -> None:
    """Say these sentences, which can't be interrupted, and leave the line.

    Raises:
        SpeechUnavailable: the voice is gone.
    """
    open_call.is_leaving = True
    open_call.reason = reason
    for name in phrases:
        await open_call.mouth.say(open_call.phrase(name), is_protected=True)
    await open_call.mouth.drained()
    await open_call.telephone.leave()
    open_call.on_left()


async def find_way(open_call: OpenCall, reason: WishReason) -> Way:
    """Which way to a person there is now."""
    hand_off = open_call.parts.hand_off
    if hand_off is None:
        return "none"
    try:
        return await hand_off.find(open_call.wish(reason))
    except FrontdeskError:
        logger.warning("hand_off_not_found")
        return "none"


async def go_over(
    open_call: OpenCall,
    reason: WishReason,
    way: Way,
    *before: str,
    meanwhile: Callable[[], Awaitable[object]] | None = None,
) -> None:
    """Say what comes next, see to it, and leave; where it can't be done, say so and stay.

    `before` are sentences that come first; `meanwhile` is done while the caller listens.

    Raises:
        SpeechUnavailable: the voice is gone.
    """
    open_call.is_leaving = True
    for name in (*before, "connecting" if way == "transfer" else "leave_message"):
        await open_call.mouth.say(open_call.phrase(name), is_protected=True)
    if meanwhile is not None:
        with suppress(FrontdeskError):
            await meanwhile()
    await open_call.mouth.drained()
    if not await take(open_call, reason, way):
        open_call.is_leaving = False
        open_call.said = open_call.phrase("not_connected")
        await open_call.mouth.say(open_call.said)
        await open_call.mouth.drained()
        return
    open_call.reason = "person" if way == "transfer" else "voicemail"
    await open_call.telephone.leave()
    open_call.on_left()


async def take(open_call: OpenCall, reason: WishReason, way: Way) -> bool:
    """Have the carrier do what comes next; whether it will."""
    hand_off = open_call.parts.hand_off
    if hand_off is None:
        return False
    try:
        async with asyncio.timeout(TAKE_S):
            await hand_off.take(open_call.wish(reason), way)
    except (FrontdeskError, TimeoutError):
        logger.warning("hand_off_failed", extra={"way": way})
        return False
    return True


async def offer_person(open_call: OpenCall, reason: WishReason) -> None:
    """Ask whether the caller wants a person, or to leave a message, where there is a way; once a call.

    Raises:
        SpeechUnavailable: the voice is gone.
    """
    way = await find_way(open_call, reason)
    if way == "none":
        return
    open_call.was_offered_person = True
    await open_call.mouth.drained()
    question = open_call.phrase("connect_now" if way == "transfer" else "take_message")
    open_call.offer = Offer(kind=way, reason=reason)
    open_call.said = question
    await open_call.mouth.say(question)
    await open_call.mouth.drained()


async def send_away(open_call: OpenCall) -> None:
    """All lines are busy: say so, and take a message where somebody can.

    Raises:
        SpeechUnavailable: the voice is gone.
    """
    open_call.is_leaving = True
    way = await find_way(open_call, "too_many")
    if way != "none":
        await go_over(open_call, "too_many", way, "too_many")
        if open_call.is_leaving:
            return
        await leave(open_call, "too_many", "call_later")
        return
    await leave(open_call, "too_many", "too_many", "call_later")


async def leave_without_voice(open_call: OpenCall) -> None:
    """Nothing can be said any more: a person or a voicemail takes over where one can, and the line ends."""
    open_call.is_leaving = True
    open_call.reason = "no_voice"
    way = await find_way(open_call, "no_voice")
    if way != "none":
        await take(open_call, "no_voice", way)
    await open_call.telephone.leave()
    open_call.on_left()
