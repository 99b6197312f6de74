"""A call as the carrier knows it: who calls whom, its state, and how the desk is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urljoin

from channels.simulators.call_caller import Caller
from channels.simulators.call_line import Line
from channels.simulators.call_recording import Recording
from channels.simulators.sms_texts import API_VERSION, new_sid
from channels.simulators.sms_webhooks import Delivery, Post, Webhooks

ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Whose account it is, and who calls whom; numbers as +1..."""

    account_sid: str
    from_: str
    to: str
    direction: str = "inbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the desk wants done next: a document of its own, or the address of one."""

    document: str = ""
    url: str = ""


class LiveCall:
    """One call, from when it is placed to after its end."""

    def __init__(self, ends: Ends, line: Line, webhooks: Webhooks, status_url: str = "") -> None:
        self.ends = ends
        self.sid = new_sid("CA")
        self.line = line
        self.caller = Caller(line)
        self.status = "queued"
        self.status_url = status_url
        self.orders: asyncio.Queue[Order] = asyncio.Queue()
        """What the desk asked for over the REST API while the call goes on."""
        self.said: list[str] = []
        """What the carrier's own voice said, and the relay's."""
        self.dialled: list[str] = []
        """Whom the desk had the call connected to."""
        self.recordings: dict[str, bytes] = {}
        """What `<Record>` took down, µ-law, by its sid."""
        self.document_url = ""
        self.api_url = ""
        """Where the REST API is, for the addresses of recordings."""
        self.webhooks = webhooks
        self._count = 0
        self._last: asyncio.Task[None] | None = None
        self._answered_s = 0.0

    @property
    def recording(self) -> Recording:
        """Both sides' sound and the timeline."""
        return self.line.recording

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self.status in ENDED

    def fields(self) -> dict[str, str]:
        """What every post about this call says."""
        return {
            "AccountSid": self.ends.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.ends.to,
            "Caller": self.ends.from_,
            "Direction": self.ends.direction,
            "From": self.ends.from_,
            "To": self.ends.to,
        }

    def recording_url(self, sid: str) -> str:
        """Where the API has a recording, without the ending that says in which format."""
        place = f"{API_VERSION}/Accounts/{self.ends.account_sid}/Recordings/{sid}"
        return f"{self.api_url}/{place}"

    def move(self, status: str) -> None:
        """Go to a state and tell the status callback of it."""
        self.status = status
        self.line.note("carrier", status)
        if status == "in-progress":
            self._answered_s = self.line.now_s
        more: dict[str, str] = {}
        if self.is_over:
            length_s = round(self.line.now_s - self._answered_s) if self._answered_s else 0
            more = {"CallDuration": str(length_s), "Duration": str(-(-length_s // 60))}
        if self.status_url and status != "queued":
            self.tell(self.status_url, {"SequenceNumber": str(self._count), **more})
            self._count += 1

    def tell(self, url: str, more: dict[str, str]) -> None:
        """Post to the desk in the background, after what was posted so before."""
        fields = self.fields() | {"CallbackSource": "call-progress-events"} | more
        self._last = asyncio.create_task(self._tell(self._last, Post(url=url, fields=fields)))

    async def ask(self, url: str, more: dict[str, str] | None = None) -> Delivery:
        """Post to the desk for a document; the answer. A relative address is one beside the last document."""
        self.document_url = urljoin(self.document_url, url)
        fields = self.fields() | (more or {})
        delivery = await self.webhooks.post(Post(url=self.document_url, fields=fields))
        answer = str(delivery.status) if delivery.is_taken else delivery.why
        self.line.note("carrier", f"asks {self.document_url}: {answer}")
        return delivery

    @property
    def trouble(self) -> str:
        """Why the desk did not talk, and what to do; empty where it did, or nobody asked it to."""
        asked = [
            each
            for each in self.webhooks.deliveries
            if each.fields.get("CallSid") == self.sid and "CallbackSource" not in each.fields
        ]
        if self.status == "canceled":
            return ""
        if not asked or not asked[0].is_taken:
            return f"The desk does not take the call: {asked[0].why if asked else 'nobody asked it'}"
        if not (self.recording.at("stream connected") or self.recording.at("relay connected")):
            return "The desk took the call and did not talk: `frontdesk doctor` says what its speech lacks."
        return ""

    async def told(self) -> None:
        """Wait until the desk was told everything."""
        if self._last:
            await self._last

    async def _tell(self, before: asyncio.Task[None] | None, post: Post) -> None:
        if before:
            await before
        await self.webhooks.post(post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """What becomes of a `<Dial>`."""

    status: str = "completed"
    """`completed`, `busy`, `no-answer`, `failed` or `canceled`."""
    ring_s: float = 2.0
    talk_s: float = 5.0
    """How long they talk, where somebody answers."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """Another status for a number."""
    presses: str = "1"
    """The key that who picks up presses when they are told what it is about; empty: they press none."""
    whispered: list[str] = field(default_factory=list)
    """What they were told."""
