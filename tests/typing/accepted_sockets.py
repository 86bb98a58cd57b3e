"""Tests of WebSockets that are right: every line is accepted, and the types are these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_type

import httpx2
from starlette.applications import Starlette

from asgikit import App, Response, json
from asgikit.http.headers import Headers
from asgikit.messages import BINARY, TEXT
from asgikit.testing import (
    AsyncClient,
    Client,
    Closed,
    Conversation,
    SocketPeer,
    SyncWebSocketSession,
    WebSocketClosed,
    WebSocketDenied,
    WebSocketSession,
    talking,
)


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Joined:
    name: str


async def page(request: object) -> Response:
    return Response.empty()


app = App(page)
Event = Said | Joined


async def test_as_they_are() -> None:
    async with AsyncClient(app) as client:
        assert_type(client.cookies["a"], str)
        async with client.websocket("/chat", subprotocols=["v2"], origin="https://a.example", headers={"x-a": "1"}) as ws:
            assert_type(ws, WebSocketSession[str | bytes, str | bytes])
            await ws.send("text")
            await ws.send(b"bytes")
            await ws.send_json({"a": [1]})
            assert_type(await ws.receive(timeout=1), str | bytes)
            assert_type(await ws.receive_text(), str)
            assert_type(await ws.receive_bytes(), bytes)
            assert_type(await ws.receive_json(), object)
            assert_type(await ws.receive_json(json(Said), timeout=None), Said)
            assert_type(await ws.receive_json(json(list[int]), binary=True), list[int])
            assert_type(await ws.receive(timeout=None), str | bytes)
            assert_type(ws.subprotocol, str | None)
            assert_type(ws.headers, Headers)
            assert_type(ws.closed, Closed | None)
            assert_type(await ws.until_closed(timeout=1), Closed)
            await ws.close(4000, "enough")
            await ws.close(None)
            await ws.leave(1006)


async def test_through_codecs() -> None:
    async with AsyncClient(app) as client:
        async with client.websocket("/", receives=json(Said), sends=json(Joined)) as ws:
            assert_type(ws, WebSocketSession[Said, Joined])
            assert_type(await ws.receive(), Said)
            await ws.send(Joined("ada"))
            assert_type([said async for said in ws], list[Said])
        async with client.websocket("/", receives=json(list[int])) as listening:
            assert_type(listening, WebSocketSession[list[int], str | bytes])
        async with client.websocket("/", sends=json(Said)) as saying:
            assert_type(saying, WebSocketSession[str | bytes, Said])
        async with client.websocket("/", receives=TEXT, sends=BINARY) as mixed:
            assert_type(mixed, WebSocketSession[str, bytes])


async def wide(ws: WebSocketSession[object, Said]) -> None:
    await ws.send(Said("a"))


async def test_by_what_is_received_and_sent() -> None:
    async with AsyncClient(app) as client, client.websocket("/", receives=json(Said), sends=json(Event)) as ws:
        await wide(ws)


def test_without_async() -> None:
    with Client(Starlette(), library=httpx2, backend="trio") as client:
        with client.websocket("/chat", timeout=1) as ws:
            assert_type(ws, SyncWebSocketSession[str | bytes, str | bytes])
            ws.send("text")
            assert_type(list(ws), list[str | bytes])
        with client.websocket("/", receives=json(Said), sends=json(Joined)) as typed:
            assert_type(typed, SyncWebSocketSession[Said, Joined])
            assert_type(typed.receive(timeout=1), Said)
            typed.send(Joined("ada"))
            assert_type(typed.receive_json(json(Said)), Said)
            assert_type(typed.receive_json(timeout=1), object)
            assert_type(typed.until_closed(timeout=None), Closed)


async def test_without_a_client() -> None:
    async with talking(app, "/chat", headers={"x": "y"}, subprotocols=["v2"], spec_version="2.3", buffer_size=0) as client:
        assert_type(client, Conversation)
        client.say("a", b"b")
        assert_type(client.messages, list[str | bytes])
        assert_type(await client.until_closed(), Closed)
    peer = SocketPeer(loses=True, raises=OSError())
    assert_type(peer.take(), str | bytes)


def ends(closed: WebSocketClosed, denied: WebSocketDenied) -> None:
    assert_type((closed.code, closed.reason), tuple[int, str])
    assert_type(denied.json(), object)
    assert_type(denied.json(json(Said)), Said)
    assert_type((denied.status, denied.headers, denied.body, denied.text), tuple[int, Headers, bytes, str])
    assert_type(denied.closed, Closed | None)
