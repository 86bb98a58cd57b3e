"""What a client is made with: what cannot be meant is refused when it is made, or before anything runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from asgikit import App, Request, Response, get, post, root
from asgikit.testing import AsyncClient, Client
from asgikit.testing.settings import OWN_KEYS, SERVER_KEYS, ClientOptions, NetworkOptions

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
    assert ClientOptions.__optional_keys__ - OWN_KEYS == NetworkOptions.__optional_keys__
    assert NetworkOptions.__optional_keys__ & SERVER_KEYS == {"timeout"}


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


async def test_content_that_would_keep_the_event_loop() -> None:
    """An iterator that is not asynchronous."""

    @post(root)
    async def take(request: Request[object]) -> Response:
        return Response.empty()

    given: Any = iter([b"a", b"b"])
    async with AsyncClient(App(take)) as client:
        with pytest.raises(TypeError, match="write an asynchronous one"):
            await client.post("/", content=given)
        with pytest.raises(TypeError, match="write an asynchronous one"):
            async with client.stream("POST", "/", content=given):
                pass
        pairs: Any = [("a", "1")]
        for fields in (given, pairs):
            with pytest.raises(TypeError, match="the fields of a form, by name"):
                await client.post("/", data=fields)


def test_the_library_takes_what_it_is_given() -> None:
    """Under these names."""
    httpx.AsyncClient(
        headers={"a": "b"}, cookies={"c": "d"}, auth=("e", "f"), follow_redirects=True, timeout=1.0, trust_env=False
    )
    assert NetworkOptions.__optional_keys__ == {"headers", "cookies", "auth", "follow_redirects", "timeout", "trust_env"}
