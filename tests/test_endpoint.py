"""Endpoints: descriptions that check their handlers."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import pytest

from asgikit import (
    App,
    Request,
    Response,
    Router,
    blocking,
    delete,
    endpoint,
    form,
    get,
    head,
    json,
    options,
    param,
    patch,
    post,
    put,
    query,
    root,
    trace,
    websocket,
)
from asgikit.errors import CompositionError
from tests.driving import call


@dataclass(frozen=True)
class Item:
    name: str
    price: int = 0


@dataclass(frozen=True)
class Page:
    limit: int = 10


@post(root / "items" / param("id", int)).takes(query(Page)).takes(json(Item)).returns(json(list[Item], status=201))
async def create(request: Request[object], id: int, page: Page, item: Item) -> list[Item]:
    return [item, Item(f"{id}", page.limit)]


async def test_arguments_come_in_the_order_of_path_and_takes() -> None:
    """The path's first, then what it takes; what is returned goes through returns()."""
    answer = await call(
        App(create), "POST", "/items/7?limit=3", body=b'{"name":"pen"}', headers={"content-type": "application/json"}
    )
    assert (answer.status, answer.text) == (201, '[{"name":"pen","price":0},{"name":"7","price":3}]')


async def test_an_endpoint_without_path_values_takes_and_returns_too() -> None:
    """Inputs with a Response, and an output without inputs."""

    @get(root / "a").takes(query(Page))
    async def a(request: Request[object], page: Page) -> Response:
        return Response.text(str(page.limit))

    @get(root / "b" / param("n", int)).returns(json(int))
    async def b(request: Request[object], n: int) -> int:
        return n

    app = App(Router(a, b))
    assert [(await call(app, target=t)).text for t in ("/a", "/a?limit=2", "/b/3")] == ["10", "2", "3"]


def test_an_endpoint_is_a_value() -> None:
    """takes() and returns() give new ones; it describes itself."""
    plain = get(root / "x" / param("id", int), name="x")
    richer = plain.takes(json(Item)).returns(json(Item))
    assert (plain.inputs, plain.output) == ((), None)
    assert (len(richer.inputs), richer.method, richer.pattern) == (1, "GET", "/x/{id}")
    assert richer.output is not None
    assert repr(richer) == "<Endpoint GET /x/{id}>"
    untyped: Any = plain
    with pytest.raises(AttributeError):
        untyped.method = "POST"


def test_every_method_has_its_constructor() -> None:
    """Any other goes through endpoint()."""
    made = [make(root).method for make in (get, head, post, put, delete, options, trace, patch)]
    assert made == ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]
    assert endpoint("QUERY", root).method == "QUERY"
    assert websocket(root).method == "WEBSOCKET"


@pytest.mark.parametrize("method", ["", "get", "GE T", "CONNECT", "WEBSOCKET", "G\n"])
def test_a_method_that_is_none_is_refused(method: str) -> None:
    """At composition."""
    with pytest.raises(CompositionError, match="not a method"):
        endpoint(method, root)


def test_a_synchronous_function_is_no_handler() -> None:
    """The text says what to write instead; a generator is none either."""

    def sync(request: object) -> Response:
        return Response.empty()

    async def generator(request: object) -> Any:
        yield 1

    for wrong in (sync, generator, functools.partial(sync)):
        untyped: Any = wrong
        with pytest.raises(CompositionError, match=r"write `async def`, or blocking\("):
            get(root)(untyped)


def test_callables_that_are_async_are_handlers() -> None:
    """Methods, partials, objects, and blocking functions."""

    class Greeter:
        async def greet(self, request: Request[object]) -> Response:
            return Response.text("hi")

        async def __call__(self, request: Request[object]) -> Response:
            return Response.text("hi")

    async def two(request: Request[object], *, name: str = "x") -> Response:
        return Response.text(name)

    def sync(request: Request[object]) -> Response:
        return Response.text("sync")

    class Heir(Greeter):
        pass

    routes = [
        get(root)(Greeter().greet),
        get(root)(Greeter()),
        get(root)(Heir()),
        get(root)(functools.partial(two, name="y")),
        get(root)(blocking(sync)),
    ]
    assert [route.name for route in routes] == ["greet", "Greeter", "Heir", "partial", "sync"]


@pytest.mark.parametrize("path", [root, root / param("a", int) / param("b", int)])
def test_a_handler_with_the_wrong_number_of_arguments_is_refused(path: Any) -> None:
    """D30: a type error, and without a type checker an error at composition."""

    async def handler(request: object, one: object) -> Response:
        return Response.empty()

    with pytest.raises(CompositionError, match="the request first"):
        get(path)(handler)


def test_a_path_an_input_and_an_output_are_what_they_should_be() -> None:
    """The text says what to write instead."""
    untyped: Any = get
    with pytest.raises(CompositionError, match="root / "):
        untyped("/users")
    untyped = get(root)
    with pytest.raises(CompositionError, match=r"json\(Item\)"):
        untyped.takes(Item)
    with pytest.raises(CompositionError, match=r"json\(Item\)"):
        untyped.returns(Item)
    with pytest.raises(CompositionError, match="body twice"):
        get(root).takes(json(Item)).takes(form(Item))


def test_a_status_without_content_has_no_json() -> None:
    """204 and JSON do not go together."""
    with pytest.raises(CompositionError, match="no JSON content"):
        json(Item, status=204)
