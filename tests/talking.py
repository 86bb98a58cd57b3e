"""Plays the client of one WebSocket in process, as a server would show it to an application."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel

from asgikit import App, Request, Response, WebSocket, root, websocket
from asgikit.asgi import ASGIApp
from asgikit.testing import Answer, play, websocket_scope

Raw = WebSocket[str | bytes, str | bytes]
CONNECT = {"type": "websocket.connect"}
LEFT = {"type": "websocket.disconnect", "code": 1001}


def text(message: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": message, "bytes": None}


def binary(message: bytes) -> dict[str, object]:
    return {"type": "websocket.receive", "bytes": message}


def upgrading(session: Any, *inputs: Any, **upgrade: Any) -> App[None]:
    """An application that is this session."""

    @websocket(root)
    async def handler(request: Request[object]) -> Response:
        return Response.upgrade(session, **upgrade)

    return App(handler)


async def conversation(session: Any, *events: Any, **upgrade: Any) -> Answer:
    """A session that is told all of these at once."""
    return await play(upgrading(session, **upgrade), websocket_scope(), [CONNECT, *events])


class Client:
    """A client: what it says, and what the application has sent it so far."""

    def __init__(self, *, loses: bool = False, raises: Exception | None = None) -> None:
        """`loses` what a cancelled receive was about to get, as granian does; `raises` from sends once it has left."""
        self.sent: list[Any] = []
        self.error: BaseException | None = None
        self.receiving = 0
        self.reads = anyio.Event()  # until it is set again, sends wait
        self.reads.set()
        self.ended = anyio.Event()
        self._events: deque[Mapping[str, object]] = deque([CONNECT])
        self._news = anyio.Event()
        self._more = anyio.Event()
        self._loses = loses
        self._raises = raises
        self._gone = False

    def say(self, *messages: str | bytes) -> None:
        for message in messages:
            self._put(text(message) if isinstance(message, str) else binary(message))

    def leave(self, code: int = 1001, reason: str = "") -> None:
        self._gone = True
        self._put({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _put(self, event: Mapping[str, object]) -> None:
        self._events.append(event)
        self._news.set()

    @property
    def unread(self) -> int:
        return len(self._events)

    @property
    def messages(self) -> list[str | bytes]:
        return [event.get("text", event.get("bytes")) for event in self.sent if event["type"] == "websocket.send"]

    @property
    def closed(self) -> tuple[int, str] | None:
        closes = [event for event in self.sent if event["type"] == "websocket.close"]
        assert len(closes) <= 1, self.sent
        return (closes[0]["code"], closes[0].get("reason", "")) if closes else None

    async def until(self, count: int) -> None:
        """Returns when so many messages have come."""
        with anyio.fail_after(5):
            while len(self.messages) < count:
                self._more = anyio.Event()
                await self._more.wait()

    async def hung_up(self) -> None:
        """Returns when the application has closed."""
        with anyio.fail_after(5):
            while self.closed is None:
                self._more = anyio.Event()
                await self._more.wait()

    async def receive(self) -> Mapping[str, object]:
        self.receiving += 1
        try:
            await anyio.lowlevel.checkpoint()
            while not self._events:
                self._news = anyio.Event()
                await self._news.wait()
            return self._events.popleft()
        except BaseException:
            if self._loses and self._events:
                self._events.popleft()
            raise
        finally:
            self.receiving -= 1

    async def send(self, event: Any) -> None:
        await anyio.lowlevel.checkpoint()
        if event["type"] == "websocket.send":
            await self.reads.wait()
        if self._gone and self._raises is not None:
            raise self._raises
        self.sent.append(event)
        self._more.set()
        if event["type"] == "websocket.close" and not self._gone:
            self._put({"type": "websocket.disconnect", "code": event["code"]})


@asynccontextmanager
async def talking(app: ASGIApp, *, loses: bool = False, raises: Exception | None = None, **scope: Any) -> AsyncGenerator[Client]:
    """A client that talks to the application; at the end of the block it leaves, and the application has to end."""
    client = Client(loses=loses, raises=raises)

    async def run() -> None:
        try:
            await app(websocket_scope(**scope), client.receive, client.send)
        except Exception as error:
            client.error = error
        client.ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        yield client
        client.leave()
        with anyio.fail_after(10):
            await client.ended.wait()
