"""What is measured: the requests, and the answers that every framework has to give to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

HELLO: Final = "Hello, world!"
NAME: Final = "ada"
ADDED: Final = {f"x-added-{number}": f"by middleware {number}" for number in range(1, 6)}
"""The header that each of the five middlewares adds, with its value."""


class Builder(Protocol):
    """The applications of one framework; a module of `benchmarks.apps` is one."""

    def plain(self) -> ASGIApp:
        """Answers `/` with HELLO."""
        ...

    def user(self) -> ASGIApp:
        """Answers `/users/{id}` with JSON that has the id as a number."""
        ...

    def numbered(self, count: int) -> ASGIApp:
        """Answers `/r{n}/{id}/x` with the id, one route for each n."""
        ...

    def wrapped(self) -> ASGIApp:
        """Answers `/` with HELLO through five middlewares."""
        ...


@dataclass(frozen=True)
class Scenario:
    """One request, and what has to come back."""

    key: str
    title: str
    path: str
    body: object
    build: Callable[[Builder], ASGIApp]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether the body is compared as JSON, not as text."""
        return not isinstance(self.body, str)


def _last_of(count: int) -> Scenario:
    def build(builder: Builder) -> ASGIApp:
        return builder.numbered(count)

    return Scenario(f"routes-{count}", f"the last of {count:,} routes", f"/r{count - 1}/42/x", "42", build)


SCENARIOS: Final = (
    Scenario("plain", "plain text", "/", HELLO, lambda builder: builder.plain()),
    Scenario("user", "typed parameter to JSON", "/users/42", {"id": 42, "name": NAME}, lambda builder: builder.user()),
    Scenario("middleware", "five middlewares", "/", HELLO, lambda builder: builder.wrapped(), ADDED),
    _last_of(10),
    _last_of(100),
    _last_of(1000),
)
