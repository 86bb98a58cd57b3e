"""The transport that httpx takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from asgikit.http.headers import Headers
from asgikit.testing import Incomplete, Profile, exchange_of
from asgikit.testing.adapter import Transport
from tests.testing.apps import body, echo, keeping, sending, start

pytestmark = pytest.mark.virtual_time


def over(
    app: Any, profile: Profile | None = None, *, raises: bool = True, base_url: str = "http://testserver"
) -> httpx.AsyncClient:
    transport: Any = Transport(app, httpx, profile or Profile(), raises=raises)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


async def test_httpx_itself_takes_it() -> None:
    """So does every library that is given an httpx client."""
    async with over(echo) as client:
        response = await client.post("/", content=b"hello")
    assert (response.status_code, response.text, response.http_version) == (200, "hello", "HTTP/1.1")


async def test_httpx2_takes_it() -> None:
    """The same names, another library."""
    transport: Any = Transport(echo, httpx2, Profile())
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        response = await client.post("/", content=b"hello")
        async with client.stream("POST", "/", content=b"again") as streamed:
            pieces = [piece async for piece in streamed.aiter_bytes()]
    assert response.text == "hello"
    assert pieces == [b"again"]


async def test_the_scope_is_complete() -> None:
    """What uvicorn would give for the same request, in the order of the specification."""
    scopes: list[Any] = []
    async with over(keeping(scopes), base_url="https://example.com:8443") as client:
        await client.get("/caf%C3%A9/a%2Fb?q=1&q=%20", headers={"X-Case": "kept"})
    [scope] = scopes
    assert {key: value for key, value in scope.items() if key != "headers"} == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/café/a/b",
        "raw_path": b"/caf%C3%A9/a%2Fb",
        "query_string": b"q=1&q=%20",
        "root_path": "",
        "client": ("127.0.0.1", 50000),
        "server": ("example.com", 8443),
    }
    assert (b"host", b"example.com:8443") in scope["headers"]
    assert (b"x-case", b"kept") in scope["headers"]


async def test_each_request_has_a_copy_of_the_state() -> None:
    """What one puts there is not seen by the next, what it changes inside is (lifespan, Lifespan State)."""
    scopes: list[Any] = []
    transport: Any = Transport(keeping(scopes), httpx, Profile())
    transport.state = {"list": []}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        await client.get("/")
        scopes[0]["state"]["own"] = 1
        scopes[0]["state"]["list"].append(2)
        await client.get("/")
    assert scopes[1]["state"] == {"list": [2]}


async def test_a_mounted_application_is_reached_below_its_root_path() -> None:
    """The path holds it, as the specification has it; what is not below it is not the application's."""
    scopes: list[Any] = []
    profile = Profile(root_path="/api")
    async with over(keeping(scopes), profile) as client:
        await client.get("/api/users")
        with pytest.raises(ValueError, match=r"/users is not below /api, .* or the base_url of the client"):
            await client.get("/users")
    assert (scopes[0]["root_path"], scopes[0]["path"]) == ("/api", "/api/users")


@pytest.mark.parametrize("size", [None, 1, 2])
async def test_bodies_come_in_chunks_by_choice(size: int | None) -> None:
    """Whatever the size, the body is the same."""
    async with over(echo, Profile(chunk_size=size)) as client:
        assert (await client.post("/", content=b"hello")).content == b"hello"


async def test_a_body_that_is_iterated_is_chunked() -> None:
    """There is no content-length, and the application sees each piece."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with over(echo) as client:
        assert (await client.post("/", content=pieces())).content == b"onetwo"


async def test_what_the_application_raises_is_raised() -> None:
    """The very exception; or it is a 500, as from a server, where that is wanted."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("by zero")

    async with over(app) as client:
        with pytest.raises(ZeroDivisionError, match="by zero"):
            await client.get("/")
    async with over(app, raises=False) as client:
        response = await client.get("/")
    assert (response.status_code, response.text) == (500, "Internal Server Error")


