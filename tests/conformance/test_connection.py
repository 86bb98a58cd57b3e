"""One connection, driven step by step."""

import asyncio

import anyio
import pytest
from anyio.lowlevel import checkpoint

from asgikit.conformance.connection import Connection
from tests.conformance.sample_apps import HTTP, LIFESPAN, START, WEBSOCKET, deaf, endless, read, right, slow

pytestmark = pytest.mark.virtual_time


async def driven(app, scope, steps=None, **options):
    connection = Connection(app, scope, **options)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            connection.start(group)
            if steps is not None:
                await steps(connection)
            await connection.finish(0.3, 0.2)
    return connection


async def test_a_request_is_delivered_piece_by_piece():
    """Each when the application waits for it."""

    async def steps(connection):
        await connection.deliver({"type": "http.request", "body": b"ab", "more_body": True})
        await connection.settle()
        assert connection.peer.is_waited_for
        assert not connection.has_ended
        await connection.deliver({"type": "http.request", "body": b"c"})
        await connection.settle()
        assert connection.has_ended

    connection = await driven(right, HTTP, steps)
    assert connection.peer.answer.sent[-1]["body"] == b"abc"


async def test_settling_waits_for_an_application_at_work():
    """For a while: one that sleeps is given time for its answer."""

    async def steps(connection):
        await connection.deliver({"type": "http.request"})
        await connection.settle(5)
        assert connection.has_ended

    await driven(slow, HTTP, steps)


async def test_settling_ends_with_an_application_that_never_does():
    """An endless stream does not keep the client from leaving."""

    async def steps(connection):
        await connection.deliver({"type": "http.request"})
        await connection.leave("raise")

    connection = await driven(endless, HTTP, steps)
    assert connection.call.outcome == "raised"
    assert connection.was_left


async def test_an_application_of_several_tasks_is_given_its_turns():
    """One that waits in receive() may be at work in another task: its reply comes before the client leaves."""

    async def app(scope, receive, send):
        async def reply():
            for _ in range(10):
                await checkpoint()
            await send({"type": "websocket.send", "text": "reply"})

        await receive()
        await send({"type": "websocket.accept"})
        async with anyio.create_task_group() as group:
            while (await receive())["type"] != "websocket.disconnect":
                group.start_soon(reply)
            group.cancel_scope.cancel()

    async def steps(connection):
        await connection.deliver({"type": "websocket.receive", "text": "x"})
        await connection.leave("raise")

    connection = await driven(app, WEBSOCKET, steps)
    assert connection.peer.answer.sent[-1] == {"type": "websocket.send", "text": "reply"}


async def test_a_silent_client_leaves_in_the_end():
    """An application that waits for more than there is comes to its end."""
    connection = await driven(right, HTTP)
    assert connection.call.outcome == "returned"
    assert connection.was_left


async def test_a_websocket_begins_with_connect_and_a_lifespan_with_startup():
    """The server puts them first (www, Connect; lifespan, Startup)."""
    for scope, first in ((WEBSOCKET, "websocket.connect"), (LIFESPAN, "lifespan.startup")):
        connection = await driven(right, scope)
        received = [step.message["type"] for step in connection.transcript.steps if step.kind == "receive"]
        assert received[0] == first


async def test_a_lifespan_is_shut_down():
    """After startup.complete, when nobody else has."""
    connection = await driven(right, LIFESPAN)
    assert [message["type"] for message in connection.peer.answer.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert not connection.is_hung


async def test_who_failed_to_start_is_not_waited_for():
    """What follows startup.failed is not said; servers cancel."""

    async def fails(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed"})
        await receive()

    connection = await driven(fails, LIFESPAN)
    assert connection.call.outcome == "cancelled"
    assert not connection.is_hung


async def test_a_stalled_client_holds_the_body_back():
    """Until it reads again."""

    async def steps(connection):
        await connection.stall()
        await connection.deliver({"type": "http.request"})
        await connection.settle()
        assert connection.peer.answer.sent == [START]
        await connection.resume()
        await connection.settle()
        assert connection.peer.answer.over

    await driven(right, HTTP, steps)


async def test_the_server_can_cancel():
    """In the middle of what the application does."""

    async def steps(connection):
        await connection.deliver({"type": "http.request"})
        await connection.cancel()

    connection = await driven(slow, HTTP, steps)
    assert connection.call.outcome == "cancelled"
    assert connection.peer.answer.sent == []


@pytest.mark.virtual_time(False)  # it never rests
async def test_an_application_that_ends_in_no_way_is_dropped():
    """It is hung, and the drive goes on."""
    connection = await driven(deaf, HTTP)
    assert connection.is_hung
    assert connection.call.outcome == "hung"


async def test_the_disconnect_event_of_a_websocket_has_its_code():
    """And an empty reason, in each version: a key more does no harm (www, Disconnect)."""

    async def steps(connection):
        await connection.leave("raise", 1001)

    connection = await driven(right, WEBSOCKET, steps)
    assert connection.peer.transcript.steps[-2].message == {"type": "websocket.disconnect", "code": 1001, "reason": ""}


async def test_a_disconnect_that_is_delivered_is_the_clients_leaving():
    """With the very keys that it has, over and over."""
    seen = []

    async def app(scope, receive, send):
        await read(receive)
        seen.append(await receive())

    async def steps(connection):
        await connection.deliver({"type": "http.disconnect", "why": 1})

    await driven(app, HTTP, steps)
    assert seen == [{"type": "http.disconnect", "why": 1}]


async def test_the_scope_is_a_copy():
    """What the application does to it stays its own."""

    async def app(scope, receive, send):
        scope["state"]["x"] = 1
        scope["headers"].clear()

    connection = await driven(app, HTTP)
    assert HTTP["state"] == {}
    assert HTTP["headers"]
    assert connection.given["state"] == {"x": 1}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_tasks_that_outlive_the_call_are_found_and_ended():
    """Asyncio alone has tasks that nobody waits for."""
    tasks = []

    async def lives_on():
        await asyncio.sleep(60)

    async def app(scope, receive, send):
        tasks.append(asyncio.create_task(lives_on()))
        tasks.append(asyncio.create_task(asyncio.sleep(0.02)))

    connection = await driven(app, HTTP)
    assert len(connection.left_tasks) == 1
    assert "lives_on" in connection.left_tasks[0]
    await asyncio.sleep(0)
    assert all(task.done() for task in tasks)


async def test_violations_are_collected():
    """The application is under a checker."""

    async def app(scope, receive, send):
        await send({"type": "http.response.body"})

    connection = await driven(app, HTTP)
    assert "HTTP-RESP-001" in {violation.rule for violation in connection.checker.violations}
