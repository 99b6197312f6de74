"""An OpenID provider, as the desk uses it: the authorization code flow with PKCE, state and nonce."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import anyio
import jwt

from core.errors import FrontdeskError, IdentityUnavailable, Misconfigured, Unauthorized
from core.fetching import fetch_json, safe_url
from core.signing_keys import SigningKeys

ALGORITHMS = tuple("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split())
"""Signatures that an ID token may have: with a public key each, so a secret can't pass for one."""
LEEWAY_S = 60
"""How far the provider's clock may be from the desk's."""
KEPT_S = 3600.0
MOST_TOKEN_CHARACTERS = 64 * 1024

_NOT_GOOD = "the sign-in provider's word is not good"
_NO_SENSE = (ValueError, TypeError, AttributeError)
"""What comes of reading a reply that is not of the shape it must have."""
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdClient:
    """What the desk is to a provider. Without a secret it is a public client: PKCE protects it alone."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid profile email"
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A sign-in under way. The browser keeps all but `url` until it comes back, where no page reads it."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What came back with the browser, for a sign-in that was under way."""

    code: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str


class OpenIdProvider:
    """One provider, found by its issuer name (OpenID Connect Discovery 1.0)."""

    def __init__(self, client: OpenIdClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        safe_url(client.issuer, "FRONTDESK_OIDC__ISSUER")
        self._client = client
        self._clock = clock
        self._metadata: dict[str, Any] = {}
        self._read_at = float("-inf")
        self._keys: SigningKeys | None = None
        self._lock = anyio.Lock()

    @property
    def issuer(self) -> str:
        """The provider's name."""
        return self._client.issuer

    async def depart(self, redirect_uri: str) -> Departure:
        """Where to send a browser, and what it must bring back.

        Raises:
            IdentityUnavailable: the provider does not say where its door is.
        """
        endpoint = await self._endpoint("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(length) for length in (24, 24, 48))
        url, _ = self._session(redirect_uri).create_authorization_url(
            endpoint, state=state, nonce=nonce, code_verifier=verifier
        )
        return Departure(url=url, state=state, nonce=nonce, verifier=verifier)

    async def arrive(self, back: Return, *, wanted: str) -> Claims:
        """What the provider says about whoever came back, checked.

        Claims come from the ID token, and from the userinfo endpoint where the token has none
        called `wanted`.

        Raises:
            Unauthorized: the code is not good, or the ID token not for this sign-in.
            IdentityUnavailable: the provider did not answer, or made no sense.
        """
        import httpx2  # noqa: PLC0415 - see core/fetching.py
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 - heavy, and rarely needed

        endpoint = await self._endpoint("token_endpoint")
        host = urlsplit(endpoint).hostname
        try:
            with anyio.fail_after(self._client.timeout_s):
                async with self._session(back.redirect_uri) as session:
                    tokens = await session.fetch_token(
                        endpoint,
                        grant_type="authorization_code",
                        code=back.code,
                        code_verifier=back.verifier,
                    )
                    claims = await self._checked(tokens, back.nonce)
                    if wanted in claims or "userinfo_endpoint" not in self._metadata:
                        return claims
                    return {**await self._userinfo(session, str(claims["sub"])), **claims}
        except OAuthError as error:
            # Its description may quote what was sent.
            raise _refusal(str(error.error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, *_NO_SENSE) as error:
            raise IdentityUnavailable(f"{host} did not answer ({type(error).__name__})") from None

    async def farewell(self, return_to: str) -> str:
        """Where a browser goes to end its session at the provider too; empty where that is not offered."""
        endpoint = (await self._described()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return ""
        # The usual hint, the ID token, would stand in the address: the client's name takes its place.
        query = {"client_id": self._client.client_id, "post_logout_redirect_uri": return_to}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def _session(self, redirect_uri: str) -> Any:  # noqa: ANN401 - authlib says no types
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - see `arrive`

        offered = self._metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return AsyncOAuth2Client(
            client_id=self._client.client_id,
            client_secret=self._client.client_secret or None,
            token_endpoint_auth_method=method if self._client.client_secret else "none",
            scope=self._client.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=self._client.timeout_s,
            follow_redirects=False,
        )

    async def _checked(self, tokens: Claims, nonce: str) -> dict[str, Any]:
        """The ID token's claims, checked as OpenID Connect Core 1.0, 3.1.3.7 asks."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - see `arrive`
        from joserfc.errors import JoseError  # noqa: PLC0415 - likewise

        token = tokens.get("id_token")
        if not isinstance(token, str) or len(token) > MOST_TOKEN_CHARACTERS:
            raise IdentityUnavailable(
                "the sign-in provider sent no ID token: see that `openid` is in the scopes"
            )
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS:
                raise Unauthorized(f"{_NOT_GOOD}: it signs with {algorithm!r}, which is not a public key's")
            assert self._keys is not None  # noqa: S101 - made with the metadata
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._keys.find(key_id, algorithm),
                [algorithm],
                audience=self._client.client_id,
                issuer=self._client.issuer,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
            asked = {
                "nonce": nonce,
                "client_id": self._client.client_id,
                "access_token": tokens.get("access_token"),
            }
            CodeIDToken(claims, header, None, asked).validate(leeway=LEEWAY_S)
        except (jwt.PyJWTError, JoseError, OverflowError, TypeError) as error:
            raise Unauthorized(f"{_NOT_GOOD}: {_fault(error)}") from None
        return claims

    async def _userinfo(self, session: Any, subject: str) -> dict[str, Any]:  # noqa: ANN401 - as above
        response = await session.get(await self._endpoint("userinfo_endpoint"))
        response.raise_for_status()
        info = response.json()
        if not isinstance(info, dict) or info.get("sub") != subject:
            raise Unauthorized(f"{_NOT_GOOD}: it speaks of somebody else")
        return info

    async def _endpoint(self, name: str) -> str:
        address = (await self._described()).get(name)
        if not isinstance(address, str):
            raise IdentityUnavailable(f"the sign-in provider names no {name}")
        return address

    async def _described(self) -> dict[str, Any]:
        """What the provider says of itself; what it said before stays good while it is away."""
        async with self._lock:
            if self._clock() - self._read_at > KEPT_S:
                where = f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration"
                try:
                    self._take(await fetch_json(where, timeout_s=self._client.timeout_s))
                except IdentityUnavailable:
                    if not self._metadata:
                        raise
        return self._metadata

    def _take(self, metadata: dict[str, Any]) -> None:
        if metadata.get("issuer") != self._client.issuer:
            raise IdentityUnavailable(
                f"the sign-in provider calls itself {metadata.get('issuer')!r}: "
                f"write that into FRONTDESK_OIDC__ISSUER instead of {self._client.issuer!r}"
            )
        try:
            for name, address in metadata.items():
                if name.endswith(("_endpoint", "jwks_uri")):
                    safe_url(str(address), f"the provider's {name}")
        except Misconfigured as error:
            raise IdentityUnavailable(str(error)) from error
        if self._keys is None or metadata.get("jwks_uri") != self._metadata.get("jwks_uri"):
            self._keys = SigningKeys(str(metadata.get("jwks_uri")), timeout_s=self._client.timeout_s)
        self._metadata = metadata
        self._read_at = self._clock()


def _refusal(kind: str) -> FrontdeskError:
    """Why there is no token, by the error's name in RFC 6749, section 5.2."""
    match kind:
        case "invalid_grant":
            return Unauthorized(f"{_NOT_GOOD}: it does not take the code that came back")
        case "invalid_client" | "unauthorized_client":
            return IdentityUnavailable(
                "the sign-in provider does not take this desk's name and secret: "
                "see FRONTDESK_OIDC__CLIENT_ID and FRONTDESK_OIDC__CLIENT_SECRET"
            )
        case _:
            return IdentityUnavailable("the sign-in provider gave no token: try again soon")


def _fault(error: Exception) -> str:
    """What is wrong with an ID token, without what stands in it."""
    match error:
        case jwt.ExpiredSignatureError():
            return "it is too old; try again"
        case jwt.InvalidAudienceError():
            return "it is for another program"
        case jwt.InvalidIssuerError():
            return "it is another provider's"
        case jwt.InvalidSignatureError():
            return "its signature is not right"
    if getattr(error, "claim", "") == "nonce" or "nonce" in str(error):
        return "it is for another sign-in"
    return "the ID token is not as it must be"
