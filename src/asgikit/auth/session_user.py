"""Users who have signed in before: whatever a session says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, final

from typing_extensions import TypeVar

from asgikit.auth.scheme import Verified
from asgikit.functions import require_async
from asgikit.http.authorization import Challenge
from asgikit.request import Request

S_contra = TypeVar("S_contra", contravariant=True)
U_co = TypeVar("U_co", covariant=True)


@final
class SessionUser(Generic[S_contra, U_co]):
    """Whoever an asynchronous function finds in the session of a request; None for nobody.

    It is for what a middleware has verified and put into the state, as `request.state.session`. A session of someone who is gone
    is as none at all. Browsers send cookies with requests that other sites make: `csrf` belongs around it. Raises
    CompositionError for a function that is not asynchronous, ValueError for a realm that a field cannot hold.
    """

    __slots__ = ("_challenge", "_load")

    def __init__(self, load: Callable[[Request[S_contra]], Awaitable[U_co | None]], /, *, realm: str = "session") -> None:
        """The function reads the session and loads the user."""
        require_async(load, "SessionUser()")
        self._load: Callable[[Request[S_contra]], Awaitable[U_co | None]] = load
        # No registered scheme, but a 401 has to have a challenge (RFC 9110, 15.5.2); clients skip what they do not know (11.6.1).
        self._challenge: Challenge = Challenge("Cookie", None, (("realm", realm),))

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """That a cookie would do."""
        return (self._challenge,)

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | None:
        """The user of the session."""
        user = await self._load(request)
        return None if user is None else Verified(user)
