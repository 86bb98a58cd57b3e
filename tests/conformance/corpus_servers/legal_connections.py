"""Servers that are unusual but legal: how they call an application, and what their receive and send are."""

from __future__ import annotations

from typing import Any

import anyio

from tests.conformance.corpus_servers.model import GONE, REQUEST, App, LegalServer, Serve, Session, http


async def many(app: App) -> list[Any]:
    """One connection after the other, with scopes that may be at the same place in memory."""
    sent: list[Any] = []
    for _ in range(30):
        session = Session(scope := http(), None)
        await app(scope, session.receive, session.send)
        sent += session.sent
    return sent


async def together(app: App) -> list[Any]:
    """Ten connections at once, with equal scopes that share what is in them."""
    sent: list[Any] = []

    async def one() -> None:
        session = Session(scope := http(), None)

        async def slow() -> Any:
            await anyio.lowlevel.checkpoint()
            return await session.receive()

        await app(scope, slow, session.send)
        sent.append(session.sent)

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(one)
    return sent


class Waiting:
    """An awaitable that is no coroutine."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Any:
        """Gives the value at once."""
        yield from ()
        return self._value


class Duck:
    """receive and send as objects with a call, whose result is awaitable but no coroutine."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events = [dict(REQUEST), *(dict(GONE) for _ in range(9))]

    def receive(self) -> Waiting:
        return Waiting(self.events.pop(0))

    def __call__(self, message: Any) -> Waiting:
        self.session.sent.append(message)
        return Waiting("sent")


async def ducks(app: App) -> list[Any]:
    """Awaitables of another kind."""
    duck = Duck(Session(scope := http(), None))
    await app(scope, duck.receive, duck)
    return duck.session.sent


def gone(error: type[OSError]) -> Serve:
    """A server whose client leaves before the answer: send raises, and the application may let that escape."""

    async def serve(app: App) -> list[Any]:
        session = Session(scope := http(), None)

        async def send(message: Any) -> None:
            raise error("the client has left")

        try:
            await app(scope, session.receive, send)
        except error:
            return ["raised"]
        return ["returned"]

    return serve


def positional_only(session: Session) -> Any:
    """A send whose argument has another name and no keyword."""

    async def send(event: Any, /) -> None:
        session.sent.append(event)

    return send


async def other_names(app: App) -> list[Any]:
    """The argument of send is called something else."""
    session = Session(scope := http(), None)
    await app(scope, session.receive, positional_only(session))
    return session.sent


SERVERS = [
    LegalServer("connections one after the other", many),
    LegalServer("connections at once", together),
    LegalServer("awaitables that are no coroutines", ducks),
    LegalServer("send with another name for its argument", other_names),
    LegalServer("send raises an OSError", gone(OSError)),
    LegalServer("send raises a ConnectionResetError", gone(ConnectionResetError)),
    LegalServer("send raises a class of its own", gone(type("ClientGone", (BrokenPipeError,), {}))),
]
