"""Applications that are right as long as nothing unusual happens: streams, WebSockets, lifespans."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import anyio
import anyio.lowlevel

from tests.conformance.corpus.battery_wrong import read, whole
from tests.conformance.corpus.model import ACCEPT, COMPLETE, DONE, App, WrongUnderBattery, body, ids, start


def only(kind: str, serve: App) -> App:
    """The application, which refuses other types of scope."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != kind:
            raise ValueError(f"only {kind} is served")
        await serve(scope, receive, send)

    return app


async def serves_all(scope: Any, receive: Any, send: Any) -> None:
    """Every scope is one of a request."""
    if scope["type"] in {"http", "websocket", "lifespan"}:
        await read(receive)
    await whole(send, b"hello")


async def leaves(scope: Any, receive: Any, send: Any) -> None:
    """Has nothing to say to other scopes."""
    if scope["type"] == "http":
        await read(receive)
        await whole(send, b"hello")


async def streams(scope: Any, receive: Any, send: Any) -> None:
    """Never looks whether anybody is there, and takes errors for hiccups."""
    await read(receive)
    await send(start())
    while True:
        try:
            await send(body(b"tick", True))
        except OSError:
            await anyio.sleep(0.01)
        await anyio.sleep(0.001)


async def streams_in_silence(scope: Any, receive: Any, send: Any) -> None:
    """Relies on the error."""
    await read(receive)
    await send(start())
    while True:
        await send(body(b"tick", True))
        await anyio.sleep(0.001)


async def renames(scope: Any, receive: Any, send: Any) -> None:
    """An error of its own for who has left."""
    await read(receive)
    try:
        await whole(send, b"hello" * 1000)
    except OSError as error:
        raise RuntimeError("the client has left") from error


async def never_gives_up(scope: Any, receive: Any, send: Any) -> None:
    """Tries again what has failed."""
    await read(receive)
    for message in (start(), body(b"a", True), body(b"b")):
        for _ in range(3):
            try:
                await send(message)
                break
            except OSError:
                await anyio.lowlevel.checkpoint()


async def swallows(scope: Any, receive: Any, send: Any) -> None:
    """A bare except."""
    try:
        await read(receive)
    except BaseException:
        return
    await whole(send, b"hello")


async def answers_anyway(scope: Any, receive: Any, send: Any) -> None:
    """Whatever goes wrong, somebody gets an answer."""
    try:
        data = await read(receive)
    except Exception:
        data = b"incomplete"
    await whole(send, data or b"hello")


async def outlives(scope: Any, receive: Any, send: Any) -> None:
    """Waits for what only a client that stays can give."""
    await send(start())
    await send(body(b"", True))
    while (await receive())["type"] != "http.disconnect":
        pass
    await anyio.sleep_forever()


seen: contextvars.ContextVar[str] = contextvars.ContextVar("seen")


async def leaves_a_variable(scope: Any, receive: Any, send: Any) -> None:
    """Sets a variable for whoever comes next."""
    seen.set(scope["path"])
    await read(receive)
    await whole(send, b"hello")


HTTP: Iterable[tuple[str, str, App, str, str]] = [
    ("serves all types", "CORE-APP-005", serves_all, "GET /", ""),
    ("returns for other types", "CORE-APP-005", leaves, "GET /", ""),
    ("streams on", "HTTP-DISC-007", only("http", streams), "GET /", "CORE-ERR-008"),
    ("streams on in silence", "HTTP-DISC-007", only("http", streams_in_silence), "GET /", ""),
    ("renames the error", "HTTP-DISC-009", only("http", renames), "GET /", ""),
    ("tries again", "CORE-ERR-008", only("http", never_gives_up), "GET /", ""),
    ("swallows cancellation", "CANCEL-001", only("http", swallows), "GET /", "HTTP-RESP-020 CORE-ERR-002"),
    ("answers anyway", "HTTP-REQ-013", only("http", answers_anyway), "POST /", "CORE-ERR-002"),
    ("outlives its client", "HTTP-DISC-007", only("http", outlives), "GET /", ""),
    ("leaves a variable", "CANCEL-008", only("http", leaves_a_variable), "GET /", ""),
]
CASES = [WrongUnderBattery(f"http: {name}", rule, app, where, ids(also), 0.25) for name, rule, app, where, also in HTTP]


def socket(
    view: Callable[[Any], object] = lambda scope: "", answer: Callable[[Any], Any] | None = None, end: Any = lambda event: None
) -> App:
    """An echo that is right but perhaps for its view of the scope, its reply to a message, or what it does at the end."""

    def reply(message: Any) -> Any:
        text, data = message.get("text"), message.get("bytes")
        if text is None and data is None:
            raise ValueError("a message without data")
        return {"text": text, "bytes": data}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        view(scope)
        await receive()
        await send(ACCEPT)
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", **(answer or reply)(message)})
        if message["type"] != "websocket.disconnect":
            raise ValueError(f"unknown event {message['type']}")
        end(message)

    return only("websocket", app)


def by_truth(message: Any) -> Any:
    """Text, if there is any."""
    return {"text": message["text"]} if message.get("text") else {"bytes": message["bytes"]}


