"""OpenID providers: what they say of themselves (OpenID Connect Discovery 1.0), and their keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from asgikit.auth.jose import KeySet, require_joserfc
from asgikit.auth.jwt import RemoteKeys
from asgikit.auth.kept import Kept, Lifetimes
from asgikit.auth.outgoing import Fetch, require_secure
from asgikit.codec import JSON, decode_json
from asgikit.errors import BadRequest, ServiceUnavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What signing in needs of a provider (OpenID Connect Discovery 1.0, 3). Raises ValueError for addresses without https."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_methods: frozenset[str] = frozenset({"client_secret_basic"})
    names_itself: bool = False
    """Whether its responses carry `iss`, so that one without it is a forgery (RFC 9207, 2.3)."""

    def __post_init__(self) -> None:
        """Checks the addresses."""
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            require_secure(getattr(self, name), f"the {name} of {self.issuer}")
        if self.end_session_endpoint is not None:
            require_secure(self.end_session_endpoint, f"the end_session_endpoint of {self.issuer}")


def parse_metadata(issuer: str, data: bytes) -> Metadata:
    """What the document at an issuer says. Raises ValueError if it is none, is of another issuer, or names insecure addresses.

    The issuers have to be equal, or anybody's provider could speak for another (OpenID Connect Discovery 1.0, 4.3).
    """
    try:
        found = decode_json(data)
    except BadRequest as error:
        raise ValueError(error.public) from None
    if not isinstance(found, Mapping) or found.get("issuer") != issuer:
        raise ValueError(f"this is not the document of {issuer}")
    methods = found.get("token_endpoint_auth_methods_supported")
    given = frozenset(str(method) for method in methods) if isinstance(methods, list) else frozenset({"client_secret_basic"})
    end = found.get("end_session_endpoint")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_text(found, "authorization_endpoint"),
        token_endpoint=_text(found, "token_endpoint"),
        jwks_uri=_text(found, "jwks_uri"),
        end_session_endpoint=end if isinstance(end, str) else None,
        token_methods=given,
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _text(found: Mapping[str, JSON], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ValueError(f"there is no {name}")  # noqa: TRY004  # what comes from a network is no mistake of types
    return value


@final
class OpenIDProvider:
    """An OpenID provider by its issuer: what it says of itself, fetched when it is first needed and kept, and its keys.

    A KeySource, too: `JWT(provider, …)` verifies its access tokens. Raises ValueError for an issuer that is not https,
    MissingExtra without joserfc.
    """

    __slots__ = ("_kept", "_keys", "_lifetimes", "clock", "fetch", "issuer")

    def __init__(
        self, issuer: str, /, fetch: Fetch, *, lifetimes: Lifetimes | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since 1970."""
        require_joserfc("OpenIDProvider")
        self.issuer: str = require_secure(issuer, "an issuer")
        self.fetch: Fetch = fetch
        self._lifetimes: Lifetimes = lifetimes or Lifetimes()
        self.clock: Callable[[], float] = clock
        self._kept: Kept[Metadata] = Kept(self._load, self._lifetimes, clock)
        self._keys: tuple[str, RemoteKeys] | None = None

    async def _load(self) -> tuple[Metadata, float | None]:
        url = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        answer = await self.fetch.get(url)
        try:
            return parse_metadata(self.issuer, answer.body if answer.status == 200 else b""), answer.max_age
        except ValueError as error:
            raise ServiceUnavailable("who you are cannot be verified now", log=f"{url}: {error}") from None

    async def metadata(self) -> Metadata:
        """What it says of itself. Raises ServiceUnavailable where that is not to be had."""
        return await self._kept.get()

    async def key_set(self, kid: str | None, /) -> KeySet:
        """Its keys. Raises ServiceUnavailable where they are not to be had."""
        url = (await self.metadata()).jwks_uri
        if self._keys is None or self._keys[0] != url:
            self._keys = (url, RemoteKeys(url, self.fetch, lifetimes=self._lifetimes, clock=self.clock))
        return await self._keys[1].key_set(kid)
