"""An application that talks with a client, without one of httpx."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from asgikit.conformance.violations import ConformanceError
from asgikit.testing import ClientLeft, Closed, Incomplete, NoAnswer, talking

pytestmark = pytest.mark.virtual_time

QUICK = 0.01


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})


async def test_a_conversation_step_by_step() -> None:
    """What the client says, what has come of it, and how it ends."""
    async with talking(echo, "/chat?a=1", headers={"x-a": "1"}) as client:
        client.say("a", b"b")
        await client.until(2)
        assert (client.messages, client.closed, client.has_ended) == (["a", b"b"], None, False)
        client.leave(4001)
        await client.end()
    assert (client.closed, client.error, client.has_ended) == (Closed(4001), None, True)
    assert (client.scope["path"], client.scope["query_string"]) == ("/chat", b"a=1")
    assert [step.kind for step in client.steps][-1] == "return"


async def test_keywords_are_keys_of_the_scope() -> None:
    """In place of what is there."""
    headers = {"sec-websocket-protocol": "chat"}
    async with talking(echo, headers=headers, subprotocols=["chat"], client=None) as client:
        client.say("a")
        await client.until(1)
        assert (client.subprotocol, client.scope["client"]) == ("chat", None)


async def test_the_client_stops_reading_and_goes_on() -> None:
    """Nothing goes through meanwhile, and what the application does is not told by time."""
    async with talking(echo) as client:
        client.pause()
        client.say("a", "b")
        await anyio.wait_all_tasks_blocked()
        assert client.messages == []
        client.resume()
        await client.until(2)


async def test_what_the_application_raises_is_raised_at_the_end() -> None:
    """When its client has left."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        async with talking(broken) as client:
            await client.answered()


async def test_what_the_application_raises_can_be_kept() -> None:
    """With the messages that came before, and the reason why no more came."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        raise KeyError("lost")

    async with talking(broken, raise_app_exceptions=False) as client:
        await client.answered()
        client.leave()
        with pytest.raises(Incomplete, match="has sent 0 messages, not 1") as caught:
            await client.until(1)
        await client.end()
    assert isinstance(client.error, KeyError)
    assert caught.value.__cause__ in {None, client.error}


async def test_what_does_not_come_is_not_waited_for_without_end() -> None:
    """A message, a close, the end."""
    async with talking(echo, timeout=QUICK) as client:
        with pytest.raises(NoAnswer, match="has not sent 1 messages"):
            await client.until(1)
        with pytest.raises(NoAnswer, match="has not closed the WebSocket"):
            await client.until_closed()

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        await anyio.sleep_forever()

    with pytest.raises(NoAnswer, match="goes on, although its client has left"):
        async with talking(deaf, timeout=QUICK):
            pass


async def test_a_broken_rule_fails_the_test() -> None:
    """At the end, if nothing was waited for; a failure of the test comes first."""

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "text": "early"})
        await receive()

    with pytest.raises(ConformanceError, match="WS-SEND-001"):
        async with talking(broken):
            await anyio.wait_all_tasks_blocked()
    with pytest.raises(ConformanceError, match="WS-SEND-001"):
        async with talking(broken) as client:
            await client.until(1)
    with pytest.raises(ZeroDivisionError) as caught:
        async with talking(broken):
            await anyio.wait_all_tasks_blocked()
            raise ZeroDivisionError
    assert "WS-SEND-001" in caught.value.__notes__[0]


async def test_a_server_that_loses_and_raises_can_be_played() -> None:
    """As SocketPeer does."""
    raised: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        try:
            await send({"type": "websocket.send", "text": "x"})
        except RuntimeError as error:
            raised.append(str(error))

    async with talking(app, raises=RuntimeError("closed"), loses=True) as client:
        assert await client.answered() is None
    assert raised == ["closed"]


async def test_a_network_that_breaks_is_noticed_by_who_sends() -> None:
    """Nobody tells the server, and what the client says does not arrive."""
    gate = anyio.Event()
    told: list[object] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await gate.wait()
        try:
            await send({"type": "websocket.send", "text": "x"})
        except OSError:
            told.append((await receive())["code"])

    async with talking(app) as client:
        await client.answered()
        client.vanish()
        client.say("lost")
        assert not client.peer.closed
        gate.set()
        await client.end()
    assert client.closed == Closed(1006)
    assert (told, client.messages) == ([1006], [])


@pytest.mark.parametrize("slow", [True, False])
async def test_a_send_that_waits_notices_that_the_network_breaks(slow: bool) -> None:
    """For a client that has stopped, or does not read as fast."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "x"})
        await send({"type": "websocket.send", "text": "y"})

    async with talking(app, buffer_size=0 if slow else 1000) as client:
        if not slow:
            client.pause()
        await client.answered()
        await anyio.wait_all_tasks_blocked()
        client.vanish()
        await client.end()
    assert client.closed == Closed(1006)
    assert isinstance(client.error, ClientLeft)


@pytest.mark.parametrize(("times", "expected"), [(None, []), (1, ["cleaned"])])
async def test_a_server_that_stops_cancels_what_runs(times: int | None, expected: list[str], anyio_backend_name: str) -> None:
    """Whatever it awaits, or, as servers on asyncio do, so often."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await echo(scope, receive, send)
        finally:
            await anyio.lowlevel.checkpoint()
            seen.append("cleaned")

    async with talking(app) as client:
        await client.answered()
        await client.cancel(times)
    assert seen == (expected if anyio_backend_name == "asyncio" else [])
    assert (client.has_ended, client.error) == (True, None)


async def test_a_slow_client_makes_send_wait() -> None:
    """Behind as many bytes as are chosen; one that is not chosen reads as fast as it can."""
    sent: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(3):
            await send({"type": "websocket.send", "text": "x" * 100_000})
            sent.append(number)

    async with talking(app, buffer_size=0) as client:
        await client.until(1)
        await anyio.wait_all_tasks_blocked()
        assert sent == []
        await client.next()
        await client.until(1)
        await anyio.wait_all_tasks_blocked()
        assert sent == [0]
    sent.clear()
    async with talking(app) as client:
        await client.until(3)
        await client.end()
    assert sent == [0, 1, 2]


async def test_what_was_wrong_before_the_test_was_cancelled_is_raised() -> None:
    """Nobody would hear of it else."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), anyio.move_on_after(1):
        async with talking(app):
            await anyio.sleep_forever()
