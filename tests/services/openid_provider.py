"""A real OpenID provider on a socket of this machine: discovery, keys, consent, tokens, faults to order."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.http_server import QuietServer

CLIENT_ID, CLIENT_SECRET = "frontdesk", "the-desks-secret-at-the-provider"


class SigningKey:
    """An RSA key with a name."""

    def __init__(self, key_id: str, bits: int = 2048) -> None:
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def published(self) -> dict[str, Any]:
        jwk = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**jwk, "kid": self.key_id, "use": "sig", "alg": "RS256"}

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.private, "RS256", headers={"kid": self.key_id})


@dataclass
class Provider:
    """What it says and does; a test changes what it is to get wrong."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    """What ID tokens hold besides the usual; a name with None is left out of the token."""
    userinfo: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    """Said of itself besides the usual."""
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey("first")])
    signs_with: SigningKey | None = None
    refuses: str = ""
    """The error it sends the browser back with."""
    status: dict[str, int] = field(default_factory=dict)
    """Answers of paths that are out of order."""
    delay_s: float = 0.0
    id_token: str = ""
    """Sent instead of a token of its own."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def rotate(self, key_id: str) -> None:
        """Sign with a new key from now on, and publish that one alone."""
        self.keys = [SigningKey(key_id)]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._described),
                Route("/keys", self._published),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _fault(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        await asyncio.sleep(self.delay_s)
        status = self.status.get(request.url.path)
        return JSONResponse({"error": "server_error"}, status) if status else None

    async def _described(self, request: Request) -> Response:
        described = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return await self._fault(request) or JSONResponse(described | self.header)

    async def _published(self, request: Request) -> Response:
        return await self._fault(request) or JSONResponse({"keys": [key.published() for key in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        """Somebody who is signed in already and agrees to everything."""
        asked = dict(request.query_params)
        if self.refuses:
            back = {"error": self.refuses, "error_description": "<b>no</b>", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = {"code": code, "state": asked["state"], "iss": self.url}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        if fault := await self._fault(request):
            return fault
        form = await request.form()
        asked = self.codes.pop(str(form["code"]), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant", "error_description": "no such code"}, 400)
        hashed = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(hashed).decode().rstrip("=") != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        moment = int(time.time())
        usual = {
            "iss": self.url,
            "sub": "anna",
            "aud": CLIENT_ID,
            "iat": moment,
            "exp": moment + 300,
            "nonce": asked["nonce"],
        }
        claims = {name: value for name, value in (usual | self.claims).items() if value is not None}
        signed = self.id_token or (self.signs_with or self.keys[0]).sign(claims)
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": signed})

    async def _userinfo(self, request: Request) -> Response:
        if fault := await self._fault(request):
            return fault
        assert request.headers["authorization"] == "Bearer at"
        return JSONResponse({"sub": "anna"} | self.userinfo)


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, on a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        provider = Provider(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(provider.app(), log_config=None, timeout_graceful_shutdown=2, lifespan="off")
        server = QuietServer(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join()
