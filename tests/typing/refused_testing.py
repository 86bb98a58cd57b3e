"""Tests that are wrong: each mistake is an error in mypy and in pyright, on the line whose comment says so."""

from __future__ import annotations

import io

import httpx
import httpx2

from asgikit import App, Response, Router, json
from asgikit.testing import AsyncClient, Client, Profile, call, exchange_of, exchanging, http_scope, play, running
from asgikit.testing.live import serve, serve_in_thread
from asgikit.testing.recorder import record


async def page(request: object) -> Response:
    return Response.empty()


app = App(page)
client = AsyncClient(app)

# Clients.
AsyncClient(Router())  # wrong [arg-type]: a router is no application
AsyncClient(page)  # wrong [arg-type]: nor is a handler
AsyncClient(3)  # wrong [call-overload]: nor a number
AsyncClient(app, spec_version="3.0")  # wrong [call-overload]: a level that there is not
AsyncClient(app, http_version="1")  # wrong [call-overload]: a version that there is not
AsyncClient(app, raise_server_exceptions=False)  # wrong [call-overload]: an option of another client
AsyncClient(app, check="all")  # wrong [call-overload]: a strength that there is not
AsyncClient(app, lifespan=True)  # wrong [call-overload]: a mode that there is not
AsyncClient(app, timeout="5")  # wrong [call-overload]: a text for seconds
AsyncClient(app, library="httpx2")  # wrong [call-overload]: a name for a module
AsyncClient("https://example.com", state={})  # wrong [call-overload]: no state over the network
AsyncClient("https://example.com", spec_version="2.3")  # wrong [call-overload]: nor a level
AsyncClient(app, verify=False)  # wrong [call-overload]: no TLS in process
AsyncClient(app, params=3)  # wrong [call-overload]: a number for parameters
AsyncClient(app, event_hooks={"respones": []})  # wrong [dict-item]: an event that there is not
AsyncClient("https://example.com", limits=3)  # wrong [call-overload]: a number for limits
AsyncClient("https://example.com", verify=3)  # wrong [call-overload]: a number for a context
AsyncClient("https://example.com", http2="yes")  # wrong [call-overload]: a text for a choice
Client(app, backend="curio")  # wrong [call-overload]: a backend that there is not
Client(app, client="testclient")  # wrong [call-overload]: a name for an address


# Records and servers.
record("shop:app")  # wrong [arg-type]: a name for an application
record(app, keep="all")  # wrong [arg-type]: a text for a number
serve(app)  # wrong [arg-type]: an application for its name
serve("shop:app", server=app)  # wrong [arg-type]: an application for a server
serve_in_thread("shop:app")  # wrong [arg-type]: a name for an application
print(serve_in_thread(app).port)  # wrong [attr-defined]: no block


async def requests() -> None:
    await client.get("/", json={})  # wrong [call-arg]: a GET with a body
    await client.get("/", param={})  # wrong [call-arg]: a misspelt option
    await client.get(3)  # wrong [arg-type]: a number for a URL
    await client.post("/", content=[b"x"])  # wrong [arg-type]: an iterator that is not asynchronous
    await client.post("/", content=(piece for piece in [b"x"]))  # wrong [arg-type]: the same
    await client.post("/", content={"a": 1})  # wrong [arg-type]: a value that is to be JSON
    await client.post("/", timeout="3")  # wrong [arg-type]: a text for seconds
    client.get("/")  # wrong [unused-coroutine]: a request that nobody waits for
    client.headers.update({"x": 1})  # wrong [dict-item]: a number for a value
    client.headers.get("x").upper()  # wrong [union-attr]: there may be none
    client.headers.get("x", 1).upper()  # wrong [union-attr]: there may be none, and then it is a number
    client.cookies["x"] = 1  # wrong [assignment]: a number for a value
    client.cookies.get("x", 1)  # wrong [arg-type]: the same
    client.headers = {}  # wrong [assignment, misc]: they are changed, not replaced
    client.state["db"].rows()  # wrong [attr-defined]: nobody knows of what type it is
    await client.get("/", headers={"x": 1})  # wrong [dict-item]: a number for a value
    other: httpx2.Response = await client.get("/")  # wrong [assignment]: a response of the other library
    print(client.get("/").status_code)  # wrong [attr-defined]: a request that is not awaited
    async with client.stream("GET", "/") as response:
        response.iter_lines().upper()  # wrong [attr-defined]: an iterator for a text
    async with client.events("/") as events:
        await events.receive(3)  # wrong [call-arg]: seconds without their name
        await events.receive(timeout="3")  # wrong [arg-type]: a text for seconds
        for _ in events:  # wrong [attr-defined]: a loop that is not asynchronous
            print(other)
    client.state = {}  # wrong [misc]: the namespace belongs to the lifespan
    with client:  # wrong [attr-defined]: a block that is not asynchronous
        pass
    with AsyncClient(app, library=httpx2):  # wrong [attr-defined]: the same
        pass
    exchange_of(b"")  # wrong [arg-type]: no response


def requests_without_await(sync: Client) -> None:
    sync.post("/", content=[1])  # wrong [list-item]: numbers for pieces
    sync.post("/", content=io.StringIO())  # wrong [arg-type]: a file of text
    sync.get("/", content=b"x")  # wrong [call-arg]: a GET with a body
    sync.get("/", timout=1)  # wrong [call-arg]: a misspelt option
    with sync.stream("GET", "/") as streamed:
        streamed.json()["a"]  # wrong [index]: nobody knows of what type it is
        streamed.json(json(int)).upper()  # wrong [attr-defined]: a number for a text
        streamed.aiter_bytes()  # wrong [attr-defined]: a method of the other client


async def parts(response: httpx.Response) -> None:
    await call(app, "GET", "/", body="text")  # wrong [arg-type]: a text for bytes
    await play(app, "GET")  # wrong [arg-type]: a method for a scope
    http_scope("GET", b"/")  # wrong [arg-type]: bytes for a target
    http_scope(headers={"x": b"y"})  # wrong [dict-item]: bytes for a value
    http_scope(omit="client")["path"].decode()  # wrong [attr-defined]: the path is text
    exchanging(app, spec_version="2.6")  # wrong [arg-type]: no such level
    exchanging(app, buffer_sice=0)  # wrong [call-arg]: no such option
    exchanging(app, raises="reset")  # wrong [arg-type]: no exception
    async with exchanging(app) as exchange:
        (await exchange.read()).decode()  # wrong [union-attr]: None is behind the last piece
        exchange.scope["path"] = "/"  # wrong [index]: what was given is given
    async with running(app) as life:
        print(life.state.name)  # wrong [attr-defined]: a namespace is a dict
    answer = await call(app)
    print(answer.json()["a"])  # wrong [index]: nobody knows of what type it is
    print(answer.json(json(dict[str, int]))["a"].upper())  # wrong [attr-defined]: a number for a text
    answer.json(int)  # wrong [call-overload]: a type for a codec
    exchange_of(response).heard.trailers["a"].decode()  # wrong [attr-defined]: fields are text
    Profile(spec_version=2.5)  # wrong [arg-type]: a number for a level
    exchange_of(response).status = 200  # wrong [misc]: a response is what it is
