"""Tests of WebSockets that are wrong: each mistake is an error in mypy and in pyright, on the line whose comment says so."""

from __future__ import annotations

from dataclasses import dataclass

from asgikit import App, Response, json
from asgikit.testing import AsyncClient, Client, SocketPeer, talking


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Joined:
    name: str


async def page(request: object) -> Response:
    return Response.empty()


app = App(page)
client = AsyncClient(app)


async def sessions() -> None:
    client.websocket("/", subprotocols=[b"v1"])  # wrong [list-item]: bytes for a name
    client.websocket("/", origin=True)  # wrong [arg-type]: a switch for an origin
    client.websocket("/", protocols=["v1"])  # wrong [call-arg]: an option of another client
    client.websocket("/", json={})  # wrong [call-arg]: a handshake with a body
    client.websocket("/", receives=Said)  # wrong [arg-type]: a model for a codec
    async with client.websocket("/") as raw:
        await raw.send(3)  # wrong [arg-type]: a number for a message
        await raw.send({"a": 1})  # wrong [arg-type]: JSON for a message
        (await raw.receive()).encode()  # wrong [union-attr]: bytes, perhaps
        await raw.receive(5)  # wrong [call-arg]: a number that says nothing
        await raw.receive(timeout="5")  # wrong [arg-type]: a text for seconds
        await raw.until_closed(5)  # wrong [call-arg]: a number that says nothing
        print((await raw.receive_json())["text"])  # wrong [index]: nobody knows of what type it is
        print((await raw.receive_json(json(Said))).name)  # wrong [attr-defined]: a name that the other message has
        await raw.receive_json(Said)  # wrong [call-overload]: a model for a codec
        print(raw.closed.code)  # wrong [union-attr]: perhaps it is open
        raw.closed = None  # wrong [misc]: it is closed by closing
        for _ in raw:  # wrong [attr-defined]: a loop that is not asynchronous
            pass
    async with client.websocket("/", receives=json(Joined), sends=json(Said)) as typed:
        await typed.send(Joined("ada"))  # wrong [arg-type]: the message of the other side
        await typed.send("ada")  # wrong [arg-type]: a text for a value
        print((await typed.receive()).text)  # wrong [attr-defined]: a name that the other message has
        async for said in typed:
            said.text.upper()  # wrong [attr-defined]: the same
        await typed.send(await typed.receive_text())  # wrong [arg-type]: a text for a value
        print(typed.send(Said("a")).text)  # wrong [attr-defined]: a message that is not awaited
        await typed.close("bye")  # wrong [arg-type]: a reason for a code
    with client.websocket("/"):  # wrong [attr-defined]: a block that is not asynchronous
        pass


def without_async() -> None:
    with Client(app) as other, other.websocket("/", sends=json(Said)) as ws:
        ws.send("text")  # wrong [arg-type]: a text for a value
        ws.receive().encode()  # wrong [union-attr]: bytes, perhaps


async def parts() -> None:
    talking(app, subprotocols=[1])  # wrong [list-item]: a number for a name
    async with talking(app, loses="all") as conversation:  # wrong [arg-type]: a text for a switch
        conversation.say(3)  # wrong [arg-type]: a number for a message
        conversation.leave("bye")  # wrong [arg-type]: a reason for a code
    SocketPeer(raises=OSError)  # wrong [arg-type]: a class for an exception
