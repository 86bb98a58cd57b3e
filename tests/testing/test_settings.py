"""What a client is made with: what cannot be meant is refused when it is made, or before anything runs."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from asgikit import App, Request, Response, get, root
from asgikit.testing import AsyncClient, Client, NoAnswer
from asgikit.testing.settings import OWN_KEYS, SERVER_KEYS, ClientOptions, EveryOptions, NetworkOptions
from tests.testing.apps import body, sending, start

Make = Callable[..., AsyncClient | Client]


@get(root)
async def index(request: Request[object]) -> Response:
    return Response.text("here")


app = App(index)


@pytest.mark.parametrize("make", [AsyncClient, Client])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rootpath": "/api"}, "no option rootpath: there are .*root_path"),
        ({"base_url": "shop.example"}, "write it whole, 'https://example.com'"),
        ({"lifespan": "none"}, "write 'auto', 'on' or 'off'"),
        ({"spec_version": "3"}, "write '2.0' to '2.5'"),
        ({"root_path": "api/"}, "with a slash before it and none behind it"),
        ({"extensions": "http.response.push"}, r"write \['http.response.push'\]"),
        ({"ignore": ["HTTP-RESP-5"]}, "did you mean HTTP-RESP-"),
        ({"timeout": 0}, "more than 0 seconds"),
        ({"timeout": (1, 2)}, "write seconds, timeout=3"),
        ({"library": math}, "library is <module 'math'.*, without AsyncClient: give the module httpx, or httpx2"),
        ({"event_hooks": {"respones": []}}, "no event respones: event_hooks has 'request' and 'response'"),
    ],
)
def test_an_option_that_cannot_be_meant(make: Make, options: dict[str, Any], told: str) -> None:
    """With what to write instead."""
    with pytest.raises((TypeError, ValueError), match=told):
        make(app, **options)


def test_over_a_network_there_are_those_of_httpx_alone() -> None:
    """The others are about a server in process."""
    with pytest.raises(TypeError, match="no option state"):
        AsyncClient("https://shop.example", state={})  # type: ignore[call-overload]  # what is tested
    with pytest.raises(TypeError, match="the client of an application in process has no option verify"):
        AsyncClient(app, verify=False)  # type: ignore[call-overload]  # what is tested
    assert ClientOptions.__optional_keys__ - OWN_KEYS == EveryOptions.__optional_keys__
    assert NetworkOptions.__optional_keys__ - EveryOptions.__optional_keys__ == {"verify", "http2", "limits", "proxy"}
    assert not NetworkOptions.__optional_keys__ & SERVER_KEYS


@pytest.mark.parametrize("options", [{"headers": 7}, {"state": 7}])
async def test_nothing_is_started_that_could_not_be_used(options: Any) -> None:
    """Else it would run for ever, behind the back of a test that has failed."""
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        seen.append("starts")
        yield

    with pytest.raises(TypeError):
        async with AsyncClient(App(index, lifespan=lifespan), **options):
            pass
    assert seen == []


@pytest.mark.parametrize("module", [httpx, httpx2])
def test_the_library_takes_what_it_is_given(module: Any) -> None:
    """Under these names."""
    values = {
        "headers": {"a": "b"},
        "cookies": {"c": "d"},
        "auth": ("e", "f"),
        "params": {"g": 1},
        "event_hooks": {"request": []},
        "follow_redirects": True,
        "max_redirects": 1,
        "timeout": 1.0,
        "trust_env": False,
        "verify": False,
        "http2": True,
        "limits": module.Limits(max_connections=1),
        "proxy": "http://127.0.0.1:1",
    }
    assert NetworkOptions.__optional_keys__ == values.keys()
    module.AsyncClient(**values)


async def test_every_url_has_the_parameters() -> None:
    """Those of a request beside them."""
    asked: list[bytes] = []

    async def asking(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["query_string"])
        await send(start(204))
        await send(body())

    async with AsyncClient(asking, lifespan="off", params={"lang": "de"}) as client:
        await client.get("/")
        await client.get("/", params={"page": 2})
    assert asked == [b"lang=de", b"lang=de&page=2"]


async def test_redirects_are_followed_so_often() -> None:
    """Then the library says so."""
    round_and_round = sending(start(302, (b"location", b"/")), body())
    async with AsyncClient(round_and_round, follow_redirects=True, max_redirects=3) as client:
        with pytest.raises(httpx.TooManyRedirects):
            await client.get("/")


@pytest.mark.parametrize("library", [httpx, httpx2])
async def test_hooks_are_called(library: Any) -> None:
    """Asynchronous ones and plain functions, with requests and responses of the library."""
    seen: list[object] = []

    async def asked(request: httpx.Request) -> None:
        seen.append(request.method)

    def answered(response: httpx.Response) -> None:
        seen.append(response.status_code)

    hooks: Any = {"request": [asked], "response": [answered]}
    async with AsyncClient(app, library=library, event_hooks=hooks) as client:
        await client.get("/")
    assert seen == ["GET", 200]


def test_hooks_of_a_synchronous_client() -> None:
    """What they raise is raised in the test."""

    def strict(response: httpx.Response) -> None:
        response.raise_for_status()

    with Client(app, event_hooks={"response": [strict]}) as client:
        assert client.get("/").text == "here"
        with pytest.raises(httpx.HTTPStatusError):
            client.get("/nowhere")


async def test_a_timeout_of_the_library_is_taken() -> None:
    """Of which an application in process has the one for reading."""

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep_forever()

    async with AsyncClient(silent, lifespan="off", timeout=httpx.Timeout(9, read=0.05)) as client:
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            await client.get("/")
        with pytest.raises(NoAnswer, match=r"for 0\.06 seconds"):
            await client.get("/", timeout=httpx.Timeout(0.06))
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            async with client.websocket("/"):
                pass
