"""The receiving side of a WebSocket, by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest

from asgikit.errors import ClientDisconnected, MessageTooLarge, PolicyViolation
from asgikit.intake import Intake
from asgikit.testing import SocketPeer
from tests.sockets import opened


@asynccontextmanager
async def receiving(client: SocketPeer, limit: int = 100) -> AsyncGenerator[Intake]:
    async with anyio.create_task_group() as group:
        yield Intake(client.receive, limit, group)
        group.cancel_scope.cancel()


async def test_messages_come_straight_from_the_server() -> None:
    """One call of ours is one of the server's, and none is ahead."""
    client = await opened()
    client.say("a", b"b")
    async with receiving(client) as intake:
        assert [await intake.next(), await intake.next()] == ["a", b"b"]
        await anyio.wait_all_tasks_blocked()
        assert client.waiting == 0


async def test_a_time_out_leaves_one_call_that_goes_on() -> None:
    """However often it comes."""
    client = await opened()
    async with receiving(client) as intake:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await intake.next(0)
        await anyio.wait_all_tasks_blocked()
        assert client.waiting == 1


async def test_a_cancelled_call_hands_over() -> None:
    """To whoever waits behind it."""
    client = await opened()
    got: list[str | bytes] = []
    async with receiving(client) as intake, anyio.create_task_group() as group:

        async def second() -> None:
            got.append(await intake.next())

        with anyio.CancelScope() as scope:
            group.start_soon(second)
            scope.cancel()
            await intake.next()
        client.say("a")
    assert got == ["a"]


async def test_what_is_wrong_with_a_message_is_raised_where_it_is_asked_for() -> None:
    """Also when a task of its own has read it, and only once."""
    client = await opened()
    async with receiving(client, limit=3) as intake:
        client.say("long", "ok")
        with pytest.raises(MessageTooLarge):
            await intake.next(5)
        assert await intake.next(5) == "ok"
        client.say("long")
        with pytest.raises(MessageTooLarge):
            await intake.ended()


async def test_what_was_said_before_the_end_is_still_received() -> None:
    """In order; then the end, again and again."""
    client = await opened()
    async with receiving(client) as intake:
        client.say("a", "b")
        client.leave(4000, "bye")
        await intake.ended()
        assert (intake.code, intake.reason) == (4000, "bye")
        assert [await intake.next(), await intake.next()] == ["a", "b"]
        for _ in range(2):
            with pytest.raises(ClientDisconnected):
                await intake.next()
        await intake.ended()


async def test_a_close_of_ours_ends_what_waits() -> None:
    """The call on its way is given up, for a server may wait for it before it closes."""
    client = await opened()
    async with receiving(client) as intake:
        async with anyio.create_task_group() as group:
            group.start_soon(intake.ended)
            await anyio.wait_all_tasks_blocked()
            assert client.waiting == 1
            intake.close(1000, "")
        await anyio.wait_all_tasks_blocked()
        assert client.waiting == 0


async def test_a_message_that_comes_after_our_close_is_none() -> None:
    """The session is over for whoever was waiting for it."""
    client = await opened()
    async with receiving(client) as intake, anyio.create_task_group() as group:

        async def waiting() -> None:
            with pytest.raises(ClientDisconnected):
                await intake.next()

        group.start_soon(waiting)
        await anyio.wait_all_tasks_blocked()
        intake.close(1000, "")
        client.say("late")
    assert intake.code == 1000


async def test_messages_that_nobody_goes_on_taking_do_not_hide_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that says hello, says too much and is gone would leave its session behind, and another, and another."""
    monkeypatch.setattr("asgikit.intake.UNTAKEN", 0.01)
    client = await opened()
    async with receiving(client) as intake:
        with intake.watched():
            client.say("hello", *["more"] * 100)
            assert await intake.next() == "hello"
            with pytest.raises(PolicyViolation), anyio.fail_after(5):
                await intake.ended()
