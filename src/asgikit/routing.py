"""Router[S]: routes as one immutable value, which is a handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import replace
from typing import Any, Generic, Never, TypeGuard, final

from typing_extensions import TypeVar

from asgikit.dispatch import Dispatch, Gate, Line, Slash
from asgikit.errors import CompositionError
from asgikit.handler import Handler, require_handler
from asgikit.matched import Run
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route

S_contra = TypeVar("S_contra", contravariant=True)
S = TypeVar("S")
T = TypeVar("T")


@final
class Router(Generic[S_contra]):
    """Routes and routers as one handler, for requests whose state is an `S`; immutable.

    The order plays no part: fixed text beats parameters, narrow parameters beat wide ones, and what has no route for
    a method falls through to what has. Raises RouteConflict for two routes that answer the same requests, a route
    that can never be reached, or a name given twice.
    """

    __slots__ = ("_dispatch", "_gates", "_lines", "_otherwise", "_routes", "_slash")

    def __init__(self, *routes: Route[S_contra] | Router[S_contra], slash: Slash | None = None) -> None:
        """`slash` is for the routes in here that no router further in has decided for; "redirect" if nobody says.

        A policy for what only differs by a trailing slash: "strict" is 404, "redirect" a relative 308, "match" an answer.
        """
        if slash not in {None, "strict", "redirect", "match"}:
            raise CompositionError(f"slash is 'strict', 'redirect' or 'match', not {slash!r}")
        lines: list[Line] = []
        for route in routes:
            lines.extend(_lines(route))
        self._lines: tuple[Line, ...] = tuple(_with_slash(line, slash) for line in lines)
        self._routes: tuple[Route[S_contra] | Router[S_contra], ...] = routes
        self._slash: Slash | None = slash
        self._gates: tuple[Gate, ...] = ()
        self._otherwise: Run | None = None
        self._dispatch: Dispatch = Dispatch(self._lines, slash=slash or "redirect")

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every route in here, those of nested routers included, with what a router around needs of it."""
        return self._lines

    @property
    def routes(self) -> tuple[Route[Never], ...]:
        """Every route in here, those of nested routers included."""
        found: list[Route[Never]] = []
        for route in self._routes:
            if isinstance(route, Route):
                found.append(route)
            else:
                found.extend(route.routes)
        return tuple(found)

    def wrap(self, middleware: Callable[[Handler[S_contra]], Handler[T]], /) -> Router[T]:
        """The router with a middleware around it; the last one wrapped is the outermost.

        It is around every route in here when the router is nested, and around misses (404, 405) as well when it is
        outermost. It runs after matching, so `request.route` is known; what rewrites the request wraps the router
        as a handler instead: `App(middleware(router))`. Raises CompositionError if the middleware gives no handler.
        """
        gate = Gate(middleware)
        lines = tuple(replace(line, gates=(*line.gates, gate)) for line in self._lines)
        return self._changed(lines, (*self._gates, gate), self._otherwise)

    def otherwise(self, handler: Handler[S_contra], /) -> Router[S_contra]:
        """The router with this handler for paths that have no route, when it is outermost."""
        return self._changed(self._lines, self._gates, require_handler(handler, "otherwise()"))

    @property
    def fallback(self) -> Callable[..., Awaitable[Response]] | None:
        """What answers paths that have no route, if that was said with `otherwise`."""
        return self._otherwise

    def _changed(self, lines: tuple[Line, ...], gates: tuple[Gate, ...], otherwise: Run | None) -> Router[Any]:
        router = copy(self)
        router._lines = lines
        router._gates = gates
        router._otherwise = otherwise
        # The paths are the same, so the tree is.
        router._dispatch = Dispatch(lines, gates, self._slash or "redirect", otherwise, self._dispatch.tree)
        return router

    @property
    def dispatch(self) -> Dispatch:
        """What the edge calls: it tells a fresh request its route in place, where a call of the router makes a copy."""
        return self._dispatch

    def __call__(self, request: Request[S_contra], /) -> Awaitable[Response]:
        """The response to a request."""
        return self._dispatch.answer(request)

    def __repr__(self) -> str:
        """How many routes there are."""
        return f"<Router of {len(self._lines)} routes>"


def _lines(route: object) -> tuple[Line, ...]:
    if isinstance(route, Router):
        return route.lines
    if isinstance(route, Route):
        return (route.line,)
    name = getattr(route, "__name__", repr(route))
    raise CompositionError(f"{name} is no route: decorate it with an endpoint, as in @get(path)")


def _with_slash(line: Line, slash: Slash | None) -> Line:
    return line if line.slash is not None or slash is None else replace(line, slash=slash)


def is_router(handler: Handler[S]) -> TypeGuard[Router[S]]:
    """Whether a handler is a router, whose parts can be told."""
    return isinstance(handler, Router)
