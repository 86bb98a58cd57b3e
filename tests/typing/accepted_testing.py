"""Tests that are right: every line is accepted, and the types are these."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from http.cookiejar import CookieJar
from typing import assert_type

import httpx
import httpx2
from starlette.applications import Starlette

from asgikit import App, Response, json
from asgikit.asgi import HTTPScope, LifespanScope, WebSocketScope
from asgikit.conformance import Step
from asgikit.http.headers import Headers
from asgikit.http.sse import ServerSentEvent
from asgikit.testing import (
    Answer,
    AsyncClient,
    Client,
    EventStream,
    Exchange,
    Life,
    Streamed,
    call,
    exchange_of,
    exchanging,
    http_scope,
    lifespan_scope,
    play,
    running,
    websocket_scope,
)
from asgikit.testing.live import ServerProcess, serve, serve_in_thread
from asgikit.testing.recorded import RecordedExchange
from asgikit.testing.recorder import record


async def page(request: object) -> Response:
    return Response.empty()


app = App(page)
foreign = Starlette()


async def pieces() -> AsyncIterator[bytes]:
    yield b"one"


async def test_of_ours() -> None:
    async with AsyncClient(app, raise_app_exceptions=False, base_url="https://testserver") as client:
        assert_type(client, AsyncClient[httpx.Response])
        assert_type(await client.get("/", params={"tag": ["a", "b"]}, headers=[("x-a", "1"), ("x-a", "2")]), httpx.Response)
        assert_type(await client.post("/", content=pieces(), timeout=1), httpx.Response)
        assert_type(await client.put("/", json={"a": [1]}, auth=("ada", "secret")), httpx.Response)
        assert_type(await client.patch("/", files={"file": ("a.txt", b"x", "text/plain")}, data={"a": "b"}), httpx.Response)
        assert_type(exchange_of(await client.head("/")), Exchange)
        assert_type(client.cookies["a"], str)
        assert_type(client.state["db"], object)
        async with client.stream("GET", "/") as response:
            assert_type(response, httpx.Response)
        async with client.events("/feed") as events:
            assert_type(events, EventStream[httpx.Response])
            assert_type(await events.receive(timeout=1), ServerSentEvent)
            async for event in events:
                assert_type(event, ServerSentEvent)


async def test_options_of_all_requests() -> None:
    seen: list[int] = []

    def answered(response: httpx.Response) -> None:
        seen.append(response.status_code)

    async with AsyncClient(
        app,
        params={"lang": "de", "tag": ["a", "b"]},
        max_redirects=3,
        timeout=httpx.Timeout(3),
        event_hooks={"response": [answered]},
    ) as client:
        assert_type(await client.get("/", timeout=None), httpx.Response)
        assert_type(await client.get("/", timeout=httpx2.Timeout(3)), httpx.Response)
        for content in (b"a", bytearray(b"a"), memoryview(b"a"), "a"):
            await client.post("/", content=content)


async def test_fields_and_cookies() -> None:
    async with AsyncClient(app, library=httpx2) as client:
        client.headers.update({"a": "b"})
        client.headers.update([("a", "b")])
        assert_type(client.headers.get("a"), str | None)
        assert_type(client.headers.get("a", ""), str)
        assert_type("a" in client.headers, bool)
        assert_type([*client.headers.items()], list[tuple[str, str]])
        assert_type(client.headers.multi_items(), list[tuple[str, str]])
        assert_type(client.headers.get_list("a"), list[str])
        assert_type(client.headers.pop("a", "b"), str)
        assert_type(client.headers.setdefault("a", "b"), str)
        assert_type(client.headers.copy().get("a"), str | None)
        client.headers.update((await client.get("/")).headers)
        client.cookies.update({"a": "b"})
        client.cookies.delete("a", path="/")
        assert_type(client.cookies.get("a"), str | None)
        assert_type(client.cookies.get("a", "b", path="/"), str | None)
        assert_type([*client.cookies.items()], list[tuple[str, str]])
        assert_type(client.cookies.jar, CookieJar)
        assert_type("a" in client.cookies, bool)


async def test_of_another_library() -> None:
    async with AsyncClient(foreign, library=httpx2, spec_version="2.3", http_version="2") as client:
        assert_type(client, AsyncClient[httpx2.Response])
        assert_type(await client.get("/"), httpx2.Response)


async def test_over_the_network() -> None:
    async with AsyncClient("https://example.com", headers={"authorization": "Bearer x"}, timeout=None) as client:
        assert_type(await client.get("/", follow_redirects=True), httpx.Response)
    limits, proxy = httpx2.Limits(max_connections=1), "http://127.0.0.1:8080"
    with Client("https://127.0.0.1", library=httpx2, verify=False, http2=True, limits=limits, proxy=proxy) as client2:
        assert_type(client2.get("/"), httpx2.Response)
    AsyncClient("https://127.0.0.1", verify=ssl.create_default_context(), limits=httpx.Limits(), timeout=httpx.Timeout(1))


def test_without_async() -> None:
    with Client(
        foreign,
        backend="trio",
        backend_options={"restrict_keyboard_interrupt_to_checkpoints": True},
        extensions={"tls": {"tls_version": 0x0304}},
        ignore=["HTTP-SEM-*"],
    ) as client:
        assert_type(client.get("/"), httpx.Response)
        with client.stream("POST", "/", content=b"x") as streamed:
            assert_type(streamed.response, httpx.Response)
            assert_type(streamed.read(), bytes)
            assert_type([*streamed.iter_raw(), *streamed.iter_bytes(10)], list[bytes])
            assert_type([*streamed.iter_lines(), *streamed.iter_text()], list[str])
            assert_type(streamed.json(json(list[int])), list[int])
            assert_type(streamed.json(), object)
            assert_type(streamed.raise_for_status(), Streamed[httpx.Response])
            assert_type(streamed.url.path, str)
            assert_type(streamed.headers.get("a", ""), str)
            assert_type(exchange_of(streamed), Exchange)
        assert_type(client.post("/", content=(piece for piece in [b"a"])), httpx.Response)
        assert_type(client.post("/", content=open("x", "rb")), httpx.Response)  # noqa: SIM115  # a type
        assert_type(client.put("/", content=[b"a"], timeout=None), httpx.Response)
        assert_type(client.patch("/", content=pieces()), httpx.Response)
        with client.events("/feed") as events:
            assert_type([event.data for event in events], list[str | None])
    with Client(app, library=httpx2, check=None, state={"db": 1}, lifespan="off") as other:
        assert_type(other.delete("/"), httpx2.Response)
        other.headers.update({"x-a": other.headers.get("x-b") or "2"})
        other.cookies.update({"a": "1"})
        other.cookies.delete("a", path="/")
        assert_type((other.cookies.get("a"), "a" in other.cookies), tuple[str | None, bool])


async def test_without_a_client() -> None:
    assert_type(await call(app, "POST", "/", body=[b"a", b"b"], headers={"x": "y"}), Answer)
    assert_type((await call(app)).json(), object)
    assert_type((await call(app)).json(json(dict[str, int]))["a"], int)
    assert_type((await play(foreign, http_scope("GET", "/"))).headers, Headers)
    assert_type(http_scope("GET", "/", http_version="2", omit=["client"]), HTTPScope)
    assert_type(websocket_scope("/chat", denial=True), WebSocketScope)
    assert_type(lifespan_scope({}), LifespanScope)
    async with running(app) as life:
        assert_type(life, Life)
        assert_type(life.state, dict[str, object])
    async with exchanging(app, "GET", "/", buffer_size=0, chunk_size=1, timeout=1, scheme="https") as exchange:
        exchange.vanish()
        await exchange.cancel(times=1)
    async with exchanging(app, raises=BrokenPipeError()) as exchange:
        assert_type(await exchange.read(), bytes | None)
        assert_type(exchange.steps, tuple[Step, ...])
        assert_type(exchange.heard.trailers, Headers)
        assert exchange.scope["path"] == "/"
        exchange.leave()


def test_records_and_servers() -> None:
    recorder = record(foreign, keep=5)
    assert_type(recorder.exchanges, tuple[RecordedExchange, ...])
    with Client(recorder) as client:
        assert_type(client.get("/"), httpx.Response)
    with serve_in_thread(app) as running, running.client(timeout=1) as client:
        assert_type(running.port, int)
        assert_type(client.get("/"), httpx.Response)
    with serve("shop:app", "granian", directory=".") as process:
        assert_type(process, ServerProcess)
        assert_type(process.async_client(), AsyncClient[httpx.Response])
        assert_type(process.ended(), str)


def fixture(make: Callable[[], AsyncClient]) -> AsyncClient:
    return make()


assert_type(fixture(lambda: AsyncClient(app)), AsyncClient[httpx.Response])
