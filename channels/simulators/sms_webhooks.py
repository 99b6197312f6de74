"""Posts to the desk as Twilio makes them: signed, with its timeouts, its retries, and the faults in between.

An address may end in connection overrides: `#ct=` and `#rt=` and `#tt=` in milliseconds, `#rc=` the number
of retries, and `#rp=` after what (`4xx`, `5xx`, `ct`, `rt`, `all`). Without them Twilio waits 5 s for a
connection, 15 s for an answer and 15 s in all, and tries once more where no connection came about.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urldefrag, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from channels.simulators.sms_faults import Faults

PROXIED = "https://desk.example.com"
_OVERSIZED_CHARACTERS = 2_000_000
_MOST_RETRIES = 5
_AT_ONCE = 64
"""How many posts are under way together; the time of one that waits for its turn has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things take, in seconds. The defaults are for a person who watches."""

    step_s: float = 0.5
    """Between two states of a message."""
    late_s: float = 3.0
    """How late what is late comes, or is answered."""
    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 15.0

    @classmethod
    def quick(cls) -> Timing:
        """For tests: nothing waits longer than it has to."""
        return cls(step_s=0.005, late_s=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A webhook to be sent: where to, its fields, and what Twilio repeats when it sends the same again."""

    url: str
    fields: dict[str, str] = field(repr=False)
    token: str = field(default_factory=lambda: str(uuid.uuid4()))


_TROUBLE: dict[str | int | None, str] = {
    "ct": "no connection; does the desk run there?",
    "rt": "no answer in time",
    "url": "the address is not one",
    403: "it refused the signature; has it this account's token, and does it know its own address?",
    404: "there is no such door; has the desk one, and is it switched on?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to post to the desk and what became of it."""

    url: str
    fields: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    status: int | None
    """None where no answer came."""
    trouble: str = ""
    answer: str = field(default="", repr=False)
    content_type: str = ""
    took_s: float = 0.0
    """From the first byte sent to the whole answer, or to giving up."""

    @property
    def is_taken(self) -> bool:
        """Whether the desk took it."""
        return self.status is not None and self.status < httpx.codes.BAD_REQUEST

    @property
    def why(self) -> str:
        """What is known of why the desk did not take it."""
        return _TROUBLE.get(self.trouble or self.status, f"it answered {self.status}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patience:
    connect_s: float
    read_s: float
    total_s: float
    retries: int
    retries_after: frozenset[str]

    @classmethod
    def of(cls, url: str, timing: Timing) -> _Patience:
        said = dict(parse_qsl(urldefrag(url).fragment))

        def seconds(name: str, usual: float) -> float:
            return float(said[name]) / 1000 if said.get(name, "").isdecimal() else usual

        count = said.get("rc", "")
        return cls(
            connect_s=seconds("ct", timing.connect_s),
            read_s=seconds("rt", timing.read_s),
            total_s=seconds("tt", timing.total_s),
            retries=min(int(count), _MOST_RETRIES) if count.isdecimal() else 1,
            retries_after=frozenset(said.get("rp", "ct").split(",")),
        )

    def retries_for(self, delivery: Delivery) -> bool:
        if delivery.is_taken:
            return False
        reason = delivery.trouble or f"{(delivery.status or 0) // 100}xx"
        return bool(self.retries_after & {reason, "all"})


class Webhooks:
    """The carrier's end of the desk's webhooks."""

    def __init__(self, auth_token: str, timing: Timing, faults: Faults) -> None:
        self.deliveries: list[Delivery] = []
        """Every attempt, in order."""
        self._sign = RequestValidator(auth_token)
        self._sign_wrongly = RequestValidator(f"not {auth_token}")
        self._timing = timing
        self._faults = faults
        self._client = httpx.AsyncClient(
            trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE)
        )
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def inbound(self, post: Post) -> Delivery:
        """Post a text that came in, with the faults armed for such; the last attempt."""
        if self._faults.take("late"):
            await asyncio.sleep(self._timing.late_s)
        fields = dict(post.fields)
        if self._faults.take("oversized"):
            fields["Body"] = "x" * _OVERSIZED_CHARACTERS
        sent = Post(url=post.url, fields=fields, token=post.token)
        is_twice = self._faults.take("duplicate")
        is_lost = self._faults.take("retry")
        last = await self.post(sent, has_faults=True)
        if is_lost or is_twice:
            last = await self.post(sent)
        return last

    async def post(self, post: Post, *, has_faults: bool = False) -> Delivery:
        """Post with as many retries as the address asks for; the last attempt."""
        patience = _Patience.of(post.url, self._timing)
        headers = self._headers(post, has_faults)
        delivery = await self._attempt(post, headers, patience)
        for _ in range(patience.retries):
            if not patience.retries_for(delivery):
                break
            delivery = await self._attempt(post, headers, patience)
        return delivery

    def _headers(self, post: Post, has_faults: bool) -> dict[str, str]:
        seen = signed = urldefrag(post.url).url
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": post.token,
        }
        validator = self._sign
        if has_faults and self._faults.take("proxied"):
            signed = PROXIED + seen.removeprefix("{0.scheme}://{0.netloc}".format(urlsplit(seen)))
            headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Host": urlsplit(PROXIED).netloc}
        if has_faults and self._faults.take("wrong_url"):
            signed = f"{signed}/elsewhere"
        if has_faults and self._faults.take("wrong_signature"):
            validator = self._sign_wrongly
        headers["X-Twilio-Signature"] = validator.compute_signature(signed, post.fields)
        return headers

    async def _attempt(self, post: Post, headers: dict[str, str], patience: _Patience) -> Delivery:
        status, trouble, answer, content_type = None, "", "", ""
        began = time.perf_counter()
        timeout = httpx.Timeout(patience.read_s, connect=patience.connect_s, pool=None)
        try:
            async with self._free, asyncio.timeout(patience.total_s):
                began = time.perf_counter()
                response = await self._client.post(
                    urldefrag(post.url).url, data=post.fields, headers=headers, timeout=timeout
                )
            status, answer = response.status_code, response.text
            content_type = response.headers.get("content-type", "")
        except (httpx.ConnectError, httpx.ConnectTimeout):
            trouble = "ct"
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            trouble = "url"
        except (httpx.HTTPError, TimeoutError):
            trouble = "rt"
        delivery = Delivery(
            url=post.url,
            fields=post.fields,
            headers=headers,
            status=status,
            trouble=trouble,
            answer=answer,
            content_type=content_type,
            took_s=time.perf_counter() - began,
        )
        self.deliveries.append(delivery)
        return delivery
