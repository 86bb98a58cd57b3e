"""Laws of routers: they agree with a naive linear model, nesting changes nothing, wrapping is composition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import anyio
from hypothesis import assume, given
from hypothesis import strategies as st

from asgikit import App, Request, Response, Route, Router, endpoint, every, param, rest, root
from asgikit.converters import integer, specificity
from asgikit.errors import RouteConflict
from asgikit.path import Param, Rest
from asgikit.testing import Answer, call

PARTS: list[Any] = ["a", "b", "1", int, str, float, Literal["a", "1"], integer(1, 5), bool]
METHODS = ["GET", "POST", "DELETE"]

patterns = st.tuples(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3), st.booleans())
targets = st.lists(st.sampled_from(["a", "b", "c", "1", "7", "1.5", "true", "%2F", "..", ""]), max_size=4).map(
    lambda s: "/" + "/".join(s)
)


def path_of(pattern: tuple[list[Any], bool]) -> Any:
    path: Any = root
    for index, part in enumerate(pattern[0]):
        path = path / (part if isinstance(part, str) else param(f"p{index}", part))
    return path / rest("tail") if pattern[1] else path


def route_of(number: int, method: str, pattern: tuple[list[Any], bool]) -> Route[object]:
    async def handler(request: Request[object], *args: object) -> Response:
        return Response.text(f"{number} {args!r}")

    return endpoint(method, path_of(pattern))(handler)


def driven(app: App[None], *exchanges: tuple[str, str]) -> list[Answer]:
    async def run() -> list[Answer]:
        return [await call(app, method, target) for method, target in exchanges]

    return anyio.run(run)


def shown(answers: list[Answer]) -> list[tuple[int, str, str | None]]:
    return [(answer.status, answer.text, answer.headers.get("allow")) for answer in answers]


def matches(parts: Sequence[Any], segments: list[str]) -> tuple[object, ...] | None:
    """Whether a pattern matches segments, one after the other: the naive way."""
    if not parts:
        return () if not segments else None
    if isinstance(parts[0], Rest):
        try:
            return (parts[0].parse(segments),) if segments else None
        except ValueError:
            return None
    if not segments:
        return None
    values: tuple[object, ...] = ()
    if isinstance(parts[0], Param):
        try:
            values = (parts[0].converter.parse(segments[0]),)
        except ValueError:
            return None
    elif parts[0] != segments[0]:
        return None
    following = matches(parts[1:], segments[1:])
    return None if following is None else values + following


def rank(parts: Sequence[Any]) -> list[tuple[int, int]]:
    """Sorts as routers prefer: fixed text, then parameters by what they take, then tails."""
    return [(-1, 0) if isinstance(p, str) else (99, 0) if isinstance(p, Rest) else specificity(p.converter) for p in parts]


Table = list[tuple[str, tuple[list[Any], bool]]]
tables = st.lists(st.tuples(st.sampled_from(METHODS), patterns), min_size=1, max_size=8)


RAW = ["as it is", "none", "with its query", "absolute"]


def scoped(target: str, raw: str) -> dict[str, Any]:
    """What servers make of a target: not all of them give the raw path, or give only the path."""
    if raw == "with its query":
        return {"raw_path": target.encode() + b"?q=/x"}
    if raw == "absolute":
        return {"raw_path": b"http://h" + target.encode()}
    return {"omit": ["raw_path"]} if raw == "none" else {}


@given(tables, st.sampled_from(METHODS), targets, st.sampled_from(RAW))
def test_a_router_agrees_with_a_linear_model(table: Table, method: str, target: str, raw: str) -> None:
    """Of all routes that match, the most specific one with the method; 405 if only the method differs; else 404."""
    assume(raw != "none" or "%" not in target)
    routes = [route_of(number, *entry) for number, entry in enumerate(table)]
    try:
        router = Router(*routes, slash="strict")
    except RouteConflict:
        assume(False)
        raise
    segments = [segment.replace("%2F", "/") for segment in target[1:].split("/")]
    found = []
    for number, route in enumerate(routes):
        parts = route.line.path.parts
        values = matches(parts, segments)
        if values is not None:
            found.append((rank(parts), number, route.method, values))
    found.sort(key=lambda entry: entry[0])
    answer = anyio.run(lambda: call(App(router), method, target, **scoped(target, raw)))
    right = [entry for entry in found if entry[2] == method]
    if right:
        assert answer.text == f"{right[0][1]} {right[0][3]!r}"
    else:
        assert answer.status == (405 if found else 404)
        if found:
            allowed = set((answer.headers["allow"]).split(", "))
            assert allowed - {"HEAD"} == {entry[2] for entry in found}
            assert ("HEAD" in allowed) == ("GET" in allowed)


@given(tables, st.data())
def test_order_and_nesting_change_nothing(table: Table, data: st.DataObject) -> None:
    """Any permutation, in any grouping, answers alike."""
    routes = [route_of(number, *entry) for number, entry in enumerate(table)]
    try:
        flat = Router(*routes)
    except RouteConflict:
        assume(False)
        raise
    mixed = data.draw(st.permutations(routes))
    cut = data.draw(st.integers(0, len(mixed)))
    nested = Router(Router(Router(*mixed[:cut])), *mixed[cut:])
    exchanges = [(m, t) for m in ("GET", "OPTIONS", "POST") for t in ("/a", "/1", "/a/1", "/7/b/1", "/true/", "/")]
    assert shown(driven(App(flat), *exchanges)) == shown(driven(App(nested), *exchanges))


def mark(name: str) -> Any:
    def middleware(handler: Any) -> Any:
        async def inner(request: Request[Any]) -> Response:
            return (await handler(request)).with_added_header("x-mark", name)

        return inner

    return middleware


@given(st.lists(st.text("abc", min_size=1, max_size=2), max_size=5), st.integers(0, 5))
def test_composition_is_associative(names: list[str], cut: int) -> None:
    """However a chain of middleware is bracketed, it does the same; nothing is its unit."""
    marks = [mark(name) for name in names]
    route = route_of(0, "GET", (["a"], False))
    bracketed = [
        every(*marks),
        every(every(*marks[:cut]), every(*marks[cut:])),
        every(every(), *marks, every()),
    ]
    expected = tuple(reversed(names))
    for middleware in bracketed:
        (answer,) = driven(App(middleware(route)), ("GET", "/a"))
        assert answer.headers.get_all("x-mark") == expected
    wrapped = Router(route)
    for middleware in reversed(marks):
        wrapped = wrapped.wrap(middleware)
    (answer,) = driven(App(wrapped), ("GET", "/a"))
    assert answer.headers.get_all("x-mark") == expected


@given(st.text(max_size=40), st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "BREW"]), st.booleans())
def test_no_path_fails(text: str, method: str, raw: bool) -> None:
    """Whatever a client asks for, the answer is no 500 and nothing is raised."""
    scope: dict[str, Any] = {"path": "/" + text}
    if raw:
        scope["raw_path"] = b"/" + text.encode("utf-8", "surrogatepass")
    app = App(Router(*(route_of(n, "GET", ([part], n % 2 == 0)) for n, part in enumerate([int, str, "a", bool]))))

    async def run() -> Answer:
        return await call(app, method, **scope)

    answer = anyio.run(run)
    assert answer.error is None
    assert answer.status in {200, 204, 308, 404, 405}
