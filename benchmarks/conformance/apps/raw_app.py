"""No framework: ASGI by hand, as the specification has it. The control: nothing may be found in it."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qs

from benchmarks.conformance.texts import CHUNK, CHUNKS, FILE, HELLO, PAUSE, TICK, TICKS


class Gone(Exception):
    """The client has left before its request was complete."""


async def app(scope, receive, send) -> None:
    handle = {"http": http, "websocket": echo, "lifespan": lifespan}.get(scope["type"])
    if handle is None:
        raise NotImplementedError(f"no scopes of type {scope['type']!r}")
    await handle(scope, receive, send)


async def lifespan(scope, receive, send) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            if "state" in scope:
                scope["state"]["greeting"] = HELLO
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return


async def body_of(receive) -> bytes:
    pieces = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        if event["type"] != "http.request" or not isinstance(event.get("body", b""), bytes):
            raise TypeError(f"{event!r} is no piece of a request")
        pieces.append(event.get("body", b""))
        if not event.get("more_body", False):
            return b"".join(pieces)


async def respond(send, method: str, status: int, kind: bytes, body: bytes) -> None:
    headers = [[b"content-type", kind], [b"content-length", str(len(body)).encode()]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


async def stream(receive, send, kind: bytes, pieces: list[bytes], pause: float) -> None:
    leaving = asyncio.create_task(left(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [[b"content-type", kind]]})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.wait({leaving}, timeout=pause)
            if leaving.done():
                return
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)


async def left(receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def http(scope, receive, send) -> None:
    path = scope["path"].removeprefix(scope.get("root_path") or "") or "/"
    place = f"{scope['method']} {path}"
    try:
        body = await body_of(receive)
        if place == "GET /stream":
            await stream(receive, send, b"text/plain", CHUNKS * [CHUNK.encode()], PAUSE)
        elif place == "GET /endless":
            await stream(receive, send, b"text/plain", TICKS * [CHUNK.encode()], TICK)
        elif place == "GET /events":
            await stream(receive, send, b"text/event-stream", TICKS * [b"data: tick\n\n"], TICK)
        else:
            await respond(send, scope["method"], *answer(place, scope, body))
    except (Gone, OSError):
        return


def answer(place: str, scope, body: bytes) -> tuple[int, bytes, bytes]:
    if place in {"GET /", "HEAD /"}:
        return 200, b"text/plain", HELLO.encode()
    if place == "GET /items/7":
        return 200, b"application/json", b'{"id": 7, "name": "tea"}'
    if place == "GET /file":
        return 200, b"text/plain", FILE.read_bytes()
    if place == "POST /items":
        return item(body)
    if place == "POST /form":
        kind = {name.lower(): value for name, value in scope["headers"]}.get(b"content-type", b"")
        fields = (
            multipart(body, kind) if kind.startswith(b"multipart/") else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        )
        sent = {"name": fields.get("name"), "size": len(fields.get("upload", ""))}
        return 200, b"application/json", json.dumps(sent).encode()
    return 404, b"text/plain", b"not found"


def item(body: bytes) -> tuple[int, bytes, bytes]:
    try:
        sent = json.loads(body)
    except ValueError:
        return 400, b"text/plain", b"not JSON"
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str):
        return 422, b"text/plain", b"an item has a name"
    return 200, b"application/json", json.dumps({"name": sent["name"]}).encode()


def multipart(body: bytes, kind: bytes) -> dict[str, str]:
    """Enough of the format for the control."""
    boundary = kind.partition(b"boundary=")[2].strip(b'"')
    fields = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        fields[head.decode().partition('name="')[2].partition('"')[0]] = value.removesuffix(b"\r\n").decode()
    return fields


async def echo(scope, receive, send) -> None:
    await receive()
    try:
        if scope["path"].removeprefix(scope.get("root_path") or "") != "/ws":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] != "websocket.disconnect":
            text, data = event.get("text"), event.get("bytes")
            if event["type"] != "websocket.receive" or (text is None) == (data is None):
                raise TypeError(f"{event!r} is no message")
            await send({"type": "websocket.send", "text": text, "bytes": data})
    except OSError:
        return
