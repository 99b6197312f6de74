"""A simulated Slack workspace: its people, channels, messages, files and views, in Slack's own shapes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import Refused

Json = dict[str, Any]

APP_ID = "A0FRONTDESK"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person or a bot of the workspace."""

    id: str
    name: str
    real_name: str
    email: str = ""
    is_guest: bool = False
    is_bot: bool = False
    is_admin: bool = False

    def shape(self, team_id: str) -> Json:
        """The user as `users.info` gives it."""
        profile = {"real_name": self.real_name, "display_name": self.name}
        if self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_admin": self.is_admin,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_stranger": False,
            "tz": "Europe/Berlin",
            "locale": "en-US",
            "profile": profile,
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or with `partner` the direct messages of that user with the app."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    partner: str = ""
    is_private: bool = False
    messages: dict[str, Json] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What events call `channel_type`."""
        return "im" if self.partner else "group" if self.is_private else "channel"

    def shape(self, bot: str) -> Json:
        """The channel as `conversations.info` gives it."""
        shape: Json = {"id": self.id, "is_im": bool(self.partner), "is_archived": False, "is_mpim": False}
        if self.partner:
            return shape | {"user": self.partner, "is_user_deleted": False}
        return shape | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_private": self.is_private,
            "is_member": bot in self.members,
            "is_general": self.name == "general",
            "num_members": len(self.members),
            "topic": {"value": ""},
            "purpose": {"value": ""},
        }

    def thread(self, ts: str) -> list[Json]:
        """The message `ts` and what was answered to it, oldest first."""
        return [one for at, one in self.messages.items() if at == ts or one.get("thread_ts") == ts]


@dataclass(slots=True, kw_only=True)
class Stream:
    """A streamed message while it grows: when it began (seconds), how often and how much was added."""

    began: float
    appends: int = 0
    characters: int = 0
    is_open: bool = True


@dataclass(slots=True, kw_only=True)
class Surfaces:
    """What the app shows beside messages."""

    homes: dict[str, Json] = field(default_factory=dict)
    """By user."""
    views: dict[str, Json] = field(default_factory=dict)
    """Open and closed modals by id."""
    open_views: dict[str, list[str]] = field(default_factory=dict)
    """By user the ids of the modals that lie on each other, the topmost last."""
    ephemerals: list[Json] = field(default_factory=list)
    statuses: dict[tuple[str, str], Json] = field(default_factory=dict)
    """By channel and thread."""
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    prompts: dict[tuple[str, str], Json] = field(default_factory=dict)
    """By channel and thread; the thread is empty for a whole direct conversation."""


class Workspace:
    """One team, with Ana, its admin, and Ben of the staff, a guest named Gus, and the app's bot.

    `number` sets its ids apart from those of other workspaces.
    """

    def __init__(self, number: int = 1, name: str = "Juniper & Lamp", *, bot_token: str) -> None:
        self.id = f"T{number:02d}JUNIPER"
        self.name = name
        self.bot_token = bot_token
        self.tail = f"{number:02d}"
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        self.files: dict[str, Json] = {}
        self.contents: dict[str, bytes] = {}
        self.surfaces = Surfaces()
        self._latest = 0
        self._serial = 0
        self._people()

    @property
    def bot(self) -> str:
        """The user id of the app's bot."""
        return f"U{self.tail}BOT"

    @property
    def bot_id(self) -> str:
        """What the bot's messages carry as `bot_id`."""
        return f"B{self.tail}BOT"

    def _people(self) -> None:
        for name, full, is_guest in (
            ("ana", "Ana Silva", False),
            ("ben", "Ben Okafor", False),
            ("gus", "Gus Guest", True),
        ):
            self.add_user(name, full, email=f"{name}@example.com", is_guest=is_guest)
        self.users[self.user("ana").id] = replace(self.user("ana"), is_admin=True)
        self.users[self.bot] = User(id=self.bot, name="frontdesk", real_name="Frontdesk", is_bot=True)
        staff = [self.user("ana").id, self.user("ben").id]
        self.add_channel("general", [*staff, self.user("gus").id, self.bot])
        self.add_channel("support", [*staff, self.bot])
        self.add_channel("random", [*staff, self.user("gus").id])

    def add_user(self, name: str, real_name: str, *, email: str = "", is_guest: bool = False) -> User:
        """A new member of the team, found by `name` from then on, and their direct messages with the app."""
        user = User(
            id=f"U{self.tail}{name.upper()}", name=name, real_name=real_name, email=email, is_guest=is_guest
        )
        self.users[user.id] = user
        direct = Channel(
            id=f"D{self.tail}{name.upper()}",
            name=name,
            partner=user.id,
            members=[user.id, f"U{self.tail}BOT"],
        )
        self.channels[direct.id] = direct
        return user

    def add_channel(self, name: str, members: list[str], *, is_private: bool = False) -> Channel:
        """A new channel with these users by id."""
        channel = Channel(id=f"C{self.tail}{name.upper()}", name=name, members=members, is_private=is_private)
        self.channels[channel.id] = channel
        return channel

    def serial(self, prefix: str) -> str:
        """A new id of this workspace."""
        self._serial += 1
        return f"{prefix}{self.tail}{self._serial:06d}"

    def timestamp(self, now: float) -> str:
        """A `ts` later than every one before it."""
        self._latest = max(self._latest + 1, int(now * 1_000_000))
        return f"{self._latest // 1_000_000}.{self._latest % 1_000_000:06d}"

    def user(self, said: str) -> User:
        """The user by id or name.

        Raises:
            Refused: `user_not_found`.
        """
        name = said.removeprefix("@").lower()
        for user in self.users.values():
            if said == user.id or name == user.name:
                return user
        raise Refused("user_not_found")

    def channel(self, said: str) -> Channel:
        """The channel by id or `#name`; a user's id stands for the direct messages with them.

        Raises:
            Refused: `channel_not_found`.
        """
        name = said.removeprefix("#")
        for channel in self.channels.values():
            if (
                said == channel.id
                or (not channel.partner and name == channel.name)
                or said == channel.partner
            ):
                return channel
        raise Refused("channel_not_found")

    def direct(self, user: str) -> Channel:
        """The direct messages of a user with the app."""
        return self.channel(self.user(user).id)

    def message(self, channel: Channel, ts: str) -> Json:
        """A message of the channel.

        Raises:
            Refused: `message_not_found`.
        """
        if ts not in channel.messages:
            raise Refused("message_not_found")
        return channel.messages[ts]

    def put(self, channel: Channel, message: Json) -> Json:
        """Keep a message that carries its `ts`, and count it in its thread."""
        channel.messages[message["ts"]] = message
        root = channel.messages.get(message.get("thread_ts", ""))
        if root is not None and root is not message:
            self.count(channel, root)
        return message

    def count(self, channel: Channel, root: Json) -> None:
        """Write into the first message of a thread who answered, how often, and when last."""
        replies = [one for one in channel.thread(root["ts"]) if one is not root]
        root["thread_ts"] = root["ts"]
        root["reply_count"] = len(replies)
        root["reply_users"] = list(dict.fromkeys(one["user"] for one in replies))
        root["reply_users_count"] = len(root["reply_users"])
        root["latest_reply"] = replies[-1]["ts"] if replies else ""
