"""Applications that do not do what they should when the client has left."""

from __future__ import annotations

from typing import Any

import anyio

from asgikit.conformance.scenario import Leave
from tests.conformance.corpus.model import (
    ACCEPT,
    PLAIN,
    App,
    Wrong,
    body,
    exchange,
    http,
    ids,
    piece,
    says,
    start,
    websocket,
)

MID = exchange(http(), piece(), Leave())
SILENT = exchange(http(), piece(), Leave("ignore"))
UPLOAD = exchange(http("POST"), piece(b"a", more=True), Leave("ignore"))
UPLOAD_RAISING = exchange(http("POST"), piece(b"a", more=True), Leave())


def streaming(handle: Any) -> App:
    """An application that streams for ever; `handle` says what becomes of an OSError: True goes on, an exception is raised."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        while True:
            try:
                await send(body(b"tick", True))
            except OSError as error:
                if handle is not True:
                    raise handle from error
            await anyio.sleep(0.001)

    return app


class Gone(Exception):
    """The client has left, in the words of a framework."""


async def stubborn(scope: Any, receive: Any, send: Any) -> None:
    """Sends some more, whoever is there to read it."""
    await send(start())
    errors = 0
    while errors < 20:
        try:
            await send(body(b"tick", True))
        except OSError:
            errors += 1
        await anyio.sleep(0.001)


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    """Waits for something that never comes."""
    await anyio.sleep_forever()


async def stays(scope: Any, receive: Any, send: Any) -> None:
    """Has answered, and does not end."""
    await send(start())
    await send(body())
    await anyio.sleep_forever()


async def polls(scope: Any, receive: Any, send: Any) -> None:
    """Waits for the end of the body in a loop that a disconnect does not end."""
    while True:
        event = await receive()
        if event["type"] == "http.request" and not event.get("more_body"):
            break
    await send(start())
    await send(body())


async def holds(scope: Any, receive: Any, send: Any) -> None:
    """A response that waits for news, and never looks."""
    await send(start())
    await send(body(b"", True))
    await anyio.sleep_forever()


async def answers_the_dead(scope: Any, receive: Any, send: Any) -> None:
    """Replies with an error to who has left."""
    while (event := await receive())["type"] != "http.disconnect":
        if not event.get("more_body"):
            break
    await send(start(400))
    await send(body(b"incomplete"))


async def hides_it(scope: Any, receive: Any, send: Any) -> None:
    """Turns the error into another, which is one of the system too."""
    try:
        await send(start())
        while True:
            await send(body(b"tick", True))
            await anyio.sleep(0.001)
    except OSError:
        raise ConnectionError("the client has left") from None


async def fails_in_cleaning(scope: Any, receive: Any, send: Any) -> None:
    """Cleans up what is not there."""
    try:
        await send(start())
        while True:
            await send(body(b"tick", True))
            await anyio.sleep(0.001)
    finally:
        dict[str, int]()["file"]  # the mistake


async def socket_stubborn(scope: Any, receive: Any, send: Any) -> None:
    """The same on a WebSocket: one more message, after which it gives up."""
    await receive()
    await send(ACCEPT)
    errors = 0
    while errors < 2:
        try:
            await send({"type": "websocket.send", "text": "tick"})
        except OSError:
            errors += 1
        await anyio.sleep(0.001)


GONE = [
    Wrong("gone: streams on, sends are ignored", "HTTP-DISC-007", streaming(True), SILENT, hangs=True),
    Wrong("gone: streams on, errors are ignored", "HTTP-DISC-007", streaming(True), MID, also=ids("CORE-ERR-008"), hangs=True),
    Wrong("gone: holds on", "HTTP-DISC-007", holds, MID, hangs=True),
    Wrong("gone: holds on, sends are ignored", "HTTP-DISC-007", holds, SILENT, hangs=True),
    Wrong("gone: sends all that is left", "CORE-ERR-008", stubborn, MID),
    Wrong(
        "gone: a WebSocket sends all that is left", "CORE-ERR-008", socket_stubborn, exchange(websocket(), says("hello"), Leave())
    ),
    Wrong("gone: an error of its own", "HTTP-DISC-009", streaming(Gone("gone")), MID),
    Wrong("gone: a RuntimeError", "HTTP-DISC-009", streaming(RuntimeError("no response")), MID),
    Wrong("gone: another OSError", "HTTP-DISC-009", hides_it, MID),
    Wrong("gone: a KeyError in its cleaning", "HTTP-DISC-009", fails_in_cleaning, MID),
    Wrong("gone: sleeps", "CORE-APP-007", sleeps, MID, hangs=True),
    Wrong("gone: sleeps, the client stays", "CORE-APP-007", sleeps, PLAIN, hangs=True),
    Wrong("gone: has answered, and sleeps", "CORE-APP-007", stays, PLAIN, hangs=True),
    Wrong("gone: waits for the body", "CORE-APP-007", polls, UPLOAD, hangs=True),
    Wrong("gone: waits for the body, sends raise", "CORE-APP-007", polls, UPLOAD_RAISING, hangs=True),
    Wrong("gone: is answered", "HTTP-DISC-006", answers_the_dead, UPLOAD),
]


CASES = GONE
