"""What is measured: the requests, and the answers that every framework has to give to them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
B = TypeVar("B")

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
class Call:
    """One request: `chunks` are the events of its body. With `waits`, the client stays until it has the whole response."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    chunks: tuple[bytes, ...] = (b"",)
    waits: bool = False


@dataclass(frozen=True)
class Answer:
    """One response, with the names of its headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Scenario(Generic[B]):
    """One request, and what has to come back: `problem` says what is wrong with an answer, None for nothing.

    Frameworks for which `build` gives None have no such thing. With `follow`, the request is sent again with fields made
    of the first answer, a tag or a cookie, and that one is measured; `first` is the first request, if it is another.
    """

    key: str
    title: str
    call: Call
    build: Callable[[B], ASGIApp | None]
    problem: Callable[[Answer], str | None]
    follow: Callable[[Answer], tuple[tuple[bytes, bytes], ...]] | None = None
    first: Call | None = None


def says(body: object, headers: Mapping[str, str] | None = None) -> Callable[[Answer], str | None]:
    """Text as it is, or any other value as JSON, with these headers and those that describe it."""
    content_type = "text/plain" if isinstance(body, str) else "application/json"

    def problem(answer: Answer) -> str | None:
        if answer.status != 200 or (answer.body.decode() if isinstance(body, str) else json.loads(answer.body)) != body:
            return f"{answer.status} {answer.body!r}"
        described = answer.headers["content-type"].startswith(content_type)
        if not described or answer.headers["content-length"] != str(len(answer.body)):
            return f"the headers are {answer.headers!r}"
        if not (headers or {}).items() <= answer.headers.items():
            return f"a middleware has not run, the headers are {answer.headers!r}"
        return None

    return problem


def _last_of(count: int) -> Scenario[Builder]:
    def build(builder: Builder) -> ASGIApp:
        return builder.numbered(count)

    return Scenario(f"routes-{count}", f"the last of {count:,} routes", Call(f"/r{count - 1}/42/x"), build, says("42"))


SCENARIOS: Final[tuple[Scenario[Builder], ...]] = (
    Scenario("plain", "plain text", Call("/"), lambda builder: builder.plain(), says(HELLO)),
    Scenario(
        "user", "typed parameter to JSON", Call("/users/42"), lambda builder: builder.user(), says({"id": 42, "name": NAME})
    ),
    Scenario("middleware", "five middlewares", Call("/"), lambda builder: builder.wrapped(), says(HELLO, ADDED)),
    _last_of(10),
    _last_of(100),
    _last_of(1000),
)
