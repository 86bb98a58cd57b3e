"""The authorization code flow with PKCE, as values: what goes to the provider, and what comes back (RFC 6749, 4.1; RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus

from asgikit.auth.digests import same
from asgikit.auth.outgoing import require_secure
from asgikit.auth.provider import Metadata
from asgikit.auth.return_path import return_path
from asgikit.codec import JSON, decode_json
from asgikit.config import Secret
from asgikit.errors import BadRequest, Forbidden
from asgikit.http.query import Query
from asgikit.http.url import URL

LIFETIME: Final = 600
"""Seconds between setting out and coming back."""

_STATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# RFC 6749, A.11: code = 1*VSCHAR
_CODE: Final = re.compile(r"[\x20-\x7e]{1,4096}")


@dataclass(frozen=True, kw_only=True, slots=True)
class OIDCClient:
    """Us, as the provider knows us. Without a secret we are a public client, for whom PKCE speaks alone.

    `redirect_uri` is the whole address of our callback, as it is registered: it is never made of what a request says.
    `parameters` go along with everybody who sets out, `prompt` or `audience` say. Raises ValueError for no id, a scope without
    "openid", a redirect_uri that is not https or has no path, and parameters of the protocol's own.
    """

    client_id: str
    redirect_uri: str
    client_secret: Secret | None = None
    scopes: tuple[str, ...] = ("openid",)
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Checks every part."""
        require_secure(self.redirect_uri, "redirect_uri")
        if URL.parse(self.redirect_uri).path.strip("/") == "" or not self.client_id:
            raise ValueError("a client has an id, and a redirect_uri with a path of its own")
        if "openid" not in self.scopes:
            raise ValueError('scopes hold "openid" (OpenID Connect Core 1.0, 3.1.2.1)')
        if taken := sorted(_OWN & self.parameters.keys()):
            raise ValueError(f"parameters are those beyond the protocol's own, not {taken}")


_OWN: Final = frozenset(
    {
        "response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce",
        "code_challenge", "code_challenge_method", "request", "request_uri", "registration",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Departure:
    """What we have to know of somebody who set out when they come back: kept in a signed cookie of their own browser."""

    state: str
    nonce: str
    verifier: str = field(repr=False)
    return_to: str = "/"

    @classmethod
    def new(cls, return_to: str | None) -> Departure:
        """With 256 random bits in each part."""
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32), return_path(return_to))

    @property
    def challenge(self) -> str:
        """What the provider knows of the verifier (RFC 7636, 4.2: S256)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def encode(self) -> bytes:
        """Bytes to sign."""
        return json.dumps([self.state, self.nonce, self.verifier, self.return_to]).encode()

    @classmethod
    def decode(cls, data: bytes | None, state: str) -> Departure | None:
        """What was signed, if it is of this state."""
        try:
            found = decode_json(data or b"")
        except BadRequest:
            return None
        match found:
            case [str(own), str(nonce), str(verifier), str(return_to)] if same(own, state):
                return cls(own, nonce, verifier, return_path(return_to))
            case _:
                return None


def authorization_url(client: OIDCClient, metadata: Metadata, departure: Departure) -> str:
    """Where to send somebody who wants to sign in (OpenID Connect Core 1.0, 3.1.2.1)."""
    own = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": " ".join(client.scopes),
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": departure.challenge,
        "code_challenge_method": "S256",
    }
    return _with_query(metadata.authorization_endpoint, {**client.parameters, **own})


def end_session_url(client: OIDCClient, metadata: Metadata, id_token: str | None, return_to: str | None) -> str | None:
    """Where to send somebody who signs out (OpenID Connect RP-Initiated Logout 1.0, 2); None if there is no such place."""
    if metadata.end_session_endpoint is None:
        return None
    given = {"client_id": client.client_id, "id_token_hint": id_token, "post_logout_redirect_uri": return_to}
    return _with_query(metadata.end_session_endpoint, {name: value for name, value in given.items() if value is not None})


def _with_query(url: str, pairs: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{Query(pairs)}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes back: the state that they were given, and a code of the provider's."""

    state: str
    code: str = field(repr=False)


def arrival(query: Query, metadata: Metadata) -> Arrival:
    """What a callback says. Raises BadRequest for a malformed one or another provider's, Forbidden where the provider refuses.

    RFC 6749, 4.1.2; RFC 9207, 2.4.
    """
    for name in ("state", "code", "error", "iss"):
        if len(query.get_all(name)) > 1:
            raise BadRequest(f"there is more than one {name}")
    issuer = query.get("iss")
    if issuer != metadata.issuer and (issuer is not None or metadata.names_itself):
        raise BadRequest("this is the answer of another identity provider")
    if query.get("error") is not None:
        raise Forbidden("the identity provider does not sign you in", log=f"it says {query.get('error')!r:.200}")
    state, code = query.get("state") or "", query.get("code") or ""
    if _STATE.fullmatch(state) is None or _CODE.fullmatch(code) is None:
        raise BadRequest("state or code are missing")
    return Arrival(state, code)


def token_request(
    client: OIDCClient, metadata: Metadata, code: str, verifier: str
) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """The form and the header fields that get tokens for a code (RFC 6749, 2.3.1 and 4.1.3; RFC 7636, 4.5)."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    if client.client_secret is None:
        return {**form, "client_id": client.client_id}, ()
    secret = client.client_secret.reveal()
    if "client_secret_basic" not in metadata.token_methods and "client_secret_post" in metadata.token_methods:
        return {**form, "client_id": client.client_id, "client_secret": secret}, ()
    pair = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
    return form, (("authorization", "Basic " + base64.b64encode(pair.encode()).decode()),)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gives for a code; the repr shows none of it (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3)."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    expires_in: int | None = None


def parse_tokens(data: bytes) -> Tokens:
    """The tokens of an answer. Raises ValueError for what holds none."""
    try:
        found = decode_json(data)
    except BadRequest as error:
        raise ValueError(error.public) from None
    given: Mapping[str, JSON] = found if isinstance(found, Mapping) else {}
    id_token, access_token = given.get("id_token"), given.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise ValueError("there is no id_token, or no access_token")  # noqa: TRY004  # what comes from a network is no mistake of types
    refresh, expires = given.get("refresh_token"), given.get("expires_in")
    seconds = expires if isinstance(expires, int) and not isinstance(expires, bool) else None
    return Tokens(id_token, access_token, refresh if isinstance(refresh, str) else None, seconds)


def check_id_token(client: OIDCClient, claims: Mapping[str, JSON], departure: Departure, access_token: str) -> str | None:
    """What is wrong with the claims that JWTs in general do not have (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8)."""
    subject, nonce, audience = claims.get("sub"), claims.get("nonce"), claims.get("aud")
    if not isinstance(subject, str) or not subject:
        return "no sub"
    if not isinstance(nonce, str) or not same(nonce, departure.nonce):
        return "another nonce"
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else client.client_id) != client.client_id:
        return "another azp"
    digest = hashlib.sha256(access_token.encode("utf-8", "replace")).digest()[:16]
    # Only where the algorithm is one with SHA-256 do we know the hash; others are left to TLS.
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    given = claims.get("at_hash")
    return "another at_hash" if isinstance(given, str) and len(given) == len(expected) and given != expected else None
