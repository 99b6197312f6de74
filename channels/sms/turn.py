"""One text message that is no keyword: files, MORE, a verdict by a digit, or something to be answered."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from channels.channel import MOST_ATTEMPTS, Regret, converse, message_of
from channels.door import Door
from channels.sms.keywords import wants_more
from channels.sms.media import fetch_media, read_in_time, take_in
from channels.sms.public_links import PublicLinks
from channels.sms.said import reply_to
from channels.sms.words import marked, texts_of
from channels.twilio_account import TwilioAccount
from core.access import conversation_audience
from core.documents import Document, DocumentStatus
from core.door_phrases import door_phrase
from core.errors import DeliveryUnavailable, RateLimited, Refused
from core.feedback import Feedback, Verdict
from core.inbox import Inbound, line_of
from core.lines import Line
from core.messages import Answer, AnswerId, Outcome
from core.outbound import OutboundMessage
from core.phrases import languages_in
from core.tenants import PUBLIC

HOUR_S = 3600.0
_VERDICTS: dict[str, Verdict] = {"1": "up", "2": "down"}
_RATED = frozenset({Outcome.ANSWERED, Outcome.UNSURE, Outcome.ACTED})
_UNRATED_ROUTES = frozenset({"small_talk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the line keeps between two messages.

    `pages` are those of the last answer that were not sent yet; None where it had one only.
    `rate` is the answer that a digit says something about, `done` the delivery it all follows from.
    """

    done: str = ""
    pages: list[str] | None = None
    rate: str = ""
    language: str = ""

    @classmethod
    def of(cls, line: Line) -> _Kept:
        return cls(**{name: line.state[name] for name in cls.__slots__ if name in line.state})

    def as_state(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Texts to be sent, in order, and what the line keeps after them."""

    messages: list[OutboundMessage] = field(default_factory=list)
    kept: _Kept


class SmsTurns:
    """Takes messages that may be answered. What is done twice has one effect."""

    def __init__(self, door: Door, account: TwilioAccount, url: str) -> None:
        self._door = door
        self._account = account
        self._links = PublicLinks(door.desk, url)

    async def take(self, inbound: Inbound) -> None:
        """Put the reply among the outbound messages, and keep what the next message may refer to.

        Raises:
            Refused: nothing is said, for the reason in its text. Unavailable: not now.
        """
        stores, chosen = self._door.desk.stores, self._door.settings.sms
        await self._check_pace(inbound)
        line = await stores.lines.enter(inbound.tenant, inbound.address, fresh_after_h=chosen.session_hours)
        kept = _Kept.of(line)
        if kept.done == inbound.id:
            return
        said = await self._said(inbound, line, kept)
        # The texts first: who dies in between says the same again, which is the same message.
        await stores.outbound.add(*said.messages)
        await stores.lines.keep(line, said.kept.as_state())

    async def _said(self, inbound: Inbound, line: Line, kept: _Kept) -> _Said:
        text = str(inbound.body.get("text", "")).strip()
        if media := inbound.body.get("media"):
            return await self._with_files(inbound, line, text, kept, media)
        if kept.pages is not None and wants_more(text):
            return self._next_page(inbound, line, kept)
        if kept.rate and not kept.pages and text in _VERDICTS:
            return await self._rated(inbound, line, kept, _VERDICTS[text])
        return await self._answered(inbound, line, text, kept)

    async def _check_pace(self, inbound: Inbound) -> None:
        """Let so many texts an hour through; the first that is too many gets one sentence.

        Raises:
            Refused: it is too many.
        """
        if inbound.attempts:
            return
        who = f"{inbound.tenant}:{line_of(inbound.address)}"
        most = self._door.settings.sms.texts_per_hour
        try:
            await self._door.desk.limits.take("texts", who, most=most, per_s=HOUR_S)
        except RateLimited as error:
            line = await self._door.desk.stores.lines.find(inbound.tenant, inbound.address)
            language = (line and _Kept.of(line).language) or self._first_language
            await self._door.desk.stores.outbound.add(self._slow_down(inbound, language))
            raise Refused("too many texts in an hour") from error

    async def _answered(self, inbound: Inbound, line: Line, text: str, kept: _Kept) -> _Said:
        """What the desk says to the words; nothing while a person has the conversation."""
        own = conversation_audience(line.conversation_id)
        message = message_of(inbound, line, text, audiences=frozenset({PUBLIC, own}), language=kept.language)
        async with aclosing(converse(self._door, inbound, message)) as events:
            ends = [event async for event in events if isinstance(event, Answer | Regret)]
        ending = ends[-1]
        if isinstance(ending, Regret):
            return _Said(
                messages=[self._regret(inbound, line, ending)],
                kept=_Kept(done=inbound.id, language=ending.language),
            )
        if not ending.text.strip():
            return _Said(kept=_Kept(done=inbound.id, language=kept.language))
        return await self._paged(inbound, line, ending)

    async def _paged(self, inbound: Inbound, line: Line, answer: Answer) -> _Said:
        """The answer's first page now, the others when they are asked for."""
        text, sources = marked(answer, await self._links.of(inbound.tenant, answer))
        last = door_phrase("rate_by_digit", answer.language) if await self._is_rated(line, answer) else ""
        texts = texts_of(text, sources, answer.language, most_parts=self._door.settings.sms.parts, last=last)
        rate = answer.id if last and texts[-1].endswith(last) else ""
        return _Said(
            messages=[reply_to(inbound, texts[0], conversation_id=line.conversation_id)],
            kept=_Kept(
                done=inbound.id,
                pages=list(texts[1:]) if len(texts) > 1 else None,
                rate=rate,
                language=answer.language,
            ),
        )

    def _next_page(self, inbound: Inbound, line: Line, kept: _Kept) -> _Said:
        text, *rest = kept.pages or [door_phrase("no_more", kept.language)]
        return _Said(
            messages=[reply_to(inbound, text, conversation_id=line.conversation_id)],
            kept=_Kept(done=inbound.id, pages=rest, rate=kept.rate, language=kept.language),
        )

    async def _rated(self, inbound: Inbound, line: Line, kept: _Kept, verdict: Verdict) -> _Said:
        address = inbound.address
        await self._door.desk.feedback.record(
            Feedback(
                tenant=inbound.tenant,
                answer_id=AnswerId(kept.rate),
                person=f"{address.channel}:{address.person}",
                verdict=verdict,
            )
        )
        words = door_phrase(f"thanks_{verdict}", kept.language)
        return _Said(
            messages=[reply_to(inbound, words, kind="notice", conversation_id=line.conversation_id)],
            kept=_Kept(done=inbound.id, language=kept.language),
        )

    async def _with_files(
        self, inbound: Inbound, line: Line, text: str, kept: _Kept, media: list[dict[str, str]]
    ) -> _Said:
        """What is said to files; words beside them are answered once the files are read, or soon."""
        language = kept.language or self._first_language
        notes = []
        for place, one in enumerate(media):
            taken = await self._taken(inbound, line, one, place)
            if isinstance(taken, Refused):
                notes.append(door_phrase("file_refused", language, reason=str(taken)))
            elif taken.status is DocumentStatus.REFUSED:
                notes.append(door_phrase("file_refused", language, reason=taken.reason or ""))
            elif not text:
                notes.append(door_phrase("file_taken", language, name=taken.name))
        told = (
            [reply_to(inbound, "\n".join(notes), kind="notice", conversation_id=line.conversation_id)]
            if notes
            else []
        )
        if not text:
            return _Said(messages=told, kept=_Kept(done=inbound.id, language=kept.language))
        said = await self._answered(inbound, line, text, kept)
        return _Said(messages=[*told, *said.messages], kept=said.kept)

    async def _taken(
        self, inbound: Inbound, line: Line, one: dict[str, str], place: int
    ) -> Document | Refused:
        ingester = self._door.desk.ingester
        most = self._door.settings.sms.media_bytes
        try:
            file = await fetch_media(one["url"], one["type"], self._account, most_bytes=most)
        except Refused as error:
            return error
        except DeliveryUnavailable as error:
            if inbound.attempts + 1 < MOST_ATTEMPTS:
                raise
            return Refused(str(error))
        taken = await take_in(file, f"{inbound.id}:{place}", line, ingester)
        return taken if isinstance(taken, Refused) else await read_in_time(taken, ingester)

    async def _is_rated(self, line: Line, answer: Answer) -> bool:
        """Whether a digit would say something about the answer, because nothing else waits for one."""
        if answer.outcome not in _RATED or answer.route in _UNRATED_ROUTES:
            return False
        dialogues = self._door.desk.answerer.understanding.dialogues
        dialogue = await dialogues.load(line.tenant, line.conversation_id)
        return dialogue.top is None

    def _regret(self, inbound: Inbound, line: Line, regret: Regret) -> OutboundMessage:
        if regret.text == door_phrase("slow_down", regret.language):
            return self._slow_down(inbound, regret.language)
        return reply_to(inbound, regret.text, conversation_id=line.conversation_id)

    def _slow_down(self, inbound: Inbound, language: str) -> OutboundMessage:
        """The sentence to who writes too much: one an hour, however often it is put."""
        window = int(time.time() // HOUR_S)
        words = door_phrase("slow_down", language)
        # Ids are logged, and numbers are not.
        line = sha256(line_of(inbound.address).encode()).hexdigest()[:16]
        return reply_to(inbound, words, kind="notice", id=f"slow:{line}:{window}")

    @property
    def _first_language(self) -> str:
        return languages_in(self._door.settings.languages)[0]
