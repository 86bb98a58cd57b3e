"""Middleware made of middleware."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit import App, HTTPError, Middleware, Request, Response, Router, every, except_for, get, param, root, some
from asgikit.errors import CompositionError
from asgikit.testing import call


@get(root / param("x", str))
async def shown(request: Request[object], x: str) -> Response:
    await anyio.lowlevel.checkpoint()
    return Response.text(x)


def needs(field: str, *, raises: bool = False) -> Middleware:
    """Lets through what has the field, and marks it."""

    def middleware(handler: Any, /) -> Any:
        async def inner(request: Request[Any]) -> Response:
            if field not in request.headers:
                if raises:
                    raise HTTPError(403, f"needs {field}")
                return Response.text(f"needs {field}", status=403)
            return (await handler(request)).with_added_header("x-passed", field)

        return inner

    return middleware


async def passed(middleware: Middleware, *fields: str, target: str = "/x") -> tuple[int, str, tuple[str, ...]]:
    answer = await call(App(Router(shown).wrap(middleware)), target=target, headers=dict.fromkeys(fields, "1"))
    return answer.status, answer.text, answer.headers.get_all("x-passed")


async def test_every_is_all_of_them() -> None:
    """The first one outermost."""
    both = every(needs("a"), needs("b"))
    assert await passed(both, "a", "b") == (200, "x", ("b", "a"))
    assert await passed(both, "b") == (403, "needs a", ())
    assert await passed(every()) == (200, "x", ())


async def test_some_is_the_first_that_lets_the_request_through() -> None:
    """Its work after the handler is done too; if none lets it through, the last one answers."""
    either = some(needs("a"), needs("b", raises=True), needs("c"))
    assert await passed(either, "a", "b") == (200, "x", ("a",))
    assert await passed(either, "b") == (200, "x", ("b",))
    assert await passed(either, "c") == (200, "x", ("c",))
    assert await passed(either) == (403, "needs c", ())


async def test_some_runs_the_handler_once() -> None:
    """An error of the handler is no reason to try the next alternative."""
    runs: list[str] = []

    @get(root)
    async def fails(request: Request[object]) -> Response:
        runs.append("run")
        raise ValueError

    answer = await call(App(Router(fails).wrap(some(needs("a"), needs("b")))), headers={"a": "1", "b": "1"})
    assert (answer.status, type(answer.error), runs) == (500, ValueError, ["run"])


async def test_alternatives_nest() -> None:
    """An inner attempt says nothing about the outer one."""
    nested = some(every(some(needs("a"), needs("b")), needs("c")), needs("d"))
    assert await passed(nested, "b", "c") == (200, "x", ("c", "b"))
    assert await passed(nested, "a", "d") == (200, "x", ("d",))
    for fields in ((), ("a",), ("b",), ("c",)):
        assert await passed(nested, *fields) == (403, "needs d", ())
    assert await passed(nested, "b", "d") == (200, "x", ("d",))
    assert await passed(some(some(needs("a")), needs("b")), "b") == (200, "x", ("b",))


async def test_alternatives_do_not_mix_between_requests() -> None:
    """Many at once, each with its own answer."""
    app = App(Router(shown).wrap(some(needs("a"), needs("b"))))
    seen: dict[int, tuple[str, ...]] = {}

    async def one(number: int) -> None:
        answer = await call(app, target="/x", headers={"a" if number % 2 else "b": "1"})
        seen[number] = answer.headers.get_all("x-passed")

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(one, number)
    assert seen == {number: ("a" if number % 2 else "b",) for number in range(20)}


async def test_except_for_leaves_some_requests_alone() -> None:
    """By a predicate."""
    guarded = except_for(lambda request: request.path == "/health", needs("a"))
    assert (await passed(guarded, target="/health"))[0] == 200
    assert (await passed(guarded))[0] == 403


def test_some_of_nothing_is_refused() -> None:
    """At composition."""
    with pytest.raises(CompositionError, match="at least one"):
        some()
