"""The open WebSocket: receive, send, close, watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from asgikit import WebSocket, json
from asgikit.errors import ClientDisconnected, InvalidEvent, MessageTimeout, PolicyViolation
from asgikit.intake import AHEAD
from asgikit.testing import Conversation, talking
from asgikit.websocket import SocketLimits
from tests.sockets import LEFT, Raw, binary, conversation, text, upgrading

pytestmark = pytest.mark.virtual_time


async def echo(ws: Raw) -> None:
    async for message in ws:
        await ws.send(message)


async def test_messages_are_iterated_until_the_client_leaves() -> None:
    """Text and binary; then nothing is sent any more."""
    answer = await conversation(echo, text("a"), binary(b"b"), text(""), LEFT)
    assert [event.get("text", event.get("bytes")) for event in answer.events[1:]] == ["a", b"b", ""]
    assert answer.error is None


@dataclass(frozen=True)
class Said:
    text: str


async def test_typed_messages() -> None:
    """Through codecs, each its own way."""

    async def session(ws: WebSocket[Said, list[int]]) -> None:
        async for said in ws:
            await ws.send([len(said.text)])

    answer = await conversation(session, text('{"text":"abc"}'), LEFT, receives=json(Said), sends=json(list[int]))
    assert answer.events[1] == {"type": "websocket.send", "text": "[3]"}


async def test_a_session_can_close() -> None:
    """Once, with a code and a reason; afterwards nothing is sent."""

    async def session(ws: Raw) -> None:
        assert ws.close_code is None
        await ws.close(4000, "enough")
        await ws.close(4001)
        assert (ws.close_code, ws.close_reason) == (4000, "enough")
        with pytest.raises(ClientDisconnected):
            await ws.send("late")
        with pytest.raises(ClientDisconnected):
            await ws.receive()

    answer = await conversation(session)
    assert answer.events[1:] == [{"type": "websocket.close", "code": 4000, "reason": "enough"}]


@pytest.mark.parametrize(
    ("code", "reason"), [(0, ""), (999, ""), (1005, ""), (1006, ""), (1015, ""), (5000, ""), (1000, "é" * 62)]
)
async def test_a_close_that_no_frame_can_hold_is_refused(code: int, reason: str) -> None:
    """Reserved codes, and reasons over 123 bytes (RFC 6455, 5.5 and 7.4)."""

    async def session(ws: Raw) -> None:
        await ws.close(code, reason)

    assert isinstance((await conversation(session)).error, ValueError)


@pytest.mark.parametrize("raised", [ConnectionResetError(), RuntimeError("after sending 'websocket.close'"), None])
async def test_sending_to_a_client_that_left_is_one_typed_error(raised: Exception | None) -> None:
    """Whether the server raises, and what, or only says so to who receives; left alone it ends the session quietly."""
    seen: list[Any] = []

    async def session(ws: Raw) -> None:
        client.leave(1001)
        if raised is None:
            await ws.closed()
        with pytest.raises(ClientDisconnected):
            await ws.send("x")
        seen.append(ws.close_code)
        await ws.send("again")

    async with talking(upgrading(session), raises=raised, spec_version="2.3" if raised is None else "2.4") as client:
        await client.end()
    assert (seen, client.error) == ([1001 if raised is None else 1006], None)


async def test_the_limit_counts_bytes() -> None:
    """Of text in UTF-8."""
    limits = SocketLimits(message=10)
    assert (await conversation(echo, text("é" * 6), limits=limits)).events[-1]["code"] == 1009
    assert (await conversation(echo, text("é" * 5), LEFT, limits=limits)).events[-1]["text"] == "é" * 5


async def test_the_close_of_the_client_is_known() -> None:
    """Its reason too, where the server tells it; 1005 where it gave no code."""
    seen: list[Any] = []

    async def session(ws: Raw) -> None:
        async for _ in ws:
            pass
        seen.append((ws.close_code, ws.close_reason))

    await conversation(session, {"type": "websocket.disconnect", "code": 4001, "reason": "bye"})
    await conversation(session, {"type": "websocket.disconnect"})
    assert seen == [(4001, "bye"), (1005, "")]


async def test_an_event_without_a_message_is_refused() -> None:
    """Exactly one of text and bytes is there (www, Receive)."""
    answer = await conversation(echo, {"type": "websocket.receive", "text": None})
    assert isinstance(answer.error, InvalidEvent)


@pytest.mark.parametrize("loses", [False, True])
async def test_a_time_out_loses_no_message(loses: bool) -> None:
    """The next call gets it, also where the server loses what a cancelled call was about to get."""
    timed_out: list[str] = []

    async def session(ws: Raw) -> None:
        for message in ("a", "b"):
            with pytest.raises(TimeoutError) as caught:
                await ws.receive(timeout=0.01)
            timed_out.append(str(caught.value))
            client.say(message)
            await ws.send(await ws.receive(timeout=5))
        client.say("c")
        await ws.send(await ws.receive())

    async with talking(upgrading(session), loses=loses) as client:
        await client.end()
    assert (client.messages, client.error) == (["a", "b", "c"], None)
    assert timed_out == ["no message came for 0.01 seconds"] * 2


async def test_a_time_out_left_alone_closes_with_1001() -> None:
    """With the reason; a typed error that is a TimeoutError."""

    async def session(ws: Raw) -> None:
        await ws.receive(timeout=0.01)

    async with talking(upgrading(session)) as client:
        await client.end()
    assert (client.closed, client.error) == ((1001, "no message came for 0.01 seconds"), None)
    assert issubclass(MessageTimeout, TimeoutError)


async def test_a_time_out_of_zero_is_a_look() -> None:
    """At what has come already."""

    async def session(ws: Raw) -> None:
        with pytest.raises(MessageTimeout):
            await ws.receive(timeout=0)
        client.say("a")
        await anyio.wait_all_tasks_blocked()
        await ws.send(await ws.receive(timeout=0))

    async with talking(upgrading(session)) as client:
        await client.end()
    assert (client.messages, client.error) == (["a"], None)


async def test_two_tasks_can_receive() -> None:
    """Each message comes to one of them."""
    got: list[str | bytes] = []

    async def session(ws: Raw) -> None:
        async def read() -> None:
            got.append(await ws.receive())

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            group.start_soon(read)
            group.start_soon(read)

    async with talking(upgrading(session)) as client:
        client.say("a", "b", "c")
        await client.end()
    assert sorted(map(str, got)) == ["a", "b", "c"]


async def test_a_session_that_only_sends_learns_that_the_client_left() -> None:
    """By awaiting the close beside its work."""
    codes: list[int] = []

    async def session(ws: Raw) -> None:
        codes.append(await ws.closed())

    async with talking(upgrading(session)) as client:
        await client.answered()
        client.leave(4002)
    assert codes == [4002]


async def test_a_session_that_sends_again_and_again_learns_it_too() -> None:
    """Where sending neither waits nor fails, as under servers that are silent about it; what has come is there to receive."""
    got: list[object] = []

    async def session(ws: Raw) -> None:
        try:
            while True:
                await ws.send("x")
        finally:
            got.append(ws.close_code)

    answer = await conversation(session, LEFT)
    assert (answer.error, got) == (None, [1001])
    assert all(event["type"] in {"websocket.accept", "websocket.send"} for event in answer.events)


async def test_what_comes_while_a_session_sends_is_not_lost() -> None:
    """It is kept, in its order, up to a bound."""
    got: list[object] = []

    async def session(ws: Raw) -> None:
        for _ in range(500):
            await ws.send("x")
        got.extend([await ws.receive() for _ in range(50)])

    answer = await conversation(session, *(text(str(number)) for number in range(50)))
    assert answer.error is None
    assert got == [str(number) for number in range(50)]


async def test_a_block_ends_when_the_client_leaves() -> None:
    """Cancelled where it waits; the session goes on behind it."""
    after: list[int | None] = []

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            await ws.send("x")
            await anyio.sleep_forever()
        after.append(ws.close_code)

    async with talking(upgrading(session)) as client:
        await client.until(1)
        client.leave(1001)
        await client.end()
    assert (after, client.error) == ([1001], None)


async def test_a_block_that_ends_by_itself_goes_on_with_the_connection() -> None:
    """What came meanwhile is received, and what comes later."""

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            client.say("kept")
            await anyio.sleep(0.01)
        client.say("later")
        await ws.send(await ws.receive())
        await ws.send(await ws.receive())

    async with talking(upgrading(session), loses=True) as client:
        await client.end()
    assert client.messages == ["kept", "later"]


@pytest.mark.parametrize("raised", [ValueError("secret"), ClientDisconnected()])
async def test_errors_leave_the_block_as_themselves(raised: Exception) -> None:
    """In no group; but for the news that it waited for, behind which the session goes on."""
    after: list[bool] = []

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            raise raised
        after.append(True)

    async with talking(upgrading(session), raise_app_exceptions=False) as client:
        await client.end()
    assert (client.error, after) == ((raised, []) if isinstance(raised, ValueError) else (None, [True]))


async def test_a_block_can_close() -> None:
    """Which ends it at its next wait."""

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            await ws.close(4000)
            await anyio.sleep_forever()

    async with talking(upgrading(session)) as client:
        await client.end()
    assert client.closed == (4000, "")


async def test_a_reader_and_a_watcher_get_on() -> None:
    """Messages come in order, and none is lost, whoever reads."""

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            async for message in ws:
                await ws.send(message)

    async with talking(upgrading(session)) as client:
        sent = [str(number) for number in range(3 * AHEAD)]
        client.say(*sent[:AHEAD])
        await client.until(AHEAD)
        client.say(*sent[AHEAD:])
        await client.until(len(sent))
    assert (client.messages, client.error) == (sent, None)


async def test_a_slow_reader_under_a_watch_holds_the_client_back() -> None:
    """No more is kept than the bound says, and nothing is lost."""
    slow = anyio.Event()

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            await ws.send(await ws.receive())
            await slow.wait()
            async for message in ws:
                await ws.send(message)

    async with talking(upgrading(session)) as client:
        sent = [str(number) for number in range(10 * AHEAD)]
        client.say(*sent)
        await client.until(1)
        await anyio.wait_all_tasks_blocked()
        assert client.peer.queued >= 8 * AHEAD
        slow.set()
        await client.until(len(sent))
    assert (client.messages, client.error) == (sent, None)


async def test_a_client_that_floods_a_session_which_only_sends_is_disconnected() -> None:
    """1008: its messages are not kept without end, and its leaving would not be seen behind them."""

    async def session(ws: Raw) -> None:
        async with ws.until_closed():
            await anyio.sleep_forever()

    async with talking(upgrading(session)) as client:
        client.say(*["x"] * 10 * AHEAD)
        await client.end()
    assert (client.closed, client.error) == ((1008, "messages are not read here, and too many came"), None)


async def test_large_messages_are_not_kept_in_number() -> None:
    """Not over one limit in bytes."""

    async def session(ws: Raw) -> None:
        with pytest.raises(PolicyViolation):
            await ws.closed()

    async with talking(upgrading(session, limits=SocketLimits(message=100))) as client:
        client.say("x" * 60, "y" * 60)
        await client.end()
    assert client.error is None


@pytest.mark.parametrize(
    "wrong", [{"message": 0}, {"idle": 0}, {"queue": 0}, {"idle": -1}, {"when_full": "wait"}], ids=lambda wrong: next(iter(wrong))
)
def test_limits_that_cannot_be_meant(wrong: dict[str, Any]) -> None:
    """Are refused where they are written."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SocketLimits(**wrong)


