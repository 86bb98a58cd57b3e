"""Signing in with OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core 1.0, 3.1)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, final

from typing_extensions import TypeVar

from asgikit.auth.code_flow import (
    LIFETIME,
    Arrival,
    Departure,
    OIDCClient,
    Tokens,
    arrival,
    authorization_url,
    check_id_token,
    end_session_url,
    parse_tokens,
    token_request,
)
from asgikit.auth.jose import Wrong
from asgikit.auth.jwt import JWTPolicy, TokenVerifier
from asgikit.auth.provider import Metadata, OpenIDProvider
from asgikit.codec import JSON, Decoder, decode_json
from asgikit.errors import BadRequest, HTTPError, ServiceUnavailable
from asgikit.functions import require_async
from asgikit.http.cookies import SetCookie
from asgikit.request import Request
from asgikit.response import Response
from asgikit.signing import Signer

S_contra = TypeVar("S_contra", contravariant=True)
C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)

# One cookie for each that has set out, so that two tabs do not get into each other's way; few, for a field has its limits.
_COOKIE: Final = "__Host-oidc-"
_PENDING: Final = 4
_PENDING_NAME: Final = re.compile(_COOKIE + r"[A-Za-z0-9_-]{16}")
_FAILED: Final = "signing in has failed: start again"


@final
@dataclass(frozen=True, slots=True)
class SignedIn(Generic[C_co]):
    """Somebody who has signed in: what the provider says of them, and the path on this site where they were."""

    subject: str
    claims: C_co
    return_to: str
    tokens: Tokens


@final
class OpenIDConnect(Generic[S_contra, C]):
    """Signing in through a provider: two handlers, `sign_in` and `callback`, to put on paths of yours.

    What happens then, a session say, is up to the function that is given whoever has signed in. The signer keeps what has to be
    known until they come back, in a cookie. Raises CompositionError for a function that is not asynchronous.
    """

    __slots__ = ("_claims", "_client", "_provider", "_signed_in", "_signer", "_verifier")

    def __init__(
        self,
        provider: OpenIDProvider,
        client: OIDCClient,
        claims: Decoder[C],
        signed_in: Callable[[Request[S_contra], SignedIn[C]], Awaitable[Response]],
        *,
        signer: Signer,
    ) -> None:
        """`claims` is `json(Claims)`, a model of what you want to know; `signer` one of this purpose alone."""
        require_async(signed_in, "OpenIDConnect()")
        self._provider: OpenIDProvider = provider
        self._client: OIDCClient = client
        self._claims: Decoder[C] = claims
        self._signed_in: Callable[[Request[S_contra], SignedIn[C]], Awaitable[Response]] = signed_in
        self._signer: Signer = signer
        policy = JWTPolicy(issuer=provider.issuer, audience=client.client_id)
        self._verifier: TokenVerifier = TokenVerifier(provider, policy, provider.clock)

    async def sign_in(self, request: Request[object]) -> Response:
        """Sends whoever asks to the provider, and from there to the callback; `next` in the query is where they go afterwards.

        Raises ServiceUnavailable where the provider is not to be had.
        """
        metadata = await self._provider.metadata()
        departure = Departure.new(request.query.get("next"))
        target = authorization_url(self._client, metadata, departure)
        response = Response.redirect(target, external=True, headers=[("cache-control", "no-store")])
        pending = [name for name, _ in request.cookies if _PENDING_NAME.fullmatch(name)]
        for name in pending[: max(0, len(pending) + 1 - _PENDING)]:
            response = response.with_cookie(_cookie(name, ""))
        return response.with_cookie(_cookie(_name(departure.state), self._signer.sign(departure.encode())))

    async def callback(self, request: Request[S_contra]) -> Response:
        """Verifies whoever comes back, and answers as `signed_in` does.

        Raises BadRequest for whoever did not set out in this browser within 10 minutes, Forbidden where the provider refuses,
        ServiceUnavailable where it is not to be had, and an HTTPError of 502 where what it says cannot be verified.
        """
        if request.method != "GET":  # HEAD would use the code up
            raise HTTPError(405, "ask with GET", headers=[("allow", "GET")])
        metadata = await self._provider.metadata()
        arrived = arrival(request.query, metadata)
        departure = self._departure(request, arrived)
        tokens = await self._tokens(metadata, arrived, departure)
        signed_in = await self._verified(tokens, departure)
        response = await self._signed_in(request, signed_in)
        if "cache-control" not in response.headers:
            response = response.with_header("cache-control", "no-store")
        return response.with_cookie(_cookie(_name(arrived.state), ""))

    async def sign_out_url(self, *, id_token: str | None = None, return_to: str | None = None) -> str | None:
        """Where to send somebody who signs out here, so that they do there; None if the provider has no such place.

        `return_to` is a whole address that is registered there. `Response.redirect(url, external=True)` sends them. Raises
        ServiceUnavailable where the provider is not to be had.
        """
        return end_session_url(self._client, await self._provider.metadata(), id_token, return_to)

    def _departure(self, request: Request[object], arrived: Arrival) -> Departure:
        data = self._signer.verify(request.cookies.get(_name(arrived.state)) or "", max_age=LIFETIME)
        departure = Departure.decode(data, arrived.state)
        if departure is None:
            raise BadRequest(_FAILED, log="a callback for somebody who has not set out in this browser lately")
        return departure

    async def _tokens(self, metadata: Metadata, arrived: Arrival, departure: Departure) -> Tokens:
        form, fields = token_request(self._client, metadata, arrived.code, departure.verifier)
        answer = await self._provider.fetch.post(metadata.token_endpoint, form, headers=fields)
        if answer.status >= 500:
            raise ServiceUnavailable("who you are cannot be verified now", log=f"the token endpoint answers {answer.status}")
        if answer.status != 200:
            raise BadRequest(_FAILED, log=f"the token endpoint answers {answer.status}: {answer.body[:200]!r}")
        try:
            return parse_tokens(answer.body)
        except ValueError as error:
            raise HTTPError(502, _FAILED, log=f"the token endpoint: {error}") from None

    async def _verified(self, tokens: Tokens, departure: Departure) -> SignedIn[C]:
        payload = await self._verifier.verify(tokens.id_token)
        if isinstance(payload, Wrong):
            raise HTTPError(502, _FAILED, log=f"the id_token: {payload.reason}")
        found: JSON = decode_json(payload)
        claims: Mapping[str, JSON] = found if isinstance(found, Mapping) else {}
        wrong = check_id_token(self._client, claims, departure, tokens.access_token)
        if wrong is not None:
            raise HTTPError(502, _FAILED, log=f"the id_token: {wrong}")
        try:
            model = self._claims.decode(payload)
        except HTTPError as error:
            raise HTTPError(502, _FAILED, log=f"the claims of the id_token do not fit: {error}") from None
        return SignedIn(str(claims["sub"]), model, departure.return_to, tokens)


def _name(state: str) -> str:
    return _COOKIE + state[:16]


def _cookie(name: str, value: str) -> SetCookie:
    # Lax, not Strict: whoever comes back comes from another site.
    return SetCookie(name, value, max_age=LIFETIME if value else 0)
