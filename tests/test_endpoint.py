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
from asgikit.calls import Call, Reply
from asgikit.drafts import Draft
from asgikit.errors import CompositionError
from asgikit.http.headers import Headers
from asgikit.problems import CallError
from asgikit.testing import AsyncClient, call


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


async def test_an_endpoint_is_both_sides_of_an_operation() -> None:
    """The value that decorates the handler makes the request and reads the response."""
    create = (
        post(root / "shops" / param("shop", str) / "items").takes(json(Item)).takes(query(Item)).returns(json(Item, status=201))
    )

    @create
    async def handler(request: Request[object], shop: str, item: Item, other: Item) -> Item:
        return Item(f"{shop} {item.name} {other.name}", item.price + other.price)

    assert create.call("a/b", Item("x", 1), Item("é &", 2)) == Call(
        "POST",
        "/shops/a%2Fb/items?name=%C3%A9+%26&price=2",
        ((b"content-type", b"application/json"),),
        b'{"name":"x","price":1}',
    )
    async with AsyncClient(App(handler)) as client:
        assert await client(create, "a/b", Item("x", 1), Item("é &", 2)) == Item("a/b x é &", 3)


async def test_without_returns_a_client_gets_the_response() -> None:
    """Whatever its status."""
    look = get(root / param("status", int))

    @look
    async def handler(request: Request[object], status: int) -> Response:
        return Response.text("x", status=status, headers={"x-a": "b"})

    async with AsyncClient(App(handler)) as client:
        for status in (200, 404):
            response = await client(look, status)
            assert (response.status, response.headers.get("x-a"), response.body) == (status, "b", b"x")


def test_a_websocket_is_called_with_a_get() -> None:
    """Its handshake."""
    assert websocket(root / "chat" / param("room", str)).call("a b") == Call("GET", "/chat/a%20b")


ANSWERED = [
    (404, "application/json", b'{"name":"x"}', "201 was expected"),
    (200, "application/json", b'{"name":"x"}', "201 was expected"),
    (201, "text/html", b'{"name":"x"}', "the content-type is text/html, not application/json"),
    (201, "", b'{"name":"x"}', "the content-type is missing, not application/json"),
    (201, "json", b'{"name":"x"}', "'json' is not a media type"),
    (201, "application/json", b"{", "malformed JSON"),
    (201, "application/json", b"{}", "Object missing required field `name`"),
]


@pytest.mark.parametrize(("status", "kind", "content", "reason"), ANSWERED)
def test_another_answer_is_an_error_that_names_the_endpoint(status: int, kind: str, content: bytes, reason: str) -> None:
    """With the status, the content, and what is wrong with them."""
    create = post(root / "items").returns(json(Item, status=201))
    headers = Headers({"content-type": kind} if kind else {})
    assert create.result(Reply(201, Headers({"content-type": "application/json"}), b'{"name":"x"}')) == Item("x")
    with pytest.raises(CallError, match=f"POST /items was answered {status} .*") as caught:
        create.result(Reply(status, headers, content))
    assert reason in caught.value.reason
    assert (caught.value.status, caught.value.content) == (status, content)


def test_what_is_no_response_at_all_is_an_error_too() -> None:
    """Without returns() as well."""
    with pytest.raises(CallError, match="GET / was answered 999 Server Error: a final response has a status"):
        get(root).result(Reply(999))


def test_arguments_that_cannot_arrive_are_refused_with_the_endpoint() -> None:
    """Wrong values by a ValueError, the wrong number of them by a TypeError, before anything is sent."""
    operation: Any = post(root / param("id", int)).takes(json(Item))
    for args in (("x", Item("a")), (3, Item(5)), (3, None)):  # type: ignore[arg-type]  # what it is about
        with pytest.raises(ValueError, match=r"<Endpoint POST /{id}> cannot be called like this"):
            operation.call(*args)
    with pytest.raises(TypeError, match=r"POST /{id} takes 2 arguments, not 1"):
        operation.call(3)


def test_a_codec_in_an_output_of_ones_own_makes_no_answer_of_ours() -> None:
    """What it raises for a request would become a response of the handler that calls."""

    class Decodes:
        async def read(self, request: Request[object], /) -> Item:
            return json(Item).decode(b"")

        def write_to(self, draft: Draft, value: Item, /) -> Draft:
            json(Item).decode(b"{")
            return draft

        def write(self, value: Item, /) -> Response:
            return Response.empty()

        def read_from(self, reply: Reply, /) -> Item:
            return json(Item).decode(reply.content)

    with pytest.raises(CallError, match="malformed JSON"):
        get(root).returns(Decodes()).result(Reply(200, content=b"{"))
    with pytest.raises(ValueError, match="malformed JSON"):
        get(root).takes(Decodes()).call(Item("x"))


async def test_inputs_and_outputs_of_ones_own_are_called_too() -> None:
    """With a method more each; without them the error says which."""

    class Level:
        async def read(self, request: Request[object], /) -> int:
            return int(request.headers["x-level"])

    class WritableLevel(Level):
        def write_to(self, draft: Draft, value: int, /) -> Draft:
            return draft.with_header("x-level", str(value))

    class Count:
        def write(self, value: int, /) -> Response:
            return Response.text(str(value))

    class ReadableCount(Count):
        def read_from(self, reply: Reply, /) -> int:
            return int(reply.content)

    climb = get(root).takes(WritableLevel()).returns(ReadableCount())

    @climb
    async def handler(request: Request[object], level: int) -> int:
        return level + 1

    async with AsyncClient(App(handler)) as client:
        assert await client(climb, 3) == 4
    with pytest.raises(CallError, match="invalid literal"):
        climb.result(Reply(200, content=b"x"))
    with pytest.raises(CompositionError, match="write_to"):
        get(root).takes(Level()).call(3)
    with pytest.raises(CompositionError, match="read_from"):
        get(root).returns(Count()).result(Reply(200))
