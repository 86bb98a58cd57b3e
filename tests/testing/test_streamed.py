"""Bodies that are not read to their end, and clients that ask for the end of what has none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from asgikit import App, Request, Response, Router, get, root
from asgikit.asgi import AnyReceive, AnySend, ForeignApp
from asgikit.testing import AsyncClient, LifespanFailed, NoAnswer, exchange_of

START = {"type": "http.response.start", "status": 200, "headers": []}


@get(root)
async def lines(request: Request[object]) -> Response:
    async def numbers() -> AsyncIterator[str]:
        for number in range(100):
            yield f"{number}\n"

    return Response.stream(numbers())


app = App(Router(lines))


def raw(answer: Callable[[AnyReceive, AnySend], Any]) -> ForeignApp:
    async def application(scope: dict[str, Any], receive: AnyReceive, send: AnySend) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        await send(START)
        await answer(receive, send)

    return application


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("iterate", ["aiter_raw", "aiter_bytes", "aiter_text", "aiter_lines"])
async def test_a_body_may_be_left_in_the_middle(iterate: str, library: ModuleType) -> None:
    """Whatever iterates over it: nothing is left to the garbage collector, of which trio would warn."""
    client: Any = AsyncClient(app, library=library)
    async with client, client.stream("GET", "/") as response:
        pieces = getattr(response, iterate)()
        assert await anext(pieces) in {b"0\n", "0\n", "0"}
    assert response.is_closed
    assert await anext(pieces, None) is None


async def test_a_body_can_be_read_to_its_end() -> None:
    """And only once; the response says how much it was."""
    async with AsyncClient(app) as client, client.stream("GET", "/") as response:
        whole = [piece async for piece in response.aiter_bytes()]
        assert (len(whole), response.num_bytes_downloaded) == (100, 290)
        assert exchange_of(response).complete
        with pytest.raises(httpx.StreamConsumed):
            await anext(response.aiter_raw())


async def test_pieces_of_a_size() -> None:
    """As httpx cuts them."""
    async with AsyncClient(app) as client, client.stream("GET", "/") as response:
        assert [len(piece) async for piece in response.aiter_bytes(100)] == [100, 100, 90]


async def test_a_client_does_not_wait_for_the_end_of_a_response_that_has_none() -> None:
    """Though the application is never idle."""

    async def drips(receive: AnyReceive, send: AnySend) -> None:
        while True:
            await send({"type": "http.response.body", "body": b"drop", "more_body": True})
            await anyio.sleep(0.01)

    async with AsyncClient(raw(drips), timeout=0.05) as client:
        with pytest.raises(NoAnswer, match=r"has not come to the end of its response for 0\.5 seconds"):
            await client.get("/")


@pytest.mark.parametrize("body", [b"", bytes(1 << 20)])
async def test_an_application_that_never_waits_is_stopped(body: bytes) -> None:
    """It gets no more of the memory than 256 MiB, and does not keep the event loop."""

    async def floods(receive: AnyReceive, send: AnySend) -> None:
        while True:
            await send({"type": "http.response.body", "body": body, "more_body": True})

    async with AsyncClient(raw(floods), timeout=0.05) as client:
        with pytest.raises(NoAnswer, match="has not come to the end"):
            await client.get("/")


@pytest.mark.parametrize("level", ["2.3", "2.5"])
async def test_an_application_has_to_end_when_its_client_has_left(level: Any) -> None:
    """Also one that goes on sending, and hears of nothing."""

    async def insists(receive: AnyReceive, send: AnySend) -> None:
        while True:
            try:
                await send({"type": "http.response.body", "body": b"more", "more_body": True})
            except OSError:
                await anyio.sleep(0.01)

    async with AsyncClient(raw(insists), timeout=0.05, spec_version=level) as client:
        with pytest.raises(NoAnswer, match="goes on, although its client has left"):
            async with client.stream("GET", "/"):
                pass


async def test_a_send_that_waits_for_a_reader_raises_when_the_reader_leaves() -> None:
    """Not only the one after it."""
    seen: list[str] = []

    async def sends(receive: AnyReceive, send: AnySend) -> None:
        try:
            await send({"type": "http.response.body", "body": b"unread", "more_body": True})
        except OSError:
            seen.append("left")
            raise

    async with AsyncClient(raw(sends), buffer_size=0) as client, client.stream("GET", "/"):
        await anyio.wait_all_tasks_blocked()
    assert seen == ["left"]


async def test_an_application_that_takes_a_lifespan_for_a_request_is_told() -> None:
    """With what to do about it."""

    async def careless(scope: object, receive: AnyReceive, send: AnySend) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"hello"})

    with pytest.raises(LifespanFailed, match=r"answers its lifespan with 'http\.response\.start'.*lifespan='off'"):
        async with AsyncClient(careless):
            pass
    async with AsyncClient(careless, lifespan="off") as client:
        assert (await client.get("/")).text == "hello"
