"""Authentication: a scheme around handlers that need a user (RFC 9110, 11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, overload

from typing_extensions import TypeVar

from asgikit.auth.scheme import Authenticated, HasUser, Rejected, Scheme, Verified, require_scheme
from asgikit.body import Upgrade
from asgikit.errors import BadRequest, HTTPError, Unauthorized
from asgikit.functions import require_sync
from asgikit.handler import Handler, Middleware, after
from asgikit.http.authorization import Challenge
from asgikit.privacy import closed
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")
T = TypeVar("T")
U = TypeVar("U")
U_co = TypeVar("U_co", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)
T_co = TypeVar("T_co", covariant=True)


class Authentication(Protocol[U_co]):
    """What gives handlers a user, by a scheme that needs nothing of the state."""

    @overload
    def __call__(self, handler: Handler[HasUser[U_co]], /) -> Handler[object]: ...
    @overload
    def __call__(self, handler: Handler[Authenticated[S, U_co]], /) -> Handler[S]: ...


class StateAuthentication(Protocol[S, U_co]):
    """What gives handlers a user, by a scheme that reads the state."""

    @overload
    def __call__(self, handler: Handler[HasUser[U_co]], /) -> Handler[S]: ...
    @overload
    def __call__(self, handler: Handler[Authenticated[S, U_co]], /) -> Handler[S]: ...


class Joining(Protocol[S_contra, T_co]):
    """What gives handlers a state of the application's own, made of the state outside and the user."""

    def __call__(self, handler: Handler[T_co], /) -> Handler[S_contra]:
        """The handler behind the authentication."""
        ...


def refusal(challenges: tuple[Challenge, ...], outcome: Rejected | None) -> HTTPError:
    """401 with every challenge, that of the scheme which has refused as it wants it; 400 for malformed credentials."""
    if outcome is None:
        return Unauthorized("sign in first", headers=[("www-authenticate", str(challenge)) for challenge in challenges])
    own = outcome.challenge
    if own is not None:
        challenges = tuple(dict.fromkeys(own if c.scheme.lower() == own.scheme.lower() else c for c in challenges))
    fields = [("www-authenticate", str(challenge)) for challenge in challenges]
    error = Unauthorized if outcome.status == 401 else BadRequest
    return error(outcome.public, log=outcome.log, headers=fields)


def keep_private(request: Request[object], response: Response) -> Response:
    """The response, closed to shared caches unless it says that it is for everybody.

    They know what to do with requests that carry Authorization (RFC 9111, 3.5), and nothing of cookies and keys.
    """
    return response if isinstance(response.body, Upgrade) else closed(response, "private")


_private = after(keep_private)


@overload
def authenticate(scheme: Scheme[object, U], /) -> Authentication[U]: ...
@overload
def authenticate(scheme: Scheme[S, U], /) -> StateAuthentication[S, U]: ...
@overload
def authenticate(scheme: Scheme[object, U], /, *, into: Callable[[S, U], T]) -> Joining[S, T]: ...
@overload
def authenticate(scheme: Scheme[S, U], /, *, into: Callable[[S, U], T]) -> Joining[S, T]: ...
def authenticate(scheme: Scheme[S, U], /, *, into: Callable[[S, U], Any] = Authenticated) -> Any:
    """Lets a handler see who asks, and nobody else through: `Handler[Authenticated[S, U]]` becomes `Handler[S]`.

    `into(state, user)` makes a state of your own in its place. A request without credentials, or with wrong ones, is an
    Unauthorized error with the challenges of the scheme; malformed ones are a BadRequest. Responses are
    private unless they say `public`, `s-maxage` or `no-store`. Raises CompositionError for what is no scheme.
    """
    require_scheme(scheme, "authenticate()")
    require_sync(into, "authenticate(into=)")

    def middleware(handler: Handler[Any], /) -> Handler[S]:
        inside = _private(handler)

        async def authenticated(request: Request[S]) -> Response:
            outcome = await scheme.authenticate(request)
            if isinstance(outcome, Verified):
                request.connection.is_personal = True
                return await inside(request.with_state(into(request.state, outcome.user)))
            raise refusal(scheme.challenges, outcome)

        return authenticated

    return middleware


def guard(scheme: Scheme[object, object], /) -> Middleware:
    """Lets through only requests with right credentials, and leaves the state as it is: for mounts, and within `some`.

    Refuses as `authenticate` does. Raises CompositionError for what is no scheme.
    """
    require_scheme(scheme, "guard()")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        inside = _private(handler)

        async def guarded(request: Request[S]) -> Response:
            outcome = await scheme.authenticate(request)
            if isinstance(outcome, Verified):
                request.connection.is_personal = True
                return await inside(request)
            raise refusal(scheme.challenges, outcome)

        return guarded

    return middleware
