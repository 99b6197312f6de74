"""`Door`: what every route reaches through the app: the desk, the settings, the meters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from channels.metrics import Meters
from config.settings import Settings
from core.assembly import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One per app."""

    desk: Desk
    settings: Settings
    meters: Meters = field(default_factory=Meters)

    @property
    def is_https(self) -> bool:
        """Whether people reach the desk over TLS."""
        return self.settings.web.public_url.startswith("https://")

    def address(self, connection: HTTPConnection) -> str:
        """Where people reach the desk, without a slash at the end: as it was set, else as they came."""
        return (self.settings.web.public_url or str(connection.base_url)).rstrip("/")


def door_of(connection: HTTPConnection) -> Door:
    """The door of the app that serves this connection."""
    return cast(Door, connection.app.state.door)


DoorOf = Annotated[Door, Depends(door_of)]
