"""Opens the telephone's door, as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.door import Door
from channels.phone.account import phone_account
from channels.phone.book import CallBook
from channels.phone.gate import CallGate
from channels.phone.plain_steps import PlainSteps
from channels.phone.recordings import SoundPasses
from channels.phone.running import RunningTalks
from channels.phone.switchboard import Numbers, Switchboard
from channels.phone.talking import open_talking
from channels.phone.twiml import TwimlWriter, load_twiml
from config.phone_settings import PhoneSettings
from config.settings import Settings
from core.phrases import languages_in


@asynccontextmanager
async def open_phone(door: Door, settings: Settings) -> AsyncIterator[Switchboard]:
    """The switchboard. Calls that go on when the block ends are cut off: await its `close` before."""
    chosen = settings.phone
    languages = languages_in(settings.languages)
    book = CallBook(door.desk.stores.lines, door.desk.access)
    plain = plain_steps(chosen)
    if chosen.is_real or settings.sms.is_real:
        await asyncio.to_thread(load_twiml)
    async with open_talking(door, settings, book) as talking:
        yield Switchboard(
            account=phone_account(settings),
            public_url=settings.web.public_url,
            sounds=SoundPasses(access=door.desk.access) if chosen.records else None,
            personas=talking.personas,
            numbers=Numbers(
                own=door.desk.tenant.id,
                groups=chosen.numbers,
                blocked=frozenset(each.strip() for each in chosen.blocked.split(",") if each.strip()),
            ),
            book=book,
            running=RunningTalks(CallGate(chosen.most_calls)),
            writer=TwimlWriter(
                url="",
                transport=chosen.transport,
                locales={code: chosen.locales.get(code, code) for code in languages},
                voices=chosen.relay_voices,
                longest_message_s=chosen.voicemail_seconds,
            ),
            plain=plain,
            steps=talking.people.steps,
            told=talking.people.keeper.told,
            sessions=talking.sessions,
            talks=talking.talks,
            recogniser=talking.recogniser,
            last_calls_s=chosen.last_calls_seconds,
        )


def plain_steps(chosen: PhoneSettings) -> PlainSteps:
    """What follows a talk, by the settings alone."""
    return PlainSteps(
        transfer_number=chosen.transfer_number,
        rings_s=chosen.transfer_rings_seconds,
        has_voicemail=chosen.voicemail,
    )
