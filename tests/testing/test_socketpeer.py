"""The server's half of a WebSocket, by itself."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from asgikit.testing import Closed, Profile, SocketPeer
from asgikit.testing.failures import Refused

ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close", "code": 4000}
SILENT = Profile(spec_version="2.3")


def text(message: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": message}


async def opened(**options: Any) -> SocketPeer:
    peer = SocketPeer(**options)
    assert await peer.receive() == {"type": "websocket.connect"}
    await peer.send(ACCEPT)
    return peer


async def test_messages_wait_for_the_answer_to_the_handshake() -> None:
    """A server hands none on before (WS-CONN-003)."""
    peer = SocketPeer()
    peer.say("a", b"b")
    await peer.receive()
    assert peer.queued == 2
    with anyio.move_on_after(0.01) as waited:
        await peer.receive()
    assert waited.cancelled_caught
    await peer.send(ACCEPT)
    assert [await peer.receive(), await peer.receive()] == [
        {"type": "websocket.receive", "text": "a"},
        {"type": "websocket.receive", "bytes": b"b"},
    ]


async def test_who_looks_without_waiting_gets_what_has_come() -> None:
    """Within a scope that is cancelled already; where nothing has come, nothing is lost."""
    peer = await opened()
    got: list[object] = []
    for _ in range(2):
        with anyio.CancelScope() as scope:
            scope.cancel()
            got.append((await peer.receive())["text"])
        peer.say(f"message {len(got)}")
    assert got == ["message 0"]
    assert (await peer.receive())["text"] == "message 1"


async def test_what_was_said_before_the_client_left_is_still_received() -> None:
    """Then its leaving, again and again, and at last nothing more: who does not look at it is not to run for ever."""
    peer = await opened()
    peer.say("a")
    peer.leave(4001, "bye")
    peer.leave(4002)
    peer.say("late")
    assert (await peer.receive())["text"] == "a"
    gone = {"type": "websocket.disconnect", "code": 4001, "reason": "bye"}
    assert [await peer.receive() for _ in range(200)] == [gone] * 200
    with anyio.move_on_after(0.01) as waited:
        await peer.receive()
    assert waited.cancelled_caught


async def test_what_was_said_to_a_socket_that_never_was_accepted_is_not() -> None:
    """There is no message on what is no WebSocket."""
    peer = SocketPeer()
    peer.say("a")
    peer.leave()
    assert [(await peer.receive())["type"] for _ in range(2)] == ["websocket.connect", "websocket.disconnect"]


async def test_behind_its_close_the_application_hears_of_that_alone() -> None:
    """With its own code, whatever the client has said."""
    peer = await opened()
    peer.say("a")
    await peer.send(CLOSE)
    assert await peer.receive() == {"type": "websocket.disconnect", "code": 4000, "reason": ""}
    assert (peer.closed, peer.has_left) == (Closed(4000, ""), False)


async def test_a_close_before_the_answer_refuses_with_403() -> None:
    """www, Close."""
    peer = SocketPeer()
    await peer.send(CLOSE)
    assert peer.denial is not None
    assert (peer.denial.status, peer.denial.complete, peer.closed) == (403, True, Closed(1006))


async def test_a_refusal_comes_in_pieces() -> None:
    """As every response (extensions, WebSocket Denial Response)."""
    peer = SocketPeer()
    await peer.send({"type": "websocket.http.response.start", "status": 429, "headers": [(b"a", b"1")]})
    for body, more in ((b"no", True), (b"t now", False)):
        assert peer.closed is None
        await peer.send({"type": "websocket.http.response.body", "body": body, "more_body": more})
    assert peer.denial is not None
    assert (peer.denial.status, peer.denial.headers, bytes(peer.denial.body)) == (429, [(b"a", b"1")], b"not now")


@pytest.mark.parametrize("raised", [RuntimeError("after sending 'websocket.close'"), None])
async def test_sending_behind_the_end_raises_what_the_server_raises(raised: Exception | None) -> None:
    """An OSError since 2.4, nothing before, or something else."""
    peer = await opened(profile=SILENT, raises=raised)
    peer.leave()
    if raised is None:
        await peer.send(text("x"))
    else:
        with pytest.raises(RuntimeError):
            await peer.send(text("x"))
    late = await opened()
    late.leave()
    with pytest.raises(OSError, match="the connection has ended"):
        await late.send(text("x"))
    assert (list(peer.messages), list(late.messages)) == ([], [])


async def test_sending_waits_for_a_client_that_does_not_read() -> None:
    """A close overtakes what waits, and what waited finds the end."""
    peer = await opened()
    peer.pause()
    async with anyio.create_task_group() as group:

        async def stuck() -> None:
            with pytest.raises(OSError, match="ended"):
                await peer.send(text("stuck"))

        group.start_soon(stuck)
        await anyio.wait_all_tasks_blocked()
        await peer.send(CLOSE)
    assert (list(peer.messages), peer.closed) == ([], Closed(4000, ""))


async def test_sending_waits_until_there_is_room() -> None:
    """A message counts with its frame, an empty one too; with no room at all, each waits until it is read."""
    peer = await opened(buffer_size=0)
    through: list[str] = []
    async with anyio.create_task_group() as group:

        async def sending() -> None:
            await peer.send(text(""))
            through.append("")

        group.start_soon(sending)
        await anyio.wait_all_tasks_blocked()
        assert (through, list(peer.messages)) == ([], [""])
        peer.take()
    assert through == [""]


async def test_a_flood_does_not_eat_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of messages nor of a refusal: a client that reads as fast as it can is so far behind at most, and no farther."""
    monkeypatch.setattr("asgikit.testing.socketpeer._EAGER", 1000)
    peer, refusing = await opened(buffer_size=10), SocketPeer()
    peer.read_on()
    await refusing.send({"type": "websocket.http.response.start", "status": 403, "headers": []})

    async def flood(each: SocketPeer, event: dict[str, Any]) -> None:
        with pytest.raises(OSError, match="ended"):
            while True:
                await each.send(event)

    async with anyio.create_task_group() as group:
        group.start_soon(flood, peer, text("x" * 98))
        group.start_soon(flood, refusing, {"type": "websocket.http.response.body", "body": b"x" * 100, "more_body": True})
        await anyio.wait_all_tasks_blocked()
        assert refusing.denial is not None
        assert (len(peer.messages), len(refusing.denial.body)) == (11, 1100)
        peer.leave()
        refusing.leave()


