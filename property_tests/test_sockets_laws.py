"""Laws of WebSocket sessions: no message is lost, doubled or out of order, however a session waits, and whatever a server loses."""

from collections import deque
from itertools import cycle

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st

from asgikit.errors import ClientDisconnected, MessageTimeout
from asgikit.testing import AsyncClient, talking
from asgikit.websocket import SocketLimits
from tests.sockets import upgrading

backends = st.sampled_from(["asyncio", "trio"])
waits = st.lists(st.sampled_from(["plain", "timed", "watched"]), min_size=1, max_size=6)
pauses = st.lists(st.integers(0, 3), min_size=1, max_size=6)


async def taken(ws, how):
    """The next message, if it comes in this way."""
    match how:
        case "plain":
            return [await ws.receive()]
        case "timed":
            try:
                return [await ws.receive(timeout=0)]
            except MessageTimeout:
                await anyio.lowlevel.checkpoint()
                return []
        case _:
            found = []
            async with ws.until_closed():
                found.append(await ws.receive())
            return found


@given(backends, waits, pauses, st.integers(0, 12))
def test_every_message_comes_once_and_in_order(backend, how, pause, count):
    """On a server that loses what a cancelled call was about to get, too."""
    said, received = [str(number) for number in range(count)], []

    async def session(ws):
        kinds = cycle([*how, "plain"])
        try:
            while len(received) < count:
                received.extend(await taken(ws, next(kinds)))
        except ClientDisconnected:
            pass

    async def run():
        rests = cycle(pause)
        async with talking(upgrading(session), loses=True) as client:
            for message in said:
                client.say(message)
                for _ in range(next(rests)):
                    await anyio.lowlevel.checkpoint()
            await client.end()
        assert client.error is None

    anyio.run(run, backend=backend)
    assert received == said


@given(backends, st.integers(1, 4), st.sampled_from(["drop_oldest", "drop_newest"]), st.integers(0, 12))
def test_a_slow_reader_gets_the_newest_or_the_oldest(backend, size, when_full, count):
    """As many as its queue holds, besides the one that was on its way; all others are counted."""
    said, dropped, said_all = [str(number) for number in range(count)], [], None

    async def session(ws):
        for message in said:
            await ws.send(message)
            await anyio.wait_all_tasks_blocked()
        dropped.append(ws.dropped)
        said_all.set()

    async def run():
        nonlocal said_all
        said_all = anyio.Event()
        limits = SocketLimits(queue=size, when_full=when_full)
        async with talking(upgrading(session, limits=limits)) as client:
            client.pause()
            await said_all.wait()
            client.resume()
            await client.until_closed()
        return client.messages

    messages = anyio.run(run, backend=backend)
    rest = said[1:]
    kept = rest[-size:] if when_full == "drop_oldest" else rest[:size]
    assert messages == [*said[:1], *kept]
    assert dropped == [len(rest) - len(kept)]


messages = st.lists(st.text(max_size=30) | st.binary(max_size=30), max_size=10)


@given(backends, messages, st.integers(0, 60), st.lists(st.booleans(), max_size=20), st.sampled_from(["2.0", "2.3", "2.5"]))
def test_an_echo_gives_back_what_a_test_has_said(backend, said, buffer_size, turns, level):
    """However small the buffer is, and in whatever order the test says and hears."""

    async def echo(ws):
        async for message in ws:
            await ws.send(message)

    async def run():
        heard, waiting = [], deque(said)
        client = AsyncClient(upgrading(echo), buffer_size=buffer_size, spec_version=level)
        async with client, client.websocket("/") as ws:
            for is_saying in turns:
                if is_saying and waiting:
                    await ws.send(waiting.popleft())
                elif len(heard) < len(said) - len(waiting):
                    heard.append(await ws.receive())
            for message in waiting:
                await ws.send(message)
            while len(heard) < len(said):
                heard.append(await ws.receive())
            assert ws.closed is None
        return heard

    assert anyio.run(run, backend=backend) == said
