"""Laws of WebSocket sessions: no message is lost, doubled or out of order, however a session waits, and whatever a server loses."""

from itertools import cycle

import anyio
import anyio.lowlevel
from hypothesis import given
from hypothesis import strategies as st

from asgikit.errors import ClientDisconnected, MessageTimeout
from asgikit.testing import talking
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
