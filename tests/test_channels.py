"""Channels as what responses stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest

from asgikit import App, Request, Response, Router, follow, get, json, room_events, root
from asgikit.errors import SubscriberTooSlow
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.testing import call


async def test_following_subscribes_when_it_is_looked_at_and_not_before() -> None:
    """And leaves when it is closed, also in the middle."""
    rooms = MemoryChannels[int](history=2, retain=1)
    for number in range(3):
        await rooms["a"].publish(number)
    numbers = follow(rooms["a"].join("ada", history=2))
    assert await rooms["a"].members() == frozenset()
    await anext(numbers)
    assert await rooms["a"].members() == {"ada"}
    await numbers.aclose()
    assert await rooms["a"].members() == frozenset()


async def test_following_ends_for_a_subscriber_that_is_too_slow() -> None:
    """Any other error is raised."""

    @asynccontextmanager
    async def failing(error: Exception) -> AsyncGenerator[AsyncGenerator[int]]:
        async def numbers() -> AsyncGenerator[int]:
            yield 1
            raise error

        yield numbers()

    assert [number async for number in follow(failing(SubscriberTooSlow("x")))] == [1]
    with pytest.raises(KeyError):
        assert [number async for number in follow(failing(KeyError()))]


async def test_a_channel_is_a_feed() -> None:
    """Of server-sent events; the client that leaves is subscribed no more."""
    rooms = MemoryChannels[int](history=2)

    @get(root)
    async def feed(request: Request[object]) -> Response:
        return Response.sse(follow(rooms["a"].subscribe(history=2)), json(int))

    @get(root / "room")
    async def room(request: Request[object]) -> Response:
        return Response.sse(follow(rooms["a"].join("ada")), room_events(json(int)))

    async with rooms["a"].subscribe():
        for number in range(3):
            await rooms["a"].publish(number)
        answer = await call(App(Router(feed, room)), leaves_after=3)
        assert answer.body == b"data: 1\n\ndata: 2\n\n"
        answer = await call(App(Router(feed, room)), "GET", "/room", leaves_after=2)
        assert answer.body == b'data: {"type":"present","members":["ada"]}\n\n'
    assert len(rooms) == 0


async def test_a_head_request_subscribes_to_nothing() -> None:
    """Its generator never starts."""
    rooms = MemoryChannels[int]()

    @get(root)
    async def feed(request: Request[object]) -> Response:
        return Response.sse(follow(rooms["a"].subscribe()), json(int))

    with anyio.fail_after(5):
        answer = await call(App(Router(feed)), "HEAD")
    assert (answer.status, len(rooms)) == (200, 0)
