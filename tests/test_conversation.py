"""A room on a WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from asgikit import App, Request, Response, Router, converse, json, param, room_events, root, websocket
from asgikit.asgi import ASGIApp
from asgikit.channels import Joined, Left, Message, Present
from asgikit.stores.memory_channels import MemoryChannels
from asgikit.testing import Conversation, WebSocketClosed, talking

pytestmark = pytest.mark.virtual_time


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Line:
    author: str
    text: str


def line(author: str, said: Said) -> Line:
    if said.text == "boom":
        raise ValueError("secret")
    return Line(author, said.text)


def said(text: str) -> str:
    return f'{{"text":"{text}"}}'


async def closing(client: Conversation) -> int:
    """The code of the close, which is the next that the client hears."""
    with pytest.raises(WebSocketClosed) as caught:
        await client.next()
    return caught.value.code


class House:
    """An application with rooms, and who visits it."""

    def __init__(self, visits: AsyncExitStack, queue: int, rate: float) -> None:
        self.rooms = MemoryChannels[Line](history=10)
        self.visitors: list[Conversation] = []
        self._visits = visits

        @websocket(root / param("name", str))
        async def chat(request: Request[object], name: str) -> Response:
            seat = self.rooms["a"].join(name, history=2, queue=queue)
            return Response.upgrade(converse(seat, line, rate=rate), receives=json(Said), sends=room_events(json(Line)))

        self.app: ASGIApp = App(Router(chat))

    async def visit(self, name: str, **options: Any) -> Conversation:
        self.visitors.append(await self._visits.enter_async_context(talking(self.app, f"/{name}", **options)))
        return self.visitors[-1]


async def in_a_house(play: Callable[[House], Any], *, queue: int = 256, rate: float = 1e9) -> None:
    with anyio.fail_after(10):
        async with AsyncExitStack() as visits:
            house = House(visits, queue, rate)
            await play(house)
            await house.rooms.__aexit__(None, None, None)
            for visitor in house.visitors:
                await visitor.end()
        assert len(house.rooms) == 0


def message(author: str, text: str) -> str:
    return f'{{"type":"message","message":{{"author":"{author}","text":"{text}"}}}}'


async def test_two_talk_and_a_third_hears_what_was_said() -> None:
    """With the author that the server knows, and who is there."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        assert await ada.next() == '{"type":"present","members":["ada"]}'
        bob = await house.visit("bob")
        assert await ada.next() == '{"type":"joined","member":"bob"}'
        assert await bob.next() in {'{"type":"present","members":["ada","bob"]}', '{"type":"present","members":["bob","ada"]}'}
        for text in ("one", "two", "three"):
            ada.say(said(text))
            assert await ada.next() == await bob.next() == message("ada", text)
        bob.leave()
        assert await ada.next() == '{"type":"left","member":"bob"}'
        eve = await house.visit("eve")
        assert await ada.next() == '{"type":"joined","member":"eve"}'
        assert "eve" in await eve.next()
        assert [await eve.next() for _ in range(2)] == [message("ada", "two"), message("ada", "three")]

    await in_a_house(play)


async def test_the_end_of_the_channels_closes_the_socket() -> None:
    """With 1001: going away."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        await ada.next()
        await house.rooms.__aexit__(None, None, None)
        assert await closing(ada) == 1001

    await in_a_house(play)


async def test_a_socket_that_reads_too_slowly_is_closed() -> None:
    """With 1008: a policy; the others stay."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        await ada.next()
        async with house.rooms["a"].subscribe() as steady:
            await anyio.wait_all_tasks_blocked()
            house.rooms._rooms.publish("a", Line("x", "1"))
            for number in range(2, 9):
                house.rooms._rooms.publish("a", Line("x", str(number)))
            assert await closing(ada) == 1008
            assert await anext(steady) == Line("x", "1")

    await in_a_house(play, queue=5)


async def test_a_socket_that_takes_nothing_is_closed() -> None:
    """Though the message before is still on its way."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        await ada.next()
        ada.pause()
        async with house.rooms["a"].subscribe():
            for number in range(7):
                await house.rooms["a"].publish(Line("x", str(number)))
            assert await closing(ada) == 1008
            assert await house.rooms["a"].members() == frozenset()

    await in_a_house(play, queue=5)


async def test_what_does_not_decode_closes_with_its_code() -> None:
    """And nobody hears of it."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        await ada.next()
        ada.say("{")
        assert await closing(ada) == 1007
        await ada.end()
        assert ada.error is None

    await in_a_house(play)


async def test_a_function_that_fails_is_an_error_of_the_session() -> None:
    """1011, and the error itself, in no group, for the log."""

    async def play(house: House) -> None:
        ada = await house.visit("ada", raise_app_exceptions=False)
        await ada.next()
        ada.say(said("boom"))
        assert await closing(ada) == 1011
        await ada.end()
        assert isinstance(ada.error, ValueError)

    await in_a_house(play)


async def test_a_client_that_vanishes_is_there_no_more() -> None:
    """It is noticed when something is sent to it; no error."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        bob = await house.visit("bob")
        await ada.next()
        await anyio.wait_all_tasks_blocked()
        bob.vanish()
        assert await house.rooms["a"].members() == {"ada", "bob"}
        ada.say(said("hello"))
        await bob.end()
        assert bob.error is None
        assert await house.rooms["a"].members() == {"ada"}

    await in_a_house(play)


async def test_nobody_floods_a_room() -> None:
    """A second's worth at once; then the socket is read no faster than the rate."""

    async def play(house: House) -> None:
        ada = await house.visit("ada")
        await ada.next()
        for number in range(50):
            ada.say(said(str(number)))
        before = anyio.current_time()
        for number in range(16):
            assert await ada.next() == message("ada", str(number))
        assert anyio.current_time() - before >= 0.25
        ada.leave()

    await in_a_house(play, rate=20 / 2)


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_is_above_zero(rate: float) -> None:
    """When the session is made."""
    with pytest.raises(ValueError, match="messages a second"):
        converse(MemoryChannels[Line]()["a"].join("ada"), line, rate=rate)


def test_events_are_json() -> None:
    """As text for sockets, as bytes for feeds; members of a type have a codec of theirs."""
    events = room_events(json(Line))
    assert events.encode_message(Message(Line("é", "x"))) == message("é", "x")
    assert events.encode(Joined('a"b')) == b'{"type":"joined","member":"a\\"b"}'
    typed = room_events(json(Line), json(Said))
    assert typed.encode(Left(Said("x"))) == b'{"type":"left","member":{"text":"x"}}'
    assert typed.encode(Present(frozenset({Said("x")}))) == b'{"type":"present","members":[{"text":"x"}]}'
