"""WebSockets in tests that are not asynchronous."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from asgikit import App, Request, Response, WebSocket, json, root, websocket
from asgikit.testing import Client, Closed, NoAnswer, UnexpectedMessage, WebSocketClosed, WebSocketDenied

BACKENDS: list[Literal["asyncio", "trio"]] = ["asyncio", "trio"]


@dataclass(frozen=True)
class Said:
    text: str


async def echo(ws: WebSocket[str | bytes, str | bytes]) -> None:
    async for message in ws:
        if message == "bye":
            await ws.close(4000, "enough")
        elif message == "fail":
            raise KeyError("lost")
        else:
            await ws.send(message)


@websocket(root)
async def talk(request: Request[object]) -> Response:
    if "no" in request.query:
        return Response.text("not you", status=403)
    return Response.upgrade(echo, subprotocol="chat").with_header("x-a", "1")


APP = App(talk)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_test_that_is_not_asynchronous_talks_too(backend: Literal["asyncio", "trio"]) -> None:
    """With every method of the asynchronous session."""
    with Client(APP, backend=backend) as client, client.websocket("/", subprotocols=["chat"]) as ws:
        assert (ws.subprotocol, ws.headers["x-a"], ws.closed) == ("chat", "1", None)
        ws.send("a")
        assert ws.receive() == "a"
        ws.send_json([1])
        assert ws.receive_json() == [1]
        ws.send(b"b")
        assert ws.receive_bytes() == b"b"
        ws.send("c")
        assert ws.receive_text() == "c"
        ws.send("d")
        with pytest.raises(UnexpectedMessage):
            ws.receive_bytes()
        with pytest.raises(NoAnswer):
            ws.receive(timeout=0.01)
        ws.pause()
        ws.send("e")
        with pytest.raises(NoAnswer):
            ws.receive(timeout=0.01)
        ws.resume()
        ws.send("bye")
        assert [*ws] == ["e"]
        assert ws.until_closed() == ws.closed == Closed(4000, "enough")
        with pytest.raises(WebSocketClosed):
            ws.send("late")


def test_its_messages_are_typed() -> None:
    """By the same codecs."""
    with Client(APP) as client:
        options: Any = {"subprotocols": ["chat"]}
        with client.websocket("/", receives=json(Said), sends=json(Said), **options) as ws:
            ws.send(Said("a"))
            assert ws.receive() == Said("a")
            ws.close(4001)
        with client.websocket("/", **options) as gone:
            gone.leave()
            assert gone.closed == Closed(1006)


def test_it_is_told_what_is_wrong() -> None:
    """A refusal, and an exception of the application."""
    with Client(APP) as client:
        with pytest.raises(WebSocketDenied, match="not you"), client.websocket("/?no=1"):
            pass
        with pytest.raises(KeyError, match="lost"), client.websocket("/", subprotocols=["chat"]) as ws:
            ws.send("fail")
            ws.receive()


def test_json_can_be_of_a_type() -> None:
    """What the codec reads."""
    with Client(APP) as client, client.websocket("/", subprotocols=["chat"]) as ws:
        ws.send_json({"text": "hi"})
        assert ws.receive_json(json(Said)) == Said("hi")
        ws.send_json([1])
        assert ws.receive_json(timeout=None) == [1]
