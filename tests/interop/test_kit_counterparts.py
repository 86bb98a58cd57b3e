"""What other kits have, as docs/testing-from-other-kits.md has it: one test for each row, named as it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import pytest
from asgiref.compatibility import guarantee_single_callable
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status
from jinja2 import DictLoader, Environment
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from asgikit import App, Request, Response, Router, get, json, root
from asgikit.asgi import HTTPScope
from asgikit.http.cookies import SetCookie
from asgikit.middleware.sessions import sessions
from asgikit.sessions.session import HasSession
from asgikit.stores.memory_sessions import MemorySessions
from asgikit.testing import (
    AsyncClient,
    Client,
    Closed,
    Incomplete,
    NoAnswer,
    NotRunning,
    WebSocketClosed,
    WebSocketDenied,
    exchange_of,
    exchanging,
    http_scope,
    play,
    running,
    websocket_scope,
)
from tests.interop.kit import with_asgikit, with_django, with_litestar, with_quart, with_starlette

pytestmark = pytest.mark.virtual_time

PAGE = Path(__file__).parents[2] / "docs" / "testing-from-other-kits.md"
HEADERS = ((b"content-type", b"text/plain"),)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says how it was asked."""
    if scope["type"] == "lifespan":
        raise NotImplementedError
    body, more = b"", True
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    said = {**{key: value for key, value in scope.items() if isinstance(value, str)}, "headers": headers, "body": body.decode()}
    text = repr({**said, "client": scope["client"], "query": scope["query_string"].decode()}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [[*pair] for pair in HEADERS]})
    await send({"type": "http.response.body", "body": text})


def asked(response: Any) -> Any:
    return eval(response.text)


