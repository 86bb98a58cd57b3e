"""What only who plays the server can tell."""

import asyncio
import contextlib
import contextvars
import time

import anyio
import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.scenario import Cancel, Leave, Scenario, Stall
from tests.conformance.sample_apps import END, HTTP, LIFESPAN, PIECE, START, WEBSOCKET, deaf, endless, piece, read, right

UNKNOWN = {"type": "unknown", "asgi": {"version": "3.0"}}


async def found(app, scope, *actions):
    result = await drive(app, Scenario(scope=scope, actions=actions), grace=0.3, patience=0.1)
    return {violation.rule for violation in result.violations if violation.blame == "app"}


async def test_an_unknown_type_is_refused_by_raising():
    """Nothing else is a refusal (asgi, Protocol Specifications)."""

    async def returns(scope, receive, send):
        return

    async def waits(scope, receive, send):
        await receive()

    async def answers(scope, receive, send):
        await send(START)
        raise ValueError

    assert await found(right, UNKNOWN) == set()
    for app in (returns, waits, answers):
        assert await found(app, UNKNOWN) == {"CORE-APP-005"}, app


async def never(scope, receive, send):
    await anyio.sleep(60)


async def started(scope, receive, send):
    await receive()
    await send(START)
    await anyio.sleep(60)


async def answered(scope, receive, send):
    await right(scope, receive, send)
    await anyio.sleep(60)


async def opened(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        await receive()


async def ready(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await anyio.sleep(60)


@pytest.mark.parametrize(
    ("app", "scope", "rule"),
    [
        (never, HTTP, "CORE-APP-007"),
        (started, HTTP, "HTTP-DISC-007"),
        (answered, HTTP, "CORE-APP-007"),
        (opened, WEBSOCKET, "WS-DISC-009"),
        (never, LIFESPAN, "LIFE-ORD-002"),
        (ready, LIFESPAN, "LIFE-ORD-003"),
        (answered, LIFESPAN, "CORE-APP-007"),
    ],
)
async def test_an_application_that_does_not_end_breaks_a_rule(app, scope, rule):
    """Which one depends on how far it was."""
    assert rule in await found(app, scope)


async def test_a_cancellation_comes_out_again():
    """It is neither swallowed nor exchanged."""

    async def returns(scope, receive, send):
        try:
            await anyio.sleep(60)
        except anyio.get_cancelled_exc_class():
            return

    async def raises(scope, receive, send):
        try:
            await anyio.sleep(60)
        except anyio.get_cancelled_exc_class():
            raise ValueError from None

    assert "CANCEL-001" not in await found(right, HTTP, piece(more=True), Cancel())
    for app in (returns, raises, deaf):
        assert "CANCEL-001" in await found(app, HTTP, piece(), Cancel()), app


async def exchanges(scope, receive, send):
    await receive()
    await send(START)
    try:
        await send(END)
    except OSError as error:
        raise RuntimeError from error


async def group(scope, receive, send):
    await receive()
    await send(START)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, END)


async def another(scope, receive, send):
    await receive()
    await send(START)
    try:
        await send(END)
    except OSError:
        raise ConnectionResetError from None


async def unrelated(scope, receive, send):
    await receive()
    await send(START)
    with contextlib.suppress(OSError):
        await send(END)
    raise RuntimeError


async def catches(scope, receive, send):
    try:
        await endless(scope, receive, send)
    except OSError:
        return


async def test_the_error_of_send_is_not_exchanged_for_another():
    """It comes out as it is, or not at all (www, Disconnected Client)."""
    actions = (Stall(), piece(), Leave())
    for app in (exchanges, group, another):
        assert "HTTP-DISC-009" in await found(app, HTTP, *actions), app
    for app in (unrelated, catches, endless):
        assert "HTTP-DISC-009" not in await found(app, HTTP, *actions), app


async def test_who_was_told_by_send_sends_no_more():
    """Once is enough."""

    async def tries_again(scope, receive, send):
        await receive()
        for _ in range(2):
            try:
                await send(START)
            except OSError:
                continue

    assert "CORE-ERR-008" in await found(tries_again, HTTP, Leave())
    assert "CORE-ERR-008" not in await found(endless, HTTP, Leave())


async def test_no_response_begins_after_the_disconnect():
    """By the one who was told."""

    async def begins(scope, receive, send):
        await read(receive)
        await send(START)

    assert "HTTP-DISC-006" in await found(begins, HTTP, piece(more=True), Leave("ignore"))
    assert "HTTP-DISC-006" not in await found(right, HTTP, piece(more=True), Leave("ignore"))


async def test_an_event_is_not_changed():
    """Whoever else has it would see that."""

    async def changes(scope, receive, send):
        (await receive())["body"] = b"other"

    assert "CORE-MSG-011" in await found(changes, HTTP)
    assert "CORE-MSG-011" not in await found(right, HTTP)


async def test_the_event_loop_is_not_blocked():
    """A step of a second and more keeps everybody waiting."""

    async def blocks(scope, receive, send):
        time.sleep(1.05)  # noqa: ASYNC251  # on purpose

    assert "CORE-APP-006" in await found(blocks, HTTP)


async def test_context_variables_are_reset():
    """The next connection in the same context would see them."""
    var = contextvars.ContextVar("var")

    async def sets(scope, receive, send):
        var.set(1)

    assert "CANCEL-008" in await found(sets, HTTP)
    assert "CANCEL-008" not in await found(right, HTTP)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_tasks_end_with_their_connection():
    """What goes on behind it is named."""

    async def leaves(scope, receive, send):
        task = asyncio.create_task(asyncio.sleep(60))
        await receive()
        await send({**PIECE})
        assert not task.done()

    assert "CANCEL-002" in await found(leaves, HTTP)
    assert "CANCEL-002" not in await found(right, HTTP)
