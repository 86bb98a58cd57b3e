"""WebSocket connections to a foreign application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from asgikit import App, Handler, Request, Response, Router, after, from_asgi, mount, root
from asgikit.errors import InvalidEvent, ProtocolError
from asgikit.foreign import websocket as module
from asgikit.testing import Answer, play, talking, websocket_scope

pytestmark = pytest.mark.virtual_time

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
CONNECT = {"type": "websocket.connect"}
ACCEPT = {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"1")]}
LEFT = {"type": "websocket.disconnect", "code": 1001}


def text(message: str) -> dict[str, object]:
    return {"type": "websocket.receive", "text": message}


def said(message: str) -> dict[str, object]:
    return {"type": "websocket.send", "text": message}


async def echo(scope: Any, receive: Receive, send: Send) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send(ACCEPT)
    while (event := await receive())["type"] != "websocket.disconnect":
        await send(said(event["text"]))


async def shake(app: Any, *events: Any, **scope: Any) -> Answer:
    return await play(app, websocket_scope(**scope), [CONNECT, *events])


def sending(*events: Any) -> Any:
    async def app(scope: Any, receive: Receive, send: Send) -> None:
        for event in events:
            await send(event)

    return app


async def test_a_conversation_passes_both_ways() -> None:
    """With the subprotocol and the fields of the accept, to which middleware can add."""

    def added(request: Request[object], response: Response) -> Response:
        return response.with_header("x-b", "2")

    app = App(Router(mount(root, echo)).wrap(after(added)))
    answer = await shake(app, text("a"), text("b"), LEFT, subprotocols=["chat"])
    accept = {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"1"), (b"x-b", b"2")]}
    assert (answer.events, answer.error) == ([accept, said("a"), said("b")], None)


@pytest.mark.parametrize(
    ("closing", "code"), [([], 1000), ([{"type": "websocket.close", "code": 4000}], 4000)], ids=["returned", "closed"]
)
async def test_the_connection_is_closed(closing: list[Any], code: int) -> None:
    """By the application, or when it returns; once."""
    answer = await shake(App(from_asgi(sending({"type": "websocket.accept"}, said("a"), *closing))))
    assert [event.get("code") for event in answer.events] == [None, None, code]


async def test_an_application_that_fails_closes_with_1011() -> None:
    """The server is told."""
    answer = await shake(App(from_asgi(sending({"type": "websocket.accept"}, {"type": "websocket.accept"}))))
    assert answer.events[-1] == {"type": "websocket.close", "code": 1011}
    assert isinstance(answer.error, InvalidEvent)


async def test_a_close_in_place_of_an_accept_is_a_403() -> None:
    """As a server would make it: a response that middleware sees."""
    seen: list[int] = []

    def look(request: Request[object], response: Response) -> Response:
        seen.append(response.status)
        return response

    app = App(Router(mount(root, sending({"type": "websocket.close"}))).wrap(after(look)))
    assert (await shake(app)).events == [{"type": "websocket.close", "code": 1000}]
    denied = await shake(app, denial=True)
    assert (denied.events[0]["status"], seen) == (403, [403, 403])


@pytest.mark.parametrize("pieces", [[b"no"], [b"n", b"o"]])
async def test_a_denial_is_a_response(pieces: list[bytes]) -> None:
    """The application may always send one: where the server takes none, the edge closes."""
    start = {"type": "websocket.http.response.start", "status": 409, "headers": [(b"x-a", b"1")]}
    bodies = [{"type": "websocket.http.response.body", "body": b, "more_body": True} for b in pieces[:-1]]
    app = App(from_asgi(sending(start, *bodies, {"type": "websocket.http.response.body", "body": pieces[-1]})))
    denied = await shake(app, denial=True)
    assert (denied.status, denied.body) == (409, b"no")
    assert (await shake(app)).events == [{"type": "websocket.close", "code": 1000}]


async def test_an_error_before_the_answer_is_the_handlers() -> None:
    """The client is denied; a message before the accept is such an error."""
    answer = await shake(App(from_asgi(sending(said("early")))), denial=True)
    assert (answer.events[0]["status"], type(answer.error)) == (500, InvalidEvent)
    answer = await shake(App(from_asgi(sending())), denial=True)
    assert (answer.events[0]["status"], type(answer.error)) == (500, ProtocolError)


async def test_an_accept_that_middleware_drops_ends_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that the client is gone, whichever way it asks."""
    monkeypatch.setattr(module, "CLEAN_UP", 0.05)
    seen: list[object] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        await receive()
        await send(ACCEPT)
        seen.append(await receive())
        try:
            await send(said("a"))
        finally:
            seen.append("ended")

    def other(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            await handler(request)
            return Response.text("no", status=403)

        return inner

    answer = await shake(App(Router(mount(root, app)).wrap(other)))
    assert answer.events == [{"type": "websocket.close", "code": 1000}]
    assert (answer.error, seen) == (None, [{"type": "websocket.disconnect", "code": 1006, "reason": ""}, "ended"])


async def test_a_cancelled_session_ends_the_application_and_closes_with_1001() -> None:
    """As at the end of the server."""
    ended: list[str] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        await send(ACCEPT)
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("ended")

    async with talking(App(from_asgi(app)), subprotocols=["chat"]) as client:
        await client.answered()
        await client.cancel()
    assert (ended, client.closed) == (["ended"], (1001, ""))


async def test_a_handshake_whose_handler_is_cancelled_ends_the_application() -> None:
    """It never answered."""
    ended: list[str] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("ended")

    def limited(handler: Handler[None]) -> Handler[None]:
        async def inner(request: Request[None]) -> Response:
            with anyio.move_on_after(0.01):
                return await handler(request)
            return Response.text("too slow", status=504)

        return inner

    denied = await shake(App(Router(mount(root, app)).wrap(limited)), denial=True)
    assert (denied.events[0]["status"], ended) == (504, ["ended"])
