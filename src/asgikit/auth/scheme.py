"""Scheme: from a request to a user; and what handlers see of that user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeAlias, final, overload

from typing_extensions import TypeVar

from asgikit.errors import CompositionError
from asgikit.functions import has_methods, require_async
from asgikit.http.authorization import Challenge
from asgikit.request import Request

S = TypeVar("S")
U = TypeVar("U")
C = TypeVar("C")
U1 = TypeVar("U1")
U2 = TypeVar("U2")
U3 = TypeVar("U3")
S_co = TypeVar("S_co", covariant=True)
S_contra = TypeVar("S_contra", contravariant=True)
U_co = TypeVar("U_co", covariant=True)


class HasUser(Protocol[U_co]):
    """What a handler names that needs to know who asks, and nothing else of the state."""

    @property
    def user(self) -> U_co:
        """Who asks."""
        ...


@final
class Authenticated(Generic[S_co, U_co]):
    """The state of a request whose user is known: what it was before, and the user; immutable, covariant in both."""

    __slots__ = ("_state", "_user")

    def __init__(self, state: S_co, user: U_co) -> None:
        """Made by `authenticate`."""
        self._state: S_co = state
        self._user: U_co = user

    @property
    def state(self) -> S_co:
        """The state outside of the authentication."""
        return self._state

    @property
    def user(self) -> U_co:
        """Who asks."""
        return self._user

    def __repr__(self) -> str:
        """The user; the state may hold anything."""
        return f"Authenticated(user={self._user!r})"


@final
class Verified(Generic[U_co]):
    """The credentials are right, and this is whose they are."""

    __slots__ = ("_user",)

    def __init__(self, user: U_co) -> None:
        """Made by schemes."""
        self._user: U_co = user

    @property
    def user(self) -> U_co:
        """Who asks."""
        return self._user


@final
@dataclass(frozen=True, slots=True)
class Rejected:
    """There are credentials of this kind, and they are wrong: `public` is for the client, `log` only for us.

    The status is 400 where they are malformed, 401 otherwise. The challenge stands in for the one of its scheme.
    """

    public: str
    log: str
    status: Literal[400, 401] = 401
    challenge: Challenge | None = None


Outcome: TypeAlias = Verified[U] | Rejected | None
"""Whose credentials they are, why they are refused, or None where the request has none of this kind."""


class Scheme(Protocol[S_contra, U_co]):
    """One way to prove who one is: it verifies, in requests whose state is an `S`, and gives a user."""

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """What a client without credentials is told (RFC 9110, 11.6.1)."""
        ...

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        """The outcome for this request, a WebSocket handshake too."""
        ...


def require_scheme(scheme: object, what: str) -> None:
    """Raises CompositionError for what is no scheme."""
    if not (has_methods(scheme, "authenticate") and hasattr(scheme, "challenges")):
        raise CompositionError(f"{what} takes a scheme, as Bearer(verify), not {scheme!r}")


@final
class _FirstOf(Generic[S_contra, U_co]):
    __slots__ = ("_schemes",)

    def __init__(self, *schemes: Scheme[S_contra, U_co]) -> None:
        for scheme in schemes:
            require_scheme(scheme, "first_of()")
        self._schemes: tuple[Scheme[S_contra, U_co], ...] = schemes

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        return tuple(dict.fromkeys(challenge for scheme in self._schemes for challenge in scheme.challenges))

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        for scheme in self._schemes:
            outcome = await scheme.authenticate(request)
            if outcome is not None:
                return outcome
        return None


@overload
def first_of(a: Scheme[S, U], b: Scheme[S, U1], /) -> Scheme[S, U | U1]: ...
@overload
def first_of(a: Scheme[S, U], b: Scheme[S, U1], c: Scheme[S, U2], /) -> Scheme[S, U | U1 | U2]: ...
@overload
def first_of(a: Scheme[S, U], b: Scheme[S, U1], c: Scheme[S, U2], d: Scheme[S, U3], /) -> Scheme[S, U | U1 | U2 | U3]: ...
@overload
def first_of(*schemes: Scheme[S, U]) -> Scheme[S, U]: ...
def first_of(*schemes: Scheme[S, object]) -> Scheme[S, object]:
    """Several schemes in order: the first for which the request has credentials decides, whether they are right or wrong.

    Wrong credentials are refused, whatever else the request carries; the 401 has the challenges of all. Raises
    CompositionError without any scheme, and for what is none.
    """
    if not schemes:
        raise CompositionError("first_of() needs at least one scheme")
    return _FirstOf(*schemes)


@final
class _Optional(Generic[S_contra, U_co]):
    __slots__ = ("_scheme",)

    def __init__(self, scheme: Scheme[S_contra, U_co]) -> None:
        self._scheme: Scheme[S_contra, U_co] = scheme

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        return self._scheme.challenges

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co | None] | Rejected | None:
        outcome = await self._scheme.authenticate(request)
        return Verified(None) if outcome is None else outcome


def optional(scheme: Scheme[S, U], /) -> Scheme[S, U | None]:
    """The scheme for handlers that know anonymous users, too: the user is None without credentials. Wrong ones are refused.

    Raises CompositionError for what is no scheme.
    """
    require_scheme(scheme, "optional()")
    return _Optional(scheme)


@final
class _Loading(Generic[S_contra, C, U_co]):
    __slots__ = ("_load", "_scheme")

    def __init__(self, scheme: Scheme[S_contra, C], load: Callable[[Request[S_contra], C], Awaitable[U_co | None]]) -> None:
        self._scheme: Scheme[S_contra, C] = scheme
        self._load: Callable[[Request[S_contra], C], Awaitable[U_co | None]] = load

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        return self._scheme.challenges

    async def authenticate(self, request: Request[S_contra], /) -> Verified[U_co] | Rejected | None:
        outcome = await self._scheme.authenticate(request)
        if not isinstance(outcome, Verified):
            return outcome
        user = await self._load(request, outcome.user)
        return Rejected("you are not known here", "right credentials of an unknown user") if user is None else Verified(user)


@overload
def load_user(scheme: Scheme[object, C], load: Callable[[Request[S], C], Awaitable[U | None]], /) -> Scheme[S, U]: ...
@overload
def load_user(scheme: Scheme[S, C], load: Callable[[Request[S], C], Awaitable[U | None]], /) -> Scheme[S, U]: ...
def load_user(scheme: Scheme[S, C], load: Callable[[Request[S], C], Awaitable[U | None]], /) -> Scheme[S, U]:
    """The scheme with another user: what an asynchronous function makes of the one it gives, as claims; None is nobody.

    Raises CompositionError for what is no scheme, and a function that is not asynchronous.
    """
    require_scheme(scheme, "load_user()")
    require_async(load, "load_user()")
    return _Loading(scheme, load)
