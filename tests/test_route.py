"""Routes: one handler on one path."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit import App, Request, Response, Router, get, param, root
from asgikit.testing import call


@get(root / "u" / param("id", int), name="user")
async def show(request: Request[object], id: int) -> Response:
    return Response.text(f"{id}")


def test_a_route_describes_itself() -> None:
    """And gives its function back, for unit tests."""
    assert (show.method, show.pattern, show.name) == ("GET", "/u/{id}", "user")
    assert repr(show) == "<Route GET /u/{id} user>"
    assert show.handler.__name__ == "show"
    untyped: Any = show
    with pytest.raises(AttributeError):
        untyped.name = "x"


async def test_a_route_is_a_handler() -> None:
    """On its path; 404 and 405 elsewhere."""
    app = App(show)
    assert [(await call(app, method, target)).status for method, target in (("GET", "/u/3"), ("GET", "/x"), ("PUT", "/u/3"))] == [
        200,
        404,
        405,
    ]


async def test_a_wrapped_route_keeps_its_path() -> None:
    """The last one wrapped is the outermost; the first route stays as it was."""

    def mark(name: str) -> Any:
        def middleware(handler: Any) -> Any:
            async def inner(request: Request[Any]) -> Response:
                return (await handler(request)).with_added_header("x", name)

            return inner

        return middleware

    wrapped = show.wrap(mark("inner")).wrap(mark("outer"))
    assert (await call(App(Router(wrapped)), target="/u/3")).headers.get_all("x") == ("inner", "outer")
    assert (await call(App(Router(show)), target="/u/3")).headers.get_all("x") == ()
    assert wrapped.handler is show.handler