def text_key(message: Any) -> Any:
    """The key tells."""
    return {"text": message["text"]} if "text" in message else {"bytes": message["bytes"]}


def not_empty(message: Any) -> Any:
    """An empty message is none."""
    if not (message.get("text") or message.get("bytes")):
        raise ValueError("a message without data")
    return {"text": message.get("text"), "bytes": message.get("bytes")}


def greet(message: Any) -> Any:
    """Whatever comes, it is greeted."""
    return {"text": "hello"}


def keywords(message: Any) -> Any:
    """A function of the keys that are known."""

    def take(type: str, text: str | None = None, bytes: bytes | None = None) -> Any:
        return {"text": text, "bytes": bytes}

    return take(**message)


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Every event is a message."""
    await receive()
    await send(ACCEPT)
    while True:
        message = await receive()
        if message.get("text") is not None:
            try:
                await send({"type": "websocket.send", "text": message["text"]})
            except OSError:
                continue
        else:
            await anyio.sleep(0.001)


async def shrugs(scope: Any, receive: Any, send: Any) -> None:
    """A bare except around a conversation."""
    await receive()
    try:
        await send(ACCEPT)
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})
    except BaseException:
        return


def close_reason(event: Any) -> None:
    """A reason is always given."""
    event["reason"].strip()


def default_reason(event: Any) -> None:
    """A reason may be absent, but is never None."""
    event.get("reason", "").strip()


SOCKETS: Iterable[tuple[str, str, App, str]] = [
    ("needs query_string", "WS-SCOPE-006", socket(lambda scope: parse_qs(scope["query_string"])), ""),
    ("query_string is bytes", "WS-SCOPE-006", socket(lambda scope: scope.get("query_string", b"").decode()), ""),
    ("needs subprotocols", "WS-SCOPE-009", socket(lambda scope: "chat" in scope["subprotocols"]), ""),
    ("needs scheme", "WS-SCOPE-012", socket(lambda scope: scope["scheme"]), ""),
    ("needs http_version", "WS-SCOPE-009", socket(lambda scope: scope["http_version"]), ""),
    ("needs client", "WS-SCOPE-009", socket(lambda scope: scope["client"] is None), ""),
    ("needs root_path", "CORE-SCOPE-009", socket(lambda scope: scope["root_path"]), ""),
    ("needs extensions", "CORE-EXT-007", socket(lambda scope: "websocket.http.response" in scope["extensions"]), ""),
    ("needs state", "LIFE-STATE-006", socket(lambda scope: scope["state"]), ""),
    ("by truth", "WS-RECV-004", socket(answer=by_truth), "CORE-ERR-002 WS-SEND-004"),
    (
        "by the key",
        "WS-RECV-004",
        socket(answer=lambda m: {"bytes": m["bytes"]} if "bytes" in m else {"text": m["text"]}),
        "CORE-ERR-002 WS-SEND-004",
    ),
    ("not empty", "WS-RECV-004", socket(answer=not_empty), ""),
    ("greets whatever comes", "CORE-ERR-002", socket(answer=greet), ""),
    ("knows all keys", "CORE-MSG-010", socket(answer=keywords), "CORE-ERR-002 WS-SEND-004"),
    ("needs a reason", "WS-DISC-008", socket(end=close_reason), ""),
    ("a reason is no None", "WS-DISC-008", socket(end=default_reason), ""),
    ("is deaf", "WS-DISC-009", only("websocket", deaf), "CORE-ERR-002 CORE-ERR-008 WS-RECV-004"),
    ("shrugs", "CANCEL-001", only("websocket", shrugs), "CORE-ERR-002 WS-SEND-004"),
]
CASES += [WrongUnderBattery(f"socket: {name}", rule, app, "WS /chat?a=1", ids(also), 0.5) for name, rule, app, also in SOCKETS]


def living(view: Callable[[Any], object] = lambda scope: "", take: Callable[[Any], object] = lambda event: "") -> App:
    """A lifespan that is right but perhaps for its view of the scope or of an event."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        view(scope)
        take(await receive())
        await send(COMPLETE)
        take(await receive())
        await send(DONE)

    return only("lifespan", app)


def bare(type: str) -> None:
    """An event has nothing but a type."""


LIVES: Iterable[tuple[str, str, App]] = [
    ("needs state", "LIFE-STATE-006", living(lambda scope: scope["state"].update(a=1))),
    ("needs spec_version", "CORE-SCOPE-007", living(lambda scope: scope["asgi"]["spec_version"])),
    ("needs version", "CORE-SCOPE-007", living(lambda scope: scope["asgi"]["version"])),
    ("needs 2.0", "CORE-SCOPE-007", living(lambda scope: 1 // (scope["asgi"].get("spec_version") == "2.0"))),
    ("knows all keys", "CORE-MSG-010", living(take=lambda event: bare(**event))),
    ("knows all keys of the scope", "CORE-SCOPE-006", living(lambda scope: 1 // (not scope.keys() - {"type", "asgi", "state"}))),
]
CASES += [WrongUnderBattery(f"life: {name}", rule, app, "lifespan") for name, rule, app in LIVES]
