"""Mounting: an application of another framework as a route for everything below a path."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVarTuple

from asgikit.asgi import ForeignApp
from asgikit.dispatch import Line
from asgikit.errors import CompositionError
from asgikit.foreign.application import Foreign, from_asgi
from asgikit.foreign.lifespan import STOP, Mode
from asgikit.matching import ANY
from asgikit.path import Path
from asgikit.request import Request
from asgikit.response import Response
from asgikit.route import Route
from asgikit.routing import Router

Ts = TypeVarTuple("Ts")


def mount(
    path: Path[*Ts], app: ForeignApp, /, *, name: str | None = None, lifespan: Mode = "auto", stop: float = STOP
) -> Route[object]:
    """Any ASGI application for what no route answers at a path or below it, handshakes included.

    The path becomes its root path. Its lifespan runs inside the App's: "auto" asks whether it has one, "on" insists on
    it, "off" leaves it alone; it has `stop` seconds to stop in. Raises CompositionError for what is no ASGI application,
    and for a path that ends in a slash.
    """
    if not _is_path(path) or (path.parts and path.parts[-1] == ""):
        raise CompositionError(f'{path!r} is nowhere to mount: write a path without slash or rest at its end, root / "api"')
    foreign = from_asgi(app, name=name, lifespan=lifespan, stop=stop)

    def run(request: Request[Any]) -> Awaitable[Response]:
        below: Any = request.args[-1]
        return foreign.answer(request, below)

    return Route(Line(ANY, path.pattern, foreign.terms.name, name is not None, run), foreign)


def _is_path(given: object) -> bool:
    return isinstance(given, Path)


def foreign_in(handler: object) -> tuple[Foreign, ...]:
    """The applications of other frameworks that a handler is, or holds: those of a router, in the order of its routes.

    A middleware around a router hides them: `router.wrap(middleware)` does not.
    """
    found: list[object] = [handler.handler if isinstance(handler, Route) else handler]
    if isinstance(handler, Router):
        found = [*(route.handler for route in handler.routes), handler.fallback]
    return tuple(each for each in found if isinstance(each, Foreign))