async def test_a_response_that_breaks_off_is_no_response() -> None:
    """Also where exceptions are not raised: a real client would see the connection end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"half", more=True))
        raise ZeroDivisionError

    async with over(app, raises=False) as client:
        with pytest.raises(Incomplete):
            await client.get("/")
    async with over(app) as client, client.stream("GET", "/") as response:
        with pytest.raises(ZeroDivisionError):
            await response.aread()


async def test_extensions_are_in_the_response_under_their_names() -> None:
    """As Starlette's client has them; and the exchange has them typed."""
    app = sending(
        start(trailers=True),
        body(b"x"),
        {"type": "http.response.trailers", "headers": [[b"digest", b"1"]], "more_trailers": False},
    )
    async with over(app, Profile(extensions=["http.response.trailers"])) as client:
        response = await client.get("/", headers={"te": "trailers"})
    assert response.extensions["http.response.trailers"] == [(b"digest", b"1")]
    assert exchange_of(response).heard.trailers == Headers({"digest": "1"})


def test_there_is_no_exchange_behind_a_response_from_elsewhere() -> None:
    """The error says why."""
    with pytest.raises(TypeError, match="did not come from an application in process"):
        exchange_of(httpx.Response(200))


async def test_what_is_open_ends_although_another_fails() -> None:
    """The end of the client leaves no application running."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ValueError(scope["path"])

    transport: Any = Transport(app, httpx, Profile())
    client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
    for path in ("/a", "/b", "/c"):
        await client.send(client.build_request("GET", path), stream=True)
    begun = [*transport.open]
    with pytest.raises(ValueError, match="/"):
        await client.aclose()
    assert (transport.open, [exchange.has_ended for exchange in begun]) == ({}, [True, True, True])


async def test_the_root_path_is_decoded_as_paths_are() -> None:
    """Which in the URL are percent-encoded."""
    scopes: list[Any] = []
    async with over(keeping(scopes), Profile(root_path="/é à")) as client:
        await client.get("/é à/b")
    assert (scopes[0]["path"], scopes[0]["root_path"]) == ("/é à/b", "/é à")


async def test_no_time_limit_of_one_request_is_no_time_limit() -> None:
    """Whatever that of the client is."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep(0.1)
        await echo(scope, receive, send)

    async with over(slow, Profile(timeout=0.01)) as client:
        assert (await client.get("/", timeout=None)).status_code == 200


async def test_where_one_application_fails_at_the_end_the_others_are_ended() -> None:
    """What failed first in the order of the requests is told."""
    ended: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send(start())
            while (await receive())["type"] != "http.disconnect":
                pass
            if scope["path"] == "/first":
                raise LookupError("first")
            await anyio.sleep_forever()
        finally:
            ended.append(scope["path"])

    with pytest.raises(LookupError, match="first"):
        async with over(app) as client:
            for path in ("/first", "/second", "/third"):
                await client.send(client.build_request("GET", path), stream=True)
    assert sorted(ended) == ["/first", "/second", "/third"]


async def test_an_end_that_is_cancelled_is_judged_at_the_end_of_the_client() -> None:
    """The application has until then, and what goes wrong in it is told."""
    gate = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sending(start(), body(b"all"))(scope, receive, send)
        await gate.wait()
        raise LookupError("late")

    async def read(response: httpx.Response, cancelled: anyio.CancelScope) -> None:
        with cancelled:
            assert [piece async for piece in response.aiter_raw()] == [b"all"]

    with pytest.raises(LookupError, match="late"):
        async with over(app) as client:
            response = await client.send(client.build_request("GET", "/"), stream=True)
            cancelled = anyio.CancelScope()
            async with anyio.create_task_group() as group:
                group.start_soon(read, response, cancelled)
                await anyio.wait_all_tasks_blocked()
                cancelled.cancel()
            gate.set()
