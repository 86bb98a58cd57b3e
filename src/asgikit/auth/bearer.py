"""Bearer tokens (RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final, Generic, final

from typing_extensions import TypeVar

from asgikit.auth.header import token68
from asgikit.auth.scheme import Rejected, Verified
from asgikit.functions import require_async
from asgikit.http.authorization import Challenge
from asgikit.request import Request

S_contra = TypeVar("S_contra", contravariant=True)
U_co = TypeVar("U_co", covariant=True)

MAX_TOKEN: Final = 16 * 1024
"""Characters of a token that are looked at; servers refuse fields that are longer."""

# RFC 6750, 3: error-description = what is in neither quotes nor backslashes
_DESCRIPTION: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def bearer_challenge(realm: str | None = None, *, error: str | None = None, description: str | None = None) -> Challenge:
    """What a client is told: nothing but the scheme where it sent no token (RFC 6750, 3 and 3.1)."""
    params = {"realm": realm, "error": error, "error_description": description and _DESCRIPTION.sub("?", description)}
    return Challenge("Bearer", None, tuple((name, value) for name, value in params.items() if value is not None))


def bearer_token(request: Request[object], malformed: Challenge) -> str | Rejected | None:
    """The token of the Authorization field (RFC 6750, 2.1); those in forms and queries are for nobody to read."""
    token = token68(request, "bearer", malformed)
    if isinstance(token, str) and len(token) > MAX_TOKEN:
        return Rejected("the bearer token is too long", "a bearer token that is too long", 400, malformed)
    return token


def invalid_token(log: str, realm: str | None = None, description: str | None = None) -> Rejected:
    """A token that is wrong, for whatever reason: expired, revoked, altered (RFC 6750, 3.1)."""
    challenge = bearer_challenge(realm, error="invalid_token", description=description)
    return Rejected(description or "the token is not valid", log, 401, challenge)


@final
class Bearer(Generic[S_contra, U_co]):
    """Bearer tokens that an asynchronous function verifies: a user, or None for a token that is not valid (RFC 6750).

    Raises ValueError for a realm that a field cannot hold, CompositionError for a function that is not asynchronous.
    """

    __slots__ = ("_challenges", "_malformed", "_realm", "_verify")

    def __init__(
        self, verify: Callable[[Request[S_contra], str], Awaitable[U_co | None]], /, *, realm: str | None = None
    ) -> None:
        """Look tokens up by their `digest`, so that neither the database nor its timing gives them away."""
        require_async(verify, "Bearer()")
        self._verify: Callable[[Request[S_contra], str], Awaitable[U_co | None]] = verify
        self._realm: str | None = realm
        self._challenges: tuple[Challenge, ...] = (bearer_challenge(realm),)
        self._malformed: Challenge = bearer_challenge(realm, error="invalid_request")

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Bearer, with its realm."""
        return self._challenges

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        """The user that the token stands for."""
        token = bearer_token(request, self._malformed)
        if token is None or isinstance(token, Rejected):
            return token
        user = await self._verify(request, token)
        return invalid_token("an unknown bearer token", self._realm) if user is None else Verified(user)
