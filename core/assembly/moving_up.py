"""Opens what `frontdesk migrate` moves data between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio.to_thread

from config.settings import Settings
from core.assembly.models import embedder_for
from core.assembly.stores import open_files, open_index, open_keys, open_records
from core.catalogue import Catalogue
from core.claims import Claims
from core.encryption import Keyring
from core.files import Files
from core.folder_store import FolderStore
from core.migration import Move, Progress
from core.outbox import Outbox


@asynccontextmanager
async def assemble_move(settings: Settings, progress: Progress) -> AsyncIterator[Move]:
    """The way from the data folder to the stores that the settings name; PostgreSQL is brought up to date.

    Raises:
        Misconfigured: a setting can't be met; the message names it.
        RecordsUnavailable: PostgreSQL is away.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        embedder = await anyio.to_thread.run_sync(embedder_for, settings)
        records = await open_records(settings, stack, upgrade=True)
        outbox = Outbox(records)
        old_files = Files(
            FolderStore(settings.data / "files"),
            Keyring.open(settings.files.encryption_key.get_secret_value(), settings.data / "files.key"),
        )
        stack.push_async_callback(old_files.close)
        yield Move(
            data=settings.data,
            catalogue=Catalogue(records, outbox),
            claims=Claims(records, outbox),
            outbox=outbox,
            records=records,
            files=await open_files(settings, stack, open_keys(settings)),
            old_files=old_files,
            index=open_index(settings, embedder, stack),
            embedder=embedder,
            progress=progress,
        )
