"""The bounded queue of messages to a slow reader, by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest

from asgikit.asgi import websocket_close, websocket_send
from asgikit.errors import PolicyViolation
from asgikit.outbox import Outbox, WhenFull
from asgikit.testing import SocketPeer
from tests.sockets import opened


@asynccontextmanager
async def sending(client: SocketPeer, size: int, when_full: WhenFull = "disconnect") -> AsyncGenerator[Outbox]:
    async with anyio.create_task_group() as group:
        outbox = Outbox(client.send, size, when_full)
        group.start_soon(outbox.run, group.cancel_scope.cancel)
        yield outbox
        group.cancel_scope.cancel()


async def test_messages_go_out_in_order_before_the_close() -> None:
    """However many wait for it."""
    client = await opened()
    async with sending(client, 10) as outbox:
        for number in range(10):
            await outbox.send(websocket_send(str(number)))
        await outbox.send(websocket_close())
    assert list(client.messages) == [str(number) for number in range(10)]
    assert client.closed == (1000, "")


async def test_a_close_right_behind_a_message_waits_for_no_time() -> None:
    """Only for the message."""
    client = await opened()
    async with sending(client, 10) as outbox:
        await anyio.wait_all_tasks_blocked()
        await outbox.send(websocket_send("last"))
        with anyio.fail_after(2):
            await outbox.send(websocket_close())
    assert (list(client.messages), client.closed) == (["last"], (1000, ""))


async def test_whoever_sends_without_end_lets_others_run() -> None:
    """The queue's own task, above all."""
    client = await opened()
    async with sending(client, 5, "drop_oldest") as outbox:
        for number in range(500):
            await outbox.send(websocket_send(str(number)))
        assert len(client.messages) > 50


async def test_a_close_waits_only_so_long_for_a_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it overtakes what is queued."""
    monkeypatch.setattr("asgikit.outbox.FLUSH", 0.01)
    client = await opened()
    client.pause()
    async with sending(client, 5) as outbox:
        await outbox.send(websocket_send("stuck"))
        await outbox.send(websocket_send("behind it"))
        with anyio.fail_after(5):
            await outbox.send(websocket_close(1001))
        client.resume()
        await anyio.wait_all_tasks_blocked()
        assert (client.closed, list(client.messages)) == ((1001, ""), [])  # nothing follows a close


async def test_a_full_queue_that_disconnects_takes_nothing_more() -> None:
    """The first one too many is a violation, those after it find nobody; what was queued is given back to memory."""
    client = await opened()
    client.pause()
    async with sending(client, 2) as outbox:
        with pytest.raises(PolicyViolation):
            for _ in range(10):
                await outbox.send(websocket_send("x"))
        with pytest.raises(OSError, match="left"):
            await outbox.send(websocket_send("x"))
        with anyio.fail_after(2):
            await outbox.send(websocket_close(1008))
    assert client.closed == (1008, "")


async def test_a_client_that_left_is_an_error_of_the_next_message() -> None:
    """Where the server says so; nothing is kept for it."""
    client = await opened(raises=ConnectionResetError())
    client.leave()
    async with sending(client, 100) as outbox:
        with pytest.raises(OSError, match="left"), anyio.fail_after(5):
            while True:
                await outbox.send(websocket_send("x"))
    assert list(client.messages) == []
