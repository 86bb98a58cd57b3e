"""How a WebSocket ends, by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest

from asgikit.closing import Closing, close_event
from asgikit.intake import Intake
from asgikit.testing import SocketPeer
from tests.sockets import opened

pytestmark = pytest.mark.virtual_time


@asynccontextmanager
async def closing(client: SocketPeer) -> AsyncGenerator[tuple[Closing, Intake]]:
    async with anyio.create_task_group() as group:
        intake = Intake(client.receive, 100, group)
        yield Closing(intake, client.send, group), intake
        group.cancel_scope.cancel()


def test_a_close_event_holds_what_a_frame_can() -> None:
    """Codes that applications may send, reasons up to 123 bytes (RFC 6455, 5.5 and 7.4)."""
    assert close_event(3000, "é" * 61) == {"type": "websocket.close", "code": 3000, "reason": "é" * 61}
    for code, reason in ((1004, ""), (1005, ""), (1015, ""), (2999, ""), (1000, "é" * 62)):
        with pytest.raises(ValueError, match="close"):
            close_event(code, reason)


async def test_the_first_close_counts() -> None:
    """And goes out once."""
    client = await opened()
    async with closing(client) as (end, intake):
        end.begin(4000)
        end.begin(4001)
        await end.finish()
        await end.finish()
    assert (intake.code, client.closed) == (4000, (4000, ""))


async def test_a_client_that_left_first_is_not_closed() -> None:
    """Neither when we know, nor when its server tells us then."""
    client = await opened(raises=RuntimeError("after sending 'websocket.close'"))
    async with closing(client) as (end, intake):
        end.begin(1000)
        client.leave()
        await end.finish()
        intake.code = 1001
        end.begin(1000)
        await end.finish()
    assert (client.closed, client.has_left) == ((1006, ""), True)


async def test_a_close_goes_on_beside_the_session() -> None:
    """As on granian, which closes when nobody is receiving: whoever closes does not wait for that without end."""
    client = await opened()
    unblocked = anyio.Event()

    async def slow(event: object) -> None:
        await unblocked.wait()
        await client.send(event)

    async with anyio.create_task_group() as group:
        end = Closing(Intake(client.receive, 100, group), slow, group)
        end.begin(4000)
        with anyio.fail_after(5):
            await end.finish(0.01)
        group.cancel_scope.cancel()
        unblocked.set()
    assert client.closed == (4000, "")


async def test_a_close_takes_no_time_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that has to hurry."""
    client = await opened()
    for limit in (0.01, 60):
        monkeypatch.setattr("asgikit.closing.CLOSING", limit)
        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:

                async def stuck(event: object) -> None:
                    await anyio.sleep_forever()

                end = Closing(Intake(client.receive, 100, group), stuck, group)
                end.begin(1000)
                await anyio.wait_all_tasks_blocked()
                if limit == 60:
                    end.hurry(0)


async def test_a_forced_close_is_enforced(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """By cancelling the session, with a line in the log if it was doing something else than waiting for a message."""
    monkeypatch.setattr("asgikit.closing.PROMPT", 0.01)
    monkeypatch.setattr("asgikit.closing.CLEAN_UP", 0.01)
    client = await opened()
    async with closing(client) as (end, _):
        end.force(1001, "bye")
        with anyio.fail_after(5):
            await anyio.sleep_forever()
    assert (client.closed, caplog.messages) == (
        (1001, "bye"),
        ["a WebSocket session that was closed with 1001 goes on: it is cancelled"],
    )


async def test_a_server_that_fails_to_close_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """As uvicorn with websockets does while a message is stuck: the session ends in its own time."""

    async def broken(event: object) -> None:
        raise AssertionError

    async with anyio.create_task_group() as group:
        end = Closing(Intake((await opened()).receive, 100, group), broken, group)
        end.begin(1001)
        with anyio.fail_after(5):
            await end.finish()
        assert not group.cancel_scope.cancel_called
    assert caplog.messages == ["the server failed to close a WebSocket"]