async def test_a_message_that_was_on_its_way_can_be_lost_with_a_cancelled_call() -> None:
    """As under granian 2.8, for who wants to test that; otherwise none is."""
    for loses, given in ((False, ["a", "b"]), (True, ["b"])):
        peer = await opened(loses=loses)
        got: list[object] = []
        with anyio.CancelScope() as scope:
            peer.say("a", "b")
            scope.cancel()
            got.append((await peer.receive())["text"])
        assert [*got, (await peer.receive())["text"]] == given


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "websocket.send", "text": 1},
        {"type": "websocket.say"},
        {},
        {"type": "websocket.http.response.start", "status": "403", "headers": []},
        {"type": "websocket.http.response.start", "status": 403, "headers": 1},
        {"type": "websocket.http.response.body", "body": b""},
    ],
)
async def test_what_no_server_can_read_is_refused(wrong: dict[str, Any]) -> None:
    """As servers do, out of `send()`; and so is what comes out of order."""
    peer, fresh = await opened(), SocketPeer()
    for each in (peer, fresh):
        with pytest.raises(Refused):
            await each.send(wrong)
    with pytest.raises(Refused, match="before"):
        await fresh.send(text("early"))
    with pytest.raises(Refused, match="behind"):
        await peer.send({"type": "websocket.http.response.start", "status": 403, "headers": []})
    assert (list(peer.messages), fresh.denial) == ([], None)


async def test_calls_that_wait_are_counted() -> None:
    """So that a test can tell who is receiving."""
    peer = await opened()
    async with anyio.create_task_group() as group:
        group.start_soon(peer.receive)
        await anyio.wait_all_tasks_blocked()
        assert peer.waiting == 1
        peer.say("a")
    assert peer.waiting == 0