async def flooding(count: int, **limits: Any) -> tuple[Conversation, int]:
    """A session that sends to a client which reads only when all is sent."""
    dropped = 0

    async def session(ws: Raw) -> None:
        nonlocal dropped
        try:
            for number in range(count):
                await ws.send(str(number))
        finally:
            dropped = ws.dropped
            client.resume()

    async with talking(upgrading(session, limits=SocketLimits(**limits))) as client:
        client.pause()
        await client.end()
    return client, dropped


async def test_a_queue_lets_a_session_go_on() -> None:
    """What is queued goes out before the close."""
    client, dropped = await flooding(50, queue=50)
    assert (client.messages, dropped) == ([str(number) for number in range(50)], 0)
    assert client.closed == (1000, "")


async def test_a_full_queue_drops_the_oldest() -> None:
    """The newest are what a feed of prices is about; the loss is counted."""
    client, dropped = await flooding(50, queue=3, when_full="drop_oldest")
    assert client.messages[-3:] == ["47", "48", "49"]
    assert len(client.messages) + dropped == 50
    assert dropped >= 46


async def test_a_full_queue_drops_the_newest() -> None:
    """What has been queued stays."""
    client, dropped = await flooding(50, queue=3, when_full="drop_newest")
    assert client.messages == [str(number) for number in range(50 - dropped)]
    assert dropped >= 46


async def test_a_client_that_reads_too_slowly_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """1008, although it never takes what is on its way; the sender gets the one error there is for clients that are gone."""
    monkeypatch.setattr("asgikit.closing.CLEAN_UP", 0.01)
    monkeypatch.setattr("asgikit.closing.PROMPT", 0.01)
    seen: list[type[Exception]] = []

    async def session(ws: Raw) -> None:
        try:
            while True:
                await ws.send("x")
        except ClientDisconnected as error:
            seen.append(type(error))
            await anyio.sleep_forever()  # a session that is busy elsewhere does not keep the connection

    async with talking(upgrading(session, limits=SocketLimits(queue=3))) as client:
        client.pause()
        await client.until_closed()
    assert (client.closed, seen) == ((1008, "messages are read too slowly"), [ClientDisconnected])
