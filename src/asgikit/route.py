"""Route[S]: one handler on one path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Generic, final

from typing_extensions import TypeVar

from asgikit.dispatch import Dispatch, Gate, Line
from asgikit.handler import Handler
from asgikit.request import Request
from asgikit.response import Response

S_contra = TypeVar("S_contra", contravariant=True)
T = TypeVar("T")


@final
class Route(Generic[S_contra]):
    """One handler on one path, for requests whose state is an `S`; immutable, and a handler itself."""

    __slots__ = ("_dispatch", "_handler", "_line")

    def __init__(self, line: Line, handler: Callable[..., Awaitable[object]]) -> None:
        """Made by calling an Endpoint with a handler."""
        self._line: Line = line
        self._handler: Callable[..., Awaitable[object]] = handler
        self._dispatch: Dispatch | None = None

    @property
    def line(self) -> Line:
        """What a router needs of it."""
        return self._line

    @property
    def method(self) -> str:
        """The method, in upper case."""
        return self._line.method

    @property
    def pattern(self) -> str:
        """The path as a pattern: `/users/{id}`."""
        return str(self._line.path)

    @property
    def name(self) -> str:
        """The name it was given, else that of its handler."""
        return self._line.name

    @property
    def handler(self) -> Callable[..., Awaitable[object]]:
        """The function that was decorated, for unit tests."""
        return self._handler

    def wrap(self, middleware: Callable[[Handler[S_contra]], Handler[T]], /) -> Route[T]:
        """The route with a middleware around it. Raises CompositionError if that gives no handler."""
        return Route(replace(self._line, gates=(*self._line.gates, Gate(middleware))), self._handler)

    def __call__(self, request: Request[S_contra], /) -> Awaitable[Response]:
        """The response to a request: the handler's on its path, 404 or 405 elsewhere."""
        if self._dispatch is None:
            self._dispatch = Dispatch((self._line,))
        return self._dispatch.answer(request)

    def __repr__(self) -> str:
        """Method, pattern and name."""
        return f"<Route {self.method} {self.pattern} {self.name}>"
