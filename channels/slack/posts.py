"""One answer as messages in a thread: streamed while it grows, and whole at the end whatever went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import anyio

from channels.slack.blocks import sections, words_block
from channels.slack.calls import SlackCalls, SlackRefused
from channels.slack.spots import Below, Spot, payload_of
from channels.slack.words import cut, shortened
from core.errors import DeliveryUnavailable, RateLimited

STREAM_S = 240.0
"""Slack ends a stream after five minutes, however busy it is."""
LONGEST_PAGE = 10_000
"""Characters of one message; Slack takes 12,000 in a call."""
BUFFER = 256
PACE_S, SLOW_PACE_S = 1.0, 2.0
"""Least seconds between two calls for one stream, and between two that carry little."""
PATIENCE_S = 30.0
"""Longest pause that Slack may ask for before the rest is left for another attempt."""
MOST_PAUSES = 4
NO_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_arguments", "msg_blocks_too_long"})


@dataclass(slots=True, kw_only=True)
class _Page:
    """One message: what is to stand in it, and how much of that Slack is known to have."""

    text: str = ""
    sent: int = 0
    ts: str = ""
    began: float = 0.0
    is_open: bool = False
    """Whether it may still be a stream, which has to be stopped before it can be changed."""
    takes_more: bool = False
    is_sure: bool = True
    """Whether what stands there is known."""
    is_done: bool = False


@dataclass(slots=True, kw_only=True)
class AnswerPosts:
    """An answer on its way. `clock` gives seconds."""

    calls: SlackCalls
    spot: Spot
    clock: Callable[[], float] = time.monotonic
    _pages: list[_Page] = field(default_factory=list)
    _waiting: str = ""
    _can_stream: bool = True
    _has_lost: bool = False
    _spoke: float = 0.0
    _rest_until: float = 0.0

    @property
    def has_spoken(self) -> bool:
        """Whether anything of the answer stands in the thread."""
        return any(page.ts for page in self._pages)

    async def find(self) -> bool:
        """Take up what an earlier attempt left in the thread; whether that is all of the answer.

        Raises:
            RateLimited, DeliveryUnavailable: Slack did not show the thread.
        """
        spot, self._can_stream, self._has_lost = self.spot, False, False
        try:
            thread = await self._call(
                "conversations.replies",
                ts=spot.thread,
                oldest=spot.after,
                limit=200,
                include_all_metadata=True,
            )
        except SlackRefused:
            return False
        found = [one for one in thread.get("messages", ()) if self._is_of_answer(one)]
        self._pages = [_Page(ts=one["ts"], is_open=True, is_sure=False) for one in found]
        self._can_stream = not found
        return any(payload_of(one).get("is_last") for one in found)

    async def grow(self, words: str) -> None:
        """More of the answer, as Markdown. What Slack does not take now is there at the end."""
        self._waiting += words
        now = self.clock()
        quiet = now - self._spoke
        is_due = not self._pages or (quiet >= PACE_S and len(self._waiting) >= BUFFER) or quiet >= SLOW_PACE_S
        if not self._can_stream or now < self._rest_until or not is_due or not self._waiting.strip():
            return
        try:
            await self._stream()
        except RateLimited as error:
            self._rest_until = self.clock() + error.retry_after_s
        except DeliveryUnavailable:
            self._can_stream = False
            if self._pages and self._pages[-1].takes_more:
                self._pages[-1].is_sure = False
            else:
                self._has_lost = True
        except SlackRefused:
            if self._pages and self._pages[-1].takes_more:
                # It has expired, or is full: what follows begins a message of its own.
                self._pages[-1].takes_more = False
            else:
                self._can_stream = False

    async def end(self, whole: str, below: Below) -> None:
        """Let the thread show the whole answer, and what stands below it, once.

        Raises:
            RateLimited, DeliveryUnavailable: not now; `find` takes up what is there next time.
            SlackRefused: Slack takes no message there.
        """
        if self._has_lost:
            await self.find()
        self._lay_out(whole)
        used = [page for page in self._pages if page.text]
        for page in used:
            is_last = page is used[-1]
            if is_last or not page.is_done:
                await self._complete(page, below if is_last else Below(), is_last=is_last)
        for page in self._pages:
            if not page.text and page.ts:
                await self._take_away(page)

    async def _stream(self) -> None:
        """Hand on what waits: to the stream that is open, or as the beginning of another."""
        page = self._pages[-1] if self._pages else None
        if page is not None and page.takes_more and self._is_full(page):
            await self._close(page)
        if page is None or not page.takes_more:
            await self._begin()
            return
        words = cut(self._waiting, LONGEST_PAGE)[0]
        await self._call("chat.appendStream", ts=page.ts, markdown_text=words)
        self._sent(page, words)

    def _is_full(self, page: _Page) -> bool:
        is_old = self.clock() - page.began >= STREAM_S
        return is_old or page.sent + len(self._waiting) > LONGEST_PAGE

    async def _begin(self) -> None:
        spot, words = self.spot, cut(self._waiting, LONGEST_PAGE)[0]
        is_direct = spot.channel.startswith("D")
        begun = await self._call(
            "chat.startStream",
            thread_ts=spot.thread,
            markdown_text=words,
            recipient_team_id=None if is_direct else spot.team,
            recipient_user_id=None if is_direct else spot.user,
        )
        page = _Page(ts=begun["ts"], began=self.clock(), is_open=True, takes_more=True)
        self._pages.append(page)
        self._sent(page, words)

    async def _close(self, page: _Page) -> None:
        await self._call("chat.stopStream", ts=page.ts, metadata=self.spot.metadata(is_last=False))
        page.is_open, page.takes_more, page.is_done = False, False, True

    def _sent(self, page: _Page, words: str) -> None:
        page.text += words
        page.sent = len(page.text)
        self._waiting = self._waiting[len(words) :]
        self._spoke = self.clock()

    def _lay_out(self, whole: str) -> None:
        """Decide what stands in which message: what was streamed stays where it begins the whole."""
        streamed = "".join(page.text for page in self._pages)
        if not whole.startswith(streamed) or not all(page.ts and page.sent for page in self._pages):
            rest = cut(whole, LONGEST_PAGE) if whole else []
            for page in self._pages:
                page.text, page.sent, page.is_sure, page.is_done = "", 0, False, False
            for place, words in enumerate(rest):
                if place == len(self._pages):
                    self._pages.append(_Page())
                self._pages[place].text = words
            return
        rest_of = whole[len(streamed) :]
        last = self._pages[-1] if self._pages else None
        if last is not None and not last.is_done and len(last.text) + len(rest_of) <= LONGEST_PAGE:
            last.text += rest_of
        elif rest_of:
            self._pages += [_Page(text=words) for words in cut(rest_of, LONGEST_PAGE)]

    async def _complete(self, page: _Page, below: Below, *, is_last: bool) -> None:
        if page.takes_more and page.is_sure and await self._stopped(page, below, is_last=is_last):
            return
        if page.ts and page.is_open:
            await self._stop_bare(page)
        texts = (words_block(page.text), words_block(page.text), sections(page.text))
        belows = (below.blocks, below.plain, below.plain)
        shown = shortened(page.text, 300)
        method = "chat.update" if page.ts else "chat.postMessage"
        given: dict[str, Any] = {"ts": page.ts}
        if not page.ts:
            given = {"thread_ts": self.spot.thread, "unfurl_links": False, "unfurl_media": False}
        for step, (text, rest) in enumerate(zip(texts, belows, strict=True)):
            try:
                answer = await self._patiently(
                    method,
                    text=shown,
                    blocks=[*text, *rest],
                    metadata=self.spot.metadata(is_last=is_last),
                    **given,
                )
            except SlackRefused as refused:
                if refused.code not in NO_BLOCKS or step == len(texts) - 1:
                    raise
            else:
                page.ts, page.is_done, page.is_open = answer.get("ts", page.ts), True, False
                return

    async def _stopped(self, page: _Page, below: Below, *, is_last: bool) -> bool:
        """Whether the stream took the rest and what stands below, and is closed."""
        for blocks in (below.blocks, below.plain):
            try:
                await self._patiently(
                    "chat.stopStream",
                    ts=page.ts,
                    markdown_text=page.text[page.sent :] or None,
                    blocks=list(blocks) or None,
                    metadata=self.spot.metadata(is_last=is_last),
                )
            except SlackRefused as refused:
                if refused.code not in NO_BLOCKS:
                    return False
            else:
                page.is_open, page.is_done = False, True
                return True
        return False

    async def _stop_bare(self, page: _Page) -> None:
        with suppress(SlackRefused):
            await self._patiently("chat.stopStream", ts=page.ts)
        page.is_open = False

    async def _take_away(self, page: _Page) -> None:
        if page.is_open:
            await self._stop_bare(page)
        with suppress(SlackRefused):
            await self._patiently("chat.delete", ts=page.ts)

    def _is_of_answer(self, message: dict[str, Any]) -> bool:
        """Whether a message of the thread is this answer's, or a stream of it that was cut off."""
        spot = self.spot
        if message.get("user") != spot.bot_user or float(message["ts"]) <= float(spot.after):
            return False
        if "metadata" not in message:
            return not message.get("subtype")
        return bool(payload_of(message).get("message_id") == spot.message_id)

    async def _patiently(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """The call, again after the pauses that Slack asks for."""
        for _ in range(MOST_PAUSES):
            try:
                return await self._call(method, **arguments)
            except RateLimited as error:
                if error.retry_after_s > PATIENCE_S:
                    raise
                await anyio.sleep(error.retry_after_s)
        return await self._call(method, **arguments)

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return await self.calls.call(self.spot.token, method, channel=self.spot.channel, **arguments)
