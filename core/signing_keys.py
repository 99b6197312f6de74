"""The public keys that somebody signs tokens with: read where they are published, and kept for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import jwt

from core.errors import IdentityUnavailable, Unauthorized
from core.fetching import fetch_json

KEPT_S = 3600.0
OLDEST_S = 24 * 3600.0
"""How long keys are good without a look, and how long they are while nobody answers who could tell."""
PAUSE_S = 30.0
"""How often an unknown key may make the desk look again: anybody can write a token that names one."""
SMALLEST_RSA_BITS = 2048

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""The kind of key that goes with an algorithm, by its first letters. Shared secrets are never published."""


class SigningKeys:
    """A JSON Web Key Set (RFC 7517) at a URL. A new key is found when the first token is signed with it."""

    def __init__(
        self, url: str, *, timeout_s: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._clock = clock
        self._keys: Sequence[jwt.PyJWK] = ()
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._sought_at = float("-inf")
        self._lock = anyio.Lock()

    async def find(self, key_id: str | None, algorithm: str) -> Any:  # noqa: ANN401 - a key of any kind
        """The public key that a token's header names, for use with `algorithm` alone.

        Raises:
            Unauthorized: no such key is published.
            IdentityUnavailable: no keys could be read yet.
        """
        async with self._lock:
            was_due = self._is_due
            if was_due:
                await self._read_again()
            found = _fitting(self._keys, key_id, algorithm)
            if found is None and not was_due and self._clock() - self._sought_at > PAUSE_S:
                self._sought_at = self._clock()
                await self._read_again()
                found = _fitting(self._keys, key_id, algorithm)
        if found is None:
            raise Unauthorized("the token is signed with a key that its issuer does not publish")
        return found.key

    @property
    def _is_due(self) -> bool:
        age_s = self._clock() - self._read_at
        return age_s > OLDEST_S or (age_s > KEPT_S and self._clock() - self._tried_at > PAUSE_S)

    async def _read_again(self) -> None:
        """Read the keys; those that are there stay good for a day while nobody answers."""
        self._tried_at = self._clock()
        try:
            published = await fetch_json(self._url, timeout_s=self._timeout_s)
        except IdentityUnavailable:
            if self._clock() - self._read_at > OLDEST_S:
                raise
            return
        self._keys = _usable(published.get("keys"))
        self._read_at = self._clock()


def _usable(published: object) -> Sequence[jwt.PyJWK]:
    """The keys among what is published that signatures can be checked with."""
    keys = []
    for each in published if isinstance(published, list) else ():
        if not isinstance(each, dict) or each.get("kty") == "oct" or each.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(each)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if key.key_type == "RSA" and key.key.key_size < SMALLEST_RSA_BITS:
            continue
        keys.append(key)
    return keys


def _fitting(keys: Sequence[jwt.PyJWK], key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
    """The one key for the algorithm with that id; without an id the only one for the algorithm."""
    fitting = [
        key
        for key in keys
        if key.key_type == _KINDS.get(algorithm[:2])
        and key._jwk_data.get("alg", algorithm) == algorithm
        and (key_id is None or key.key_id == key_id)
    ]
    return fitting[0] if len(fitting) == 1 or (fitting and key_id is not None) else None
