"""Matched: where a router sends a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, final

from asgikit.connection import Connection
from asgikit.path import Pattern
from asgikit.response import Response

Run: TypeAlias = Callable[[Any], Awaitable[Response]]
"""A handler whose state type is checked elsewhere: where its route was made and put into a router."""

Find: TypeAlias = "Callable[[Connection], tuple[Matched, tuple[object, ...]]]"
"""Finds the route of a connection, and the values of its path."""


@final
class Matched:
    """Where a router sends a request: the pattern for people and metrics, and the handlers on the way.

    Two routes can have one pattern, `/{id}` for numbers and for text; their paths differ. Each `wrap` around the route is a step:
    its key leads to the handler further in.
    """

    __slots__ = ("again", "name", "path", "pattern", "run", "steps")

    def __init__(self, path: Pattern | None, name: str, run: Run, steps: Mapping[object, Run], again: Find) -> None:
        """Made by a router, for a path or a miss; `again` finds the route of a connection whose scope is another now."""
        self.again: Find = again
        self.path: Pattern | None = path
        self.pattern: str = "" if path is None else str(path)
        self.name: str = name
        self.run: Run = run
        self.steps: Mapping[object, Run] = steps

    @property
    def elsewhere(self) -> Run:
        """The way in for a request that comes here from another route, since a middleware has given it another path.

        What is around this route has to run, whatever ran before. What is around a miss has run.
        """
        return self.run if self.pattern else next(iter(self.steps.values()), self.run)

    def __repr__(self) -> str:
        """The pattern."""
        return f"<Matched {self.pattern}>"
