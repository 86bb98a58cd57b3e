"""Permissions: what the user of a request may do, as typed predicates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, overload

from typing_extensions import TypeVar

from asgikit.auth.scheme import Authenticated, HasUser
from asgikit.errors import CompositionError, Forbidden, HTTPError, NotFound
from asgikit.functions import require_async, require_sync
from asgikit.handler import Handler
from asgikit.request import Request
from asgikit.response import Response

S = TypeVar("S")
U = TypeVar("U")


class Requirement(Protocol[U]):
    """What lets a handler see the users of whom a permission is true."""

    @overload
    def __call__(self, handler: Handler[HasUser[U]], /) -> Handler[Authenticated[object, U]]: ...
    @overload
    def __call__(self, handler: Handler[Authenticated[S, U]], /) -> Handler[Authenticated[S, U]]: ...


class Check(Protocol[S]):
    """What lets a handler see the requests of which a check is true."""

    def __call__(self, handler: Handler[S], /) -> Handler[S]:
        """The handler behind the check."""
        ...


def all_of(*permissions: Callable[[U], bool]) -> Callable[[U], bool]:
    """The permission of whoever has all of these. Raises CompositionError for none, and for an asynchronous function."""
    _require_some(permissions, "all_of()")
    return lambda user: all(permission(user) is True for permission in permissions)


def any_of(*permissions: Callable[[U], bool]) -> Callable[[U], bool]:
    """The permission of whoever has one of these. Raises CompositionError for none, and for an asynchronous function."""
    _require_some(permissions, "any_of()")
    return lambda user: any(permission(user) is True for permission in permissions)


def none_of(*permissions: Callable[[U], bool]) -> Callable[[U], bool]:
    """The permission of whoever has none of these. Raises CompositionError for none, and for an asynchronous function."""
    _require_some(permissions, "none_of()")
    return lambda user: all(permission(user) is False for permission in permissions)


def _require_some(permissions: tuple[object, ...], what: str) -> None:
    if not permissions:
        raise CompositionError(f"{what} needs at least one permission")
    for permission in permissions:
        require_sync(permission, what)


def denial(*, hidden: bool) -> HTTPError:
    """403; 404 as for what is not there, where that it exists is a secret (RFC 9110, 15.5.4)."""
    return NotFound("Not Found") if hidden else Forbidden("you may not do this")


def require(permission: Callable[[U], bool], /, *, hidden: bool = False) -> Requirement[U]:
    """Lets through the users of whom the permission is true; nothing but True will do. Goes within `authenticate`.

    Others get a Forbidden error, or NotFound if `hidden`. Raises CompositionError for an asynchronous function.
    """
    require_sync(permission, "require()")

    def middleware(handler: Handler[HasUser[U]], /) -> Handler[HasUser[U]]:
        async def required(request: Request[HasUser[U]]) -> Response:
            if permission(request.state.user) is True:
                return await handler(request)
            raise denial(hidden=hidden)

        return required

    return middleware  # type: ignore[return-value]  # checkers cannot see that the state goes through as it is


def require_that(check: Callable[[Request[S]], Awaitable[bool]], /, *, hidden: bool = False) -> Check[S]:
    """Lets through the requests of which the asynchronous check is true: whose document it is, say; nothing but True will do.

    Others get a Forbidden error, or NotFound if `hidden`. Raises CompositionError for a synchronous function.
    """
    require_async(check, "require_that()")

    def middleware(handler: Handler[S], /) -> Handler[S]:
        async def required(request: Request[S]) -> Response:
            if await check(request) is True:
                return await handler(request)
            raise denial(hidden=hidden)

        return required

    return middleware
