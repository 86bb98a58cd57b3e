"""Server-sent events, as they come."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest

from asgikit.testing import AsyncClient, NoAnswer, UnexpectedResponse
from asgikit.testing.live import serve_in_thread
from tests.testing.apps import body, sending, start

pytestmark = pytest.mark.virtual_time

FEED = start(200, (b"content-type", b"text/event-stream"))


async def test_events_are_read_as_they_come() -> None:
    """Cut anywhere, and with all that an event has."""
    app = sending(FEED, body(b"id: 7\nevent: new\nda", more=True), body(b"ta: one\n\ndata: two\n", more=True), body(b"\n"))
    async with AsyncClient(app) as client, client.events("/feed") as events:
        found = [event async for event in events]
        assert events.last_event_id == "7"
    assert [(event.event, event.data, event.id) for event in found] == [("new", "one", "7"), (None, "two", "7")]


async def test_a_feed_that_does_not_end_is_left() -> None:
    """At the end of the block; the application ends then."""
    ended: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await send(body(b"data: 1\n\n", more=True))
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.append(True)

    async with AsyncClient(app, lifespan="off") as client:
        async with client.events("/feed") as events:
            assert (await events.receive()).data == "1"
            with pytest.raises(TimeoutError):
                await events.receive(timeout=0.05)
        assert ended == [True]


async def test_a_feed_that_was_waited_for_in_vain_goes_on() -> None:
    """The time-out of one wait loses no event."""
    more = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await more.wait()
        await send(body(b"data: late\n\n"))

    async with AsyncClient(app, lifespan="off") as client, client.events("/feed") as events:
        with pytest.raises(NoAnswer, match=r"has sent no event for 0\.05 seconds; so far:\n.*GET /feed"):
            await events.receive(timeout=0.05)
        more.set()
        assert (await events.receive()).data == "late"


async def test_a_wait_has_the_time_that_the_client_gives() -> None:
    """Unless it says something else, more or less."""
    more = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await more.wait()
        await send(body(b"data: late\n\n"))

    async with AsyncClient(app, lifespan="off", timeout=0.05) as client, client.events("/feed") as events:
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            await events.receive()
        with pytest.raises(NoAnswer, match=r"for 0\.05 seconds"):
            await anext(events)
        async with anyio.create_task_group() as group:

            async def later() -> None:
                await anyio.sleep(0.2)
                more.set()

            group.start_soon(later)
            assert (await events.receive(timeout=60)).data == "late"


@pytest.mark.virtual_time(False)  # the server runs in a thread
async def test_a_feed_over_a_network_has_the_same_limits() -> None:
    """Those of the client, or of the wait; not those that the library has for each read."""
    more = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await send(body(b"data: 1\n\n", more=True))
        while not more.is_set():  # noqa: ASYNC110  # the test sets it in another event loop
            await anyio.sleep(0.01)
        await send(body(b"data: late\n\n"))

    with serve_in_thread(app) as server:
        async with server.async_client(timeout=0.5) as client, client.events("/feed") as events:
            assert (await events.receive(timeout=60)).data == "1"
            with pytest.raises(NoAnswer, match=r"the server has sent no event for 0\.5 seconds"):
                await events.receive()
            with pytest.raises(NoAnswer, match=r"the server has sent no event for 0\.6 seconds"):
                await events.receive(timeout=0.6)
            more.set()
            assert (await events.receive(timeout=60)).data == "late"


async def test_the_end_of_a_feed_is_told() -> None:
    """To who waits for one more event."""
    async with AsyncClient(sending(FEED, body(b"data: 1\n\n"))) as client, client.events("/feed") as events:
        await events.receive()
        with pytest.raises(UnexpectedResponse, match="the stream has ended"):
            await events.receive()


async def test_what_is_no_feed_is_refused() -> None:
    """With its status and type."""
    app = sending(start(404, (b"content-type", b"text/plain")), body(b"none"))
    async with AsyncClient(app) as client:
        with pytest.raises(UnexpectedResponse, match="a response 404 of text/plain"):
            async with client.events("/feed"):
                pass


async def test_it_asks_for_events() -> None:
    """Unless the test asks for something else."""
    asked: list[list[bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append([value for name, value in scope["headers"] if name == b"accept"])
        await send(FEED)
        await send(body())

    async with AsyncClient(app, lifespan="off") as client:
        async with client.events("/"):
            pass
        async with client.events("/", headers={"Accept": "*/*"}):
            pass
    assert asked == [[b"text/event-stream"], [b"*/*"]]


async def test_what_goes_wrong_while_nobody_waits_fails_the_test() -> None:
    """At the end of the block; and once."""
    go = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await go.wait()
        raise ValueError("boom")

    async with AsyncClient(app, lifespan="off") as client:
        with pytest.raises(ValueError, match="boom"):
            async with client.events("/feed") as events:
                with pytest.raises(TimeoutError):
                    await events.receive(timeout=0.05)
                go.set()
                await anyio.wait_all_tasks_blocked()
        async with client.events("/feed") as events:
            with pytest.raises(ValueError, match="boom"):
                await events.receive()


async def test_what_goes_wrong_behind_the_last_event_fails_the_test() -> None:
    """Although all that the test wanted was there before."""
    gate = anyio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await send(body(b"data: 1\n\n", more=True))
        await send(body())
        await gate.wait()
        raise LookupError("behind it")

    async with AsyncClient(app, lifespan="off") as client:
        with pytest.raises(LookupError, match="behind it"):
            async with client.events("/feed") as events, anyio.create_task_group() as group:
                assert (await events.receive()).data == "1"
                group.start_soon(anyio.wait_all_tasks_blocked)
                gate.set()


async def test_an_event_may_take_any_time() -> None:
    """None is no limit; and there is no other option."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(FEED)
        await anyio.sleep(0.05)
        await send(body(b"data: late\n\n"))

    async with AsyncClient(app, lifespan="off") as client, client.events("/feed") as events:
        assert (await events.receive(timeout=None)).data == "late"
        wrong: Any = {"time": 1}
        with pytest.raises(TypeError, match="write timeout=3"):
            await events.receive(**wrong)
