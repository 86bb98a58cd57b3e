"""API keys in a header field, in the query, or in a cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Literal, final

from typing_extensions import TypeVar

from asgikit.auth.scheme import Rejected, Verified
from asgikit.functions import require_async
from asgikit.http.authorization import Challenge
from asgikit.http.grammar import is_token
from asgikit.request import Request

S_contra = TypeVar("S_contra", contravariant=True)
U_co = TypeVar("U_co", covariant=True)

MAX_KEY: Final = 4096
"""Characters of a key that are looked at."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key is. Raises ValueError for a name that this place cannot have."""

    place: Literal["header", "query", "cookie"]
    name: str

    def __post_init__(self) -> None:
        """Checks the name."""
        if self.place not in {"header", "query", "cookie"}:
            raise ValueError(f"a key is in a header, query or cookie, not in {self.place!r}")
        if not self.name or (self.place != "query" and not is_token(self.name)) or not self.name.isprintable():
            raise ValueError(f"{self.name!r} is not the name of a {self.place}")

    def find(self, request: Request[object]) -> tuple[str, ...]:
        """Every key that the request has there."""
        match self.place:
            case "header":
                return request.headers.get_all(self.name)
            case "query":
                return request.query.get_all(self.name)
            case "cookie":
                return request.cookies.get_all(self.name)


@final
class APIKey(Generic[S_contra, U_co]):
    """API keys that an asynchronous function verifies: a user, or None for a key that is not valid.

    One of `header`, `query` and `cookie` names its place. Keys in queries end up in logs and in `Referer` fields; those in
    cookies need `csrf` around them. Raises ValueError for no place or several, CompositionError for a function that is not
    asynchronous.
    """

    __slots__ = ("_challenge", "_place", "_verify")

    def __init__(
        self,
        verify: Callable[[Request[S_contra], str], Awaitable[U_co | None]],
        /,
        *,
        header: str | None = None,
        query: str | None = None,
        cookie: str | None = None,
    ) -> None:
        """Look keys up by their `digest`, so that neither the database nor its timing gives them away."""
        require_async(verify, "APIKey()")
        places: list[KeyPlace] = []
        if header is not None:
            places.append(KeyPlace("header", header))
        if query is not None:
            places.append(KeyPlace("query", query))
        if cookie is not None:
            places.append(KeyPlace("cookie", cookie))
        if len(places) != 1:
            raise ValueError("a key is in one place: give header, query or cookie")
        self._verify: Callable[[Request[S_contra], str], Awaitable[U_co | None]] = verify
        self._place: KeyPlace = places[0]
        # No registered scheme, but a 401 has to have a challenge (RFC 9110, 15.5.2); clients skip what they do not know (11.6.1).
        self._challenge: Challenge = Challenge("ApiKey", None, (("in", self._place.place), ("name", self._place.name)))

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Where the key is expected."""
        return (self._challenge,)

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        """The user that the key stands for."""
        match self._place.find(request):
            case ():
                return None
            case (key,) if 0 < len(key) <= MAX_KEY:
                user = await self._verify(request, key)
                return Rejected("the API key is not valid", "an unknown API key") if user is None else Verified(user)
            case _:
                return Rejected("the API key is malformed", "an empty, long or repeated API key", 400)
