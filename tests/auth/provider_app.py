"""A small OpenID provider, and clients for it, all in this process."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from asgikit import App, Request, Response, Router, get, post, root
from asgikit.auth.fetching import HTTPXFetch
from asgikit.testing import Profile
from asgikit.testing.adapter import Transport

ISSUER = "https://id.example"
NOW = 1_800_000_000.0

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
SHARED = OctKey.generate_key(256, {"kid": "shared"})


def claims(**more: Any) -> dict[str, Any]:
    """The claims of a token that is right at NOW."""
    return {"iss": ISSUER, "aud": "us", "sub": "ada", "exp": int(NOW) + 60, "iat": int(NOW), **more}


def signed(body: dict[str, Any] | None = None, *, alg: str = "RS256", key: Key = RSA, **header: Any) -> str:
    """A token; its key is named unless the header says otherwise."""
    head = {name: value for name, value in {"alg": alg, "kid": key.kid, **header}.items() if value is not None}
    text = ".".join(segment(json.dumps(part).encode()) for part in (head, claims() if body is None else body))
    return f"{text}.{segment(jws.JWSRegistry.algorithms[alg].sign(text.encode(), key))}"


def segment(data: bytes) -> str:
    """Base64 as tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwks(*keys: Key) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) if key.key_type != "oct" else key.as_dict(private=True) for key in keys]}


class FakeProvider:
    """Signs everybody in as ada, and remembers what it was asked."""

    def __init__(self) -> None:
        self.keys: list[Key] = [RSA]
        self.requests: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.broken: set[str] = set()
        self.more: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "end_session_endpoint": f"{ISSUER}/end",
            "authorization_response_iss_parameter_supported": True,
        }
        self.secret: str | None = "s3cret"
        self.client = httpx.AsyncClient(transport=Transport(self.app(), httpx, Profile()))
        self.fetch = HTTPXFetch(self.client)

    def authorize(self, url: str) -> str:
        """What a browser is sent back with: the query of the callback."""
        asked = {name: values[0] for name, values in parse_qs(url.partition("?")[2]).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return str(httpx.QueryParams({"code": code, "state": asked["state"], "iss": ISSUER}))

    def app(self) -> App[None]:
        @get(root / ".well-known" / "openid-configuration")
        async def discovery(request: Request[object]) -> Response:
            return self.answer("discovery", self.metadata)

        @get(root / "jwks")
        async def keys(request: Request[object]) -> Response:
            return self.answer("jwks", jwks(*self.keys))

        @post(root / "token")
        async def token(request: Request[object]) -> Response:
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            return self.token(form, request.headers.get("authorization"))

        return App(Router(discovery, keys, token))

    def answer(self, what: str, value: Any) -> Response:
        self.requests.append(what)
        if what in self.broken:
            return Response.text("<html>", status=500)
        return Response.json(value)

    def token(self, form: dict[str, str], authorization: str | None) -> Response:
        asked = self.codes.pop(form["code"], None)
        challenge = segment(hashlib.sha256(form["code_verifier"].encode()).digest())
        expected = None if self.secret is None else "Basic " + base64.b64encode(f"us:{self.secret}".encode()).decode()
        self.requests.append("token")
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return Response.json({"error": "invalid_grant"}, status=400)
        if authorization != expected:
            return Response.json({"error": "invalid_client"}, status=401)
        half = hashlib.sha256(b"access").digest()[:16]
        body = claims(nonce=asked["nonce"], email="ada@example.com", at_hash=segment(half))
        return Response.json({"access_token": "access", "token_type": "Bearer", "id_token": signed({**body, **self.more})})