def rows() -> list[str]:
    """The names of the rows, of their first column."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| theirs")]
    return [re.sub(r"\W+", "_", line.split(" | ")[0]).strip("_").lower() for line in lines]


def test_every_row_has_its_test() -> None:
    """And every test its row."""
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")} - {"every_row_has_its_test"}
    assert tests == set(rows())


def test_testclient_app() -> None:
    with Client(with_starlette.app) as client:
        assert client.get("/json").json() == {"hello": "wörld"}


def test_with_testclient_app() -> None:
    client = Client(with_starlette.app)
    with pytest.raises(NotRunning):
        client.get("/state")
    with client:
        assert client.get("/state").text == "database"


async def test_base_url() -> None:
    async with AsyncClient(echo, base_url="https://shop.example/api") as client:
        said = asked(await client.get("/tea"))
    assert (said["scheme"], said["path"], said["headers"]["host"]) == ("https", "/api/tea", "shop.example")


async def test_raise_server_exceptions_false() -> None:
    async with AsyncClient(with_starlette.app, raise_app_exceptions=False) as client:
        assert (await client.get("/boom")).status_code == 500


async def test_root_path() -> None:
    async with AsyncClient(echo, root_path="/api") as client:
        said = asked(await client.get("/tea"))
    assert (said["root_path"], said["path"]) == ("/api", "/api/tea")


def test_backend() -> None:
    with Client(with_starlette.app, backend="trio") as client:
        assert client.get("/json").status_code == 200


def test_backend_options() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(type(asyncio.get_running_loop()).__module__)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    with Client(app, lifespan="off", backend_options={"use_uvloop": True}) as client:
        client.get("/")
    assert seen == ["uvloop"]


async def test_cookies_headers() -> None:
    async with AsyncClient(echo, cookies={"a": "b"}, headers={"x-a": "1"}) as client:
        headers = asked(await client.get("/"))["headers"]
    assert (headers["cookie"], headers["x-a"]) == ("a=b", "1")


async def test_client_headers() -> None:
    async with AsyncClient(echo) as client:
        client.headers["authorization"] = "Bearer a"
        assert asked(await client.get("/"))["headers"]["authorization"] == "Bearer a"
        del client.headers["Authorization"]
        assert "authorization" not in asked(await client.get("/"))["headers"]
    with Client(echo) as sync:
        sync.headers["x-a"] = "1"
        assert sync.headers["X-A"] == asked(sync.get("/"))["headers"]["x-a"] == "1"
        sync.headers.clear()
        sync.headers.update({"x-b": "2"})
        assert {*asked(sync.get("/"))["headers"]} == {"host", "x-b"}
        assert ("x-a" in sync.headers, sync.headers.get("X-B")) == (False, "2")


async def test_client_cookies() -> None:
    async with AsyncClient(with_starlette.app) as client:
        client.cookies["who"] = "bob"
        assert (await client.get("/cookie")).text == "bob"
        client.cookies.delete("who")
        assert client.cookies.get("who") is None
        client.cookies.update({"who": "bob"})
        assert (await client.get("/cookie")).text == client.cookies.get("who") == "bob"
        client.set_cookie(SetCookie("who", "eve", secure=False))
        assert "eve" in asked_cookie(client)


def asked_cookie(client: AsyncClient[Any]) -> list[str]:
    jar: Any = client.cookies
    return [cookie.value for cookie in jar.jar]


async def test_follow_redirects() -> None:
    async with AsyncClient(with_starlette.app) as client:
        assert (await client.get("/sign-in")).status_code == 303
    async with AsyncClient(with_starlette.app, follow_redirects=True) as client:
        assert (await client.get("/sign-in")).text == "ada"


async def test_client_host_1() -> None:
    async with AsyncClient(echo, client=("10.0.0.1", 1)) as client:
        assert asked(await client.get("/"))["client"] == ("10.0.0.1", 1)
    async with AsyncClient(echo, client=None) as client:
        assert asked(await client.get("/"))["client"] is None


def test_get_post_request() -> None:
    with Client(echo) as client:
        calls = [client.get, client.post, client.put, client.patch, client.delete, client.options, client.query]
        methods = [asked(call("/"))["method"] for call in calls]
        assert methods == ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]
        assert asked(client.request("PURGE", "/"))["method"] == "PURGE"
        assert client.head("/").content == b""


async def test_params_json_data_content() -> None:
    async def content() -> AsyncGenerator[bytes]:
        yield b"a"
        yield b"b"

    async with AsyncClient(echo) as client:
        assert asked(await client.get("/", params={"a": [1, 2]}))["query"] == "a=1&a=2"
        assert asked(await client.post("/", json={"a": 1}))["body"] == '{"a":1}'
        assert asked(await client.post("/", data={"a": "ä"}))["body"] == "a=%C3%A4"
        assert asked(await client.post("/", content=content()))["body"] == "ab"


def test_content_a_generator_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ab")
    with Client(echo) as client, (tmp_path / "a").open("rb") as file:
        assert asked(client.post("/", content=(piece for piece in (b"a", b"b"))))["body"] == "ab"
        sent = asked(client.post("/", content=file))
    assert (sent["body"], sent["headers"]["content-length"]) == ("ab", "2")


async def test_params_event_hooks_max_redirects_of_the_client() -> None:
    seen: list[object] = []
    hooks: Any = {"response": [lambda response: seen.append(response.status_code)]}
    async with AsyncClient(echo, params={"a": 1}, event_hooks=hooks, max_redirects=1) as client:
        assert asked(await client.get("/"))["query"] == "a=1"
    assert seen == [200]


async def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    async with AsyncClient(with_starlette.app) as client:
        with (tmp_path / "a.txt").open("rb") as file:
            sent = await client.post("/upload", data={"name": "text"}, files={"file": file})
        several = {"one": ("1.txt", b"1", "text/plain"), "two": b"2"}
        async with AsyncClient(echo) as other:
            body = asked(await other.post("/", files=several))["body"]
    assert sent.text == "text: a.txt, content"
    assert ('filename="1.txt"' in body, 'name="two"' in body) == (True, True)


async def test_auth() -> None:
    async with AsyncClient(echo, auth=("ada", "secret")) as client:
        assert asked(await client.get("/"))["headers"]["authorization"] == "Basic YWRhOnNlY3JldA=="
        assert asked(await client.get("/", auth=("a", "b")))["headers"]["authorization"] == "Basic YTpi"


async def test_timeout_which_is_deprecated() -> None:
    async def hangs(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with AsyncClient(hangs, lifespan="off") as client:
        with pytest.raises(TimeoutError):
            await client.get("/", timeout=0.05)


def test_client_stream_iter_bytes_iter_text_iter_lines() -> None:
    with Client(with_starlette.app) as client:
        with client.stream("GET", "/stream") as response:
            assert b"".join(response.iter_bytes()) == b"onetwothree"
        with client.stream("GET", "/stream") as response:
            assert "".join(response.iter_text()) == "onetwothree"
        with client.stream("GET", "/stream") as response:
            assert list(response.iter_lines()) == ["onetwothree"]


async def telling(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.debug", "info": {"rows": 3}})
    await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
    await send({"type": "http.response.push", "path": "/a.css", "headers": []})
    await send({"type": "http.response.body"})
    await send({"type": "http.response.trailers", "headers": [[b"x-sum", b"1"]]})


TELLING = ["http.response.debug", "http.response.trailers", "http.response.push"]


async def test_response_extensions_http_response_debug() -> None:
    async with AsyncClient(telling, lifespan="off", extensions=TELLING) as client:
        response = await client.get("/")
    assert response.extensions["http.response.debug"] == exchange_of(response).heard.debug == {"rows": 3}


async def test_response_template_response_context() -> None:
    templates = Jinja2Templates(env=Environment(loader=DictLoader({"index.html": "Hello {{ name }}"})))

    async def page(request: StarletteRequest) -> StarletteResponse:
        return templates.TemplateResponse(request, "index.html", {"name": "ada"})

    app = Starlette(routes=[Route("/", page)])
    async with AsyncClient(app, extensions=["http.response.debug"]) as client:
        debug: Any = exchange_of(await client.get("/")).heard.debug
    assert (debug["template"].name, debug["context"]["name"]) == ("index.html", "ada")


async def test_response_extensions_http_response_trailers() -> None:
    async with AsyncClient(telling, lifespan="off", extensions=TELLING) as client:
        response = await client.get("/")
    assert response.extensions["http.response.trailers"] == [(b"x-sum", b"1")]
    assert exchange_of(response).heard.trailers["x-sum"] == "1"


async def test_client_app_state() -> None:
    async with AsyncClient(with_starlette.app) as client:
        assert client.state["db"] == "database"
        client.state["db"] = "another"
        assert (await client.get("/state")).text == "another"
    async with AsyncClient(with_starlette.app, state={"db": "given"}) as client:
        assert (await client.get("/state")).text == "given"


def test_client_portal_call_f() -> None:
    async def double(number: int) -> int:
        return 2 * number

    with Client(echo) as client:
        assert client.call(double, 21) == 42


async def test_a_url_of_another_host() -> None:
    async with AsyncClient(echo) as client:
        said = asked(await client.get("https://other.example/a?b"))
    assert (said["scheme"], said["headers"]["host"], said["path"]) == ("https", "other.example", "/a")


async def test_an_asgi_2_application() -> None:
    class Old:
        def __init__(self, scope: Any) -> None:
            self.scope = scope

        async def __call__(self, receive: Any, send: Any) -> None:
            await echo(self.scope, receive, send)

    async with AsyncClient(guarantee_single_callable(Old)) as client:
        assert asked(await client.get("/a"))["path"] == "/a"


async def test_asyncclient_transport_asgitransport_app_in_asynchronous_tests() -> None:
    async with AsyncClient(with_starlette.app) as client:
        assert (await client.get("/json")).status_code == 200


async def test_asgitransport_app_client_root_path_of_httpx() -> None:
    async with AsyncClient(echo, client=("10.0.0.1", 1), root_path="/a") as client:
        said = asked(await client.get("/"))
    assert (said["client"], said["root_path"]) == (("10.0.0.1", 1), "/a")


async def test_asgitransport_raise_app_exceptions_of_httpx() -> None:
    async with AsyncClient(with_starlette.app, raise_app_exceptions=True) as client:
        with pytest.raises(ValueError, match="boom"):
            await client.get("/boom")


async def test_app_test_app_of_quart() -> None:
    async with running(with_starlette.app) as life:
        assert life.state == {"db": "database"}


async def test_test_client_request_of_quart() -> None:
    async with exchanging(with_starlette.app, "POST", "/json", content=b"{}") as exchange:
        assert await exchange.read() == b"{}"
        assert exchange.status == 200


async def test_connection_disconnect_of_quart() -> None:
    async with exchanging(with_asgikit.app.with_state(with_asgikit.State("")), target="/endless") as exchange:
        assert await exchange.read()
        exchange.leave()
    assert exchange.has_ended


async def test_push_promises_of_quart() -> None:
    async with AsyncClient(telling, lifespan="off", extensions=TELLING) as client:
        assert [push.path for push in exchange_of(await client.get("/")).heard.pushes] == ["/a.css"]


def test_client_set_cookie_of_quart() -> None:
    with Client(with_quart.app) as client:
        client.set_cookie(SetCookie("who", "eve", secure=False))
        assert client.get("/cookie").text == "eve"


async def test_session_transaction_of_quart_set_session_data_of_litestar() -> None:
    @get(root)
    async def visits(request: Request[HasSession[int]]) -> Response:
        count = await request.state.session.get()
        request.state.session.set(count + 1)
        return Response.text(str(count))

    kept = sessions(MemorySessions(), json(int), default=0)
    async with AsyncClient(App(Router(visits).wrap(kept)), base_url="https://testserver") as client:
        client.set_cookie(await kept.issue(41))
        assert (await client.get("/")).text == "41"
        assert (await kept.read({name: client.cookies[name] for name in client.cookies})).value == 42


def test_create_test_client_handlers_of_litestar() -> None:
    @get(root)
    async def hello(request: Request[object]) -> Response:
        return Response.text("hello")

    with Client(App(Router(hello))) as client:
        assert client.get("/").text == "hello"


def test_subprocess_async_client_of_litestar() -> None:
    with Client(with_litestar.app) as client, client.events("/events") as events:
        assert events.receive().data == "a"


async def test_requestfactory_of_litestar_asyncrequestfactory_of_django() -> None:
    scope: HTTPScope = http_scope("GET", "/", headers={"x-a": "1"})
    request = Request.of(scope, with_asgikit.State("database"))
    assert (await with_asgikit.state.handler(request)).status == 200


async def test_follow_true_redirect_chain_of_django() -> None:
    async with AsyncClient(with_starlette.app) as client:
        response = await client.get("/sign-in", follow_redirects=True)
    assert [one.status_code for one in response.history] == [303]


async def test_secure_true_of_django() -> None:
    async with AsyncClient(echo, base_url="https://testserver") as client:
        assert asked(await client.get("/"))["scheme"] == "https"


def test_raise_request_exception_false_of_django() -> None:
    with Client(with_django.app, raise_app_exceptions=False, ignore=["HTTP-RESP-005"]) as client:
        assert client.get("/boom").status_code == 500


async def test_query_params_of_django() -> None:
    async with AsyncClient(echo) as client:
        assert asked(await client.get("/", params={"a": "1"}))["query"] == "a=1"


async def test_streaming_content_of_django() -> None:
    async with AsyncClient(with_starlette.app) as client, client.stream("GET", "/stream") as response:
        assert [piece async for piece in response.aiter_bytes()] == [b"one", b"two", b"three"]


async def closing(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, and closes."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 4000, "reason": "enough"})


async def shouting(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, and says everything again; denies at /no."""
    await receive()
    if scope["path"] == "/no":
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"no"})
        return
    await send({"type": "websocket.accept", "subprotocol": "chat", "headers": [[b"x-a", b"1"]]})
    while (event := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", **{key: event[key] for key in ("text", "bytes") if event.get(key) is not None}})


def test_websocket_connect_subprotocols() -> None:
    with Client(shouting, lifespan="off") as client, client.websocket("/", subprotocols=["chat"]) as ws:
        assert (ws.subprotocol, ws.headers["x-a"]) == ("chat", "1")


async def test_send_text_send_bytes_send_json_of_a_websocket() -> None:
    async with AsyncClient(shouting, lifespan="off") as client, client.websocket("/", subprotocols=["chat"]) as ws:
        await ws.send("a")
        await ws.send(b"b")
        await ws.send_json({"c": 1})
        assert [await ws.receive_text(), await ws.receive_bytes(), await ws.receive_json()] == ["a", b"b", {"c": 1}]


async def test_receive_which_has_no_limit() -> None:
    async with AsyncClient(shouting, lifespan="off") as client, client.websocket("/", subprotocols=["chat"]) as ws:
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=0.05)


