"""JSON Web Tokens as bearer tokens (RFC 7519, 8725, 9068)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Generic, Protocol, final

from typing_extensions import TypeVar

from asgikit.auth.bearer import bearer_challenge, bearer_token, invalid_token
from asgikit.auth.jose import Expected, KeySet, Wrong, check_claims, read_header, require_algorithms, require_joserfc
from asgikit.auth.kept import Kept, Lifetimes
from asgikit.auth.outgoing import Fetch, require_secure
from asgikit.auth.scheme import Rejected, Verified
from asgikit.codec import Decoder, decode_json, is_mapping
from asgikit.errors import BadRequest, HTTPError, ServiceUnavailable
from asgikit.http.authorization import Challenge
from asgikit.request import Request

C_co = TypeVar("C_co", covariant=True)

_DEFAULT: Final = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")


class KeySource(Protocol):
    """Where keys come from: a KeySet, or RemoteKeys."""

    async def key_set(self, kid: str | None, /) -> KeySet:
        """The keys, with the one of that name if there is one. Raises ServiceUnavailable where they are not to be had."""
        ...


@final
class RemoteKeys:
    """The JWK Set at a URL: fetched when it is first needed, kept, and fetched again for a name that it does not have.

    Never more often than the lifetimes say, whatever names are asked for. Raises ValueError for a URL that is not https,
    MissingExtra without joserfc.
    """

    __slots__ = ("_fetch", "_kept", "_url")

    def __init__(
        self, url: str, /, fetch: Fetch, *, lifetimes: Lifetimes | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds."""
        require_joserfc("RemoteKeys")
        self._url: str = require_secure(url, "the address of a JWK Set")
        self._fetch: Fetch = fetch
        self._kept: Kept[KeySet] = Kept(self._load, lifetimes or Lifetimes(), clock)

    async def _load(self) -> tuple[KeySet, float | None]:
        answer = await self._fetch.get(self._url)
        try:
            keys = KeySet.from_jwks(answer.body if answer.status == 200 else b"")
        except ValueError as error:
            raise ServiceUnavailable("who you are cannot be verified now", log=f"{self._url}: {error}") from None
        return keys, answer.max_age

    async def key_set(self, kid: str | None, /) -> KeySet:
        """The keys, fetched anew if there is none of that name. Raises ServiceUnavailable where they are not to be had."""
        return await self._kept.get(lambda keys: kid is None or keys.has(kid))


@dataclass(frozen=True, kw_only=True, slots=True)
class JWTPolicy:
    """Which tokens are for us: who issued them, for whom, signed how. `leeway` are the seconds that clocks may differ.

    `typ` is the type that a token has to name, "at+jwt" for access tokens of RFC 9068: no other token of the issuer is taken for
    one then. Raises ValueError for no issuer, no audience, an algorithm that is none, and over 5 minutes of leeway.
    """

    issuer: str
    audience: str | Collection[str]
    algorithms: Collection[str] = _DEFAULT
    leeway: int = 30
    typ: str | None = None

    def __post_init__(self) -> None:
        """Checks every part."""
        require_algorithms(self.algorithms)
        if not self.issuer or not all(self.audiences):
            raise ValueError("a token is from somebody, for somebody: name the issuer and the audience")
        if not 0 <= self.leeway <= 300:
            raise ValueError("leeway is from 0 to 300 seconds")

    @property
    def audiences(self) -> frozenset[str]:
        """Every name that we go by; an empty one where there is none."""
        names = frozenset({self.audience} if isinstance(self.audience, str) else self.audience)
        return names or frozenset({""})


@final
class TokenVerifier:
    """Verifies tokens: signature, issuer, audience, times, type."""

    __slots__ = ("_algorithms", "_clock", "_expected", "_keys", "_typ")

    def __init__(self, keys: KeySource, policy: JWTPolicy, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970."""
        self._keys: KeySource = keys
        self._algorithms: frozenset[str] = require_algorithms(policy.algorithms)
        self._expected: Expected = Expected(issuer=policy.issuer, audience=policy.audiences, leeway=policy.leeway)
        self._typ: str | None = policy.typ
        self._clock: Callable[[], float] = clock

    async def verify(self, token: str) -> bytes | Wrong:
        """The claims as JSON, or why the token is refused. Raises ServiceUnavailable where the keys are not to be had."""
        header = read_header(token, self._algorithms)
        if isinstance(header, Wrong):
            return header
        if self._typ is not None and _media(header.typ or "") != _media(self._typ):
            return Wrong("a token of another type")
        keys = await self._keys.key_set(header.kid)
        payload = keys.payload(token, self._algorithms)
        if isinstance(payload, Wrong):
            return payload
        try:
            claims = decode_json(payload)
        except BadRequest as error:
            return Wrong(error.public)
        if not is_mapping(claims):
            return Wrong("the claims are no object")
        return check_claims(self._expected, {str(name): value for name, value in claims.items()}, self._clock()) or payload


def _media(typ: str) -> str:
    """RFC 7515, 4.1.9: "application/" may be left out."""
    return typ.lower().removeprefix("application/")


@final
class JWT(Generic[C_co]):
    """JSON Web Tokens in the Authorization field: `JWT(keys, json(Claims), policy)`.

    The user is what the codec makes of the claims; claims that do not fit are a token that is not valid. See `load_user` for
    a user from the database. Raises MissingExtra without joserfc.
    """

    __slots__ = ("_challenges", "_claims", "_malformed", "_realm", "_verifier")

    def __init__(
        self,
        keys: KeySource,
        claims: Decoder[C_co],
        policy: JWTPolicy,
        *,
        realm: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since 1970. Raises ValueError for a realm that a field cannot hold."""
        require_joserfc("JWT")
        self._challenges: tuple[Challenge, ...] = (bearer_challenge(realm),)
        self._malformed: Challenge = bearer_challenge(realm, error="invalid_request")
        self._claims: Decoder[C_co] = claims
        self._realm: str | None = realm
        self._verifier: TokenVerifier = TokenVerifier(keys, policy, clock)

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Bearer, with its realm."""
        return self._challenges

    async def authenticate(self, request: Request[object], /) -> Verified[C_co] | Rejected | None:
        """The claims of the token. Raises ServiceUnavailable where the keys are not to be had."""
        token = bearer_token(request, self._malformed)
        if token is None or isinstance(token, Rejected):
            return token
        payload = await self._verifier.verify(token)
        if isinstance(payload, Wrong):
            return invalid_token(f"a bearer token is refused: {payload.reason}", self._realm)
        try:
            return Verified(self._claims.decode(payload))
        except HTTPError as error:
            return invalid_token(f"the claims of a bearer token do not fit: {error}", self._realm)