async def test_websocketdenialresponse() -> None:
    async with AsyncClient(shouting, lifespan="off") as client:
        with pytest.raises(WebSocketDenied) as denied:
            async with client.websocket("/no"):
                pass
    assert (denied.value.response.status_code, denied.value.text) == (403, "no")


async def test_websocketdisconnect_of_a_handshake_with_the_code_that_was_closed_with() -> None:
    fastapi = FastAPI()

    @fastapi.websocket("/guarded")
    async def guarded(websocket: WebSocket) -> None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "who are you?")

    async with AsyncClient(fastapi) as client:
        with pytest.raises(WebSocketDenied) as denied:
            async with client.websocket("/guarded"):
                pass
    assert (denied.value.status, denied.value.closed) == (403, Closed(1008, "who are you?"))


async def test_websocketdisconnect_of_a_receive() -> None:
    async with AsyncClient(closing, lifespan="off") as client, client.websocket("/") as ws:
        with pytest.raises(WebSocketClosed) as closed:
            await ws.receive()
    assert (closed.value.code, closed.value.reason, ws.closed) == (4000, "enough", Closed(4000, "enough"))


async def test_websocketdisconnect_that_a_handler_lets_through_at_the_end_of_the_block() -> None:
    seen: list[int] = []
    fastapi = FastAPI()

    @fastapi.websocket("/echo")
    async def echoing(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect as gone:
            seen.append(gone.code)
            raise

    async with AsyncClient(fastapi) as client, client.websocket("/echo") as ws:
        await ws.send("tea")
        assert await ws.receive() == "tea"
    assert seen == [1000]


async def test_a_handler_that_goes_on_behind_the_end_of_websocket_connect() -> None:
    fastapi = FastAPI()

    @fastapi.websocket("/deaf")
    async def deaf(websocket: WebSocket) -> None:
        await websocket.accept()
        await anyio.sleep_forever()

    async with AsyncClient(fastapi) as client:
        with pytest.raises(NoAnswer, match="goes on, although its client has left"):
            async with client.websocket("/deaf", timeout=0.05):
                pass


async def test_websocket_send_websocket_receive_of_raw_events() -> None:
    answer = await play(
        shouting,
        websocket_scope(subprotocols=["chat"]),
        [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}],
    )
    assert [event["type"] for event in answer.events] == ["websocket.accept"]


async def test_a_response_that_breaks_off_with_raise_server_exceptions_false() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError

    async with AsyncClient(broken, raise_app_exceptions=False, lifespan="off") as client:
        with pytest.raises(Incomplete):
            await client.get("/")
        got: list[bytes] = []
        with pytest.raises(Incomplete):
            async with client.stream("GET", "/") as response:
                async for piece in response.aiter_bytes():
                    got.append(piece)  # a comprehension would lose it
        assert got == [b"half"]
