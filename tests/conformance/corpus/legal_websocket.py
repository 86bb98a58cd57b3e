"""Applications that are unusual but legal: WebSockets, and responses that deny them."""

from __future__ import annotations

from typing import Any

import anyio

from asgikit.conformance.scenario import Deliver, Leave, Once, Scenario
from tests.conformance.corpus.model import (
    ABSENT,
    ACCEPT,
    CHAT,
    CLOSE,
    RECEIVE,
    SOCKET,
    Legal,
    event,
    exchange,
    http,
    says,
    script,
    websocket,
)

OLD = exchange(websocket(spec="2.0"))
LEAST = exchange({key: http()[key] for key in ("asgi", "path", "headers")} | {"type": "websocket"})
DENYING = exchange(websocket(extensions="websocket.http.response"))
LEFT_AT_ONCE = exchange(websocket(), Leave())
LEFT_SILENTLY = exchange(websocket(), says("a"), Leave("ignore", 1001))


def case(name: str, *steps: Any, scenario: Scenario = SOCKET) -> Legal:
    """An application that receives the connection and follows a script."""
    return Legal(f"socket: {name}", script(RECEIVE, *steps), scenario)


def send(**keys: Any) -> dict[str, Any]:
    """A message with these keys."""
    return event("websocket.send", **keys)


def close(**keys: Any) -> dict[str, Any]:
    """A close with these keys."""
    return event("websocket.close", **keys)


def accept(**keys: Any) -> dict[str, Any]:
    """An accept with these keys."""
    return event("websocket.accept", **keys)


async def echoes(scope: Any, receive: Any, send: Any) -> None:
    """Sends back what it gets, keys and all."""
    await receive()
    await send(ACCEPT)
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def closes_when_left(scope: Any, receive: Any, send: Any) -> None:
    """Closes at last, unless an OSError says that it cannot."""
    await receive()
    await send(ACCEPT)
    while (await receive())["type"] == "websocket.receive":
        pass
    try:
        await send(close(code=1000))
    except OSError:
        return


async def pushes(scope: Any, receive: Any, send: Any) -> None:
    """Sends until an OSError ends it, or the other task hears of the end."""
    await receive()
    await send(ACCEPT)

    async def listen() -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        try:
            while True:
                await send({"type": "websocket.send", "text": "tick"})
                await anyio.sleep(0.001)
        except OSError:
            tasks.cancel_scope.cancel()


async def lets_it_out(scope: Any, receive: Any, send: Any) -> None:
    """Sends until the OSError, and lets it out."""
    await receive()
    await send(ACCEPT)
    while True:
        await send({"type": "websocket.send", "bytes": b"tick"})
        await anyio.sleep(0.001)


OPENED = [
    case("accepted and closed", ACCEPT, CLOSE),
    case("refused", CLOSE),
    case("refused with a code", close(code=4403)),
    case("refused with a reason", close(code=1008, reason="no")),
    case("refused, then receives", CLOSE, RECEIVE),
    case("closed, then receives", ACCEPT, CLOSE, RECEIVE, RECEIVE),
    case("subprotocol", accept(subprotocol="soap"), CLOSE),
    case("subprotocol None", accept(subprotocol=None), CLOSE),
    case(
        "subprotocol None, none offered",
        accept(subprotocol=None, headers=[]),
        CLOSE,
        scenario=exchange(websocket(subprotocols=[])),
    ),
    case(
        "subprotocol, offered once", accept(subprotocol="chat"), CLOSE, scenario=exchange(websocket(subprotocols=Once(("chat",))))
    ),
    case(
        "subprotocol, offered in a tuple",
        accept(subprotocol="chat"),
        CLOSE,
        scenario=exchange(websocket(subprotocols=("soap", "chat"))),
    ),
    case("headers", accept(headers=[[b"set-cookie", b"a=b"], [b"set-cookie", b"c=d"]]), CLOSE),
    case("headers once", accept(headers=Once(([b"a", b"b"],))), CLOSE),
    case("headers in tuples", accept(headers=((b"a", b"b"),)), CLOSE),
    case("headers empty", accept(headers=()), CLOSE),
    case("headers on 2.0", accept(headers=[[b"a", b"b"]]), CLOSE, scenario=OLD),
    case("other fields of WebSockets", accept(headers=[[b"sec-websocket-version", b"13"]]), CLOSE),
    case("unknown keys", accept(corpus=[1]), send(text="a", corpus=None), close(corpus={})),
    case("refused without connect's answer being waited for", CLOSE, scenario=LEAST),
    case("with the least of scopes", ACCEPT, send(text="a"), CLOSE, scenario=LEAST),
    case("raises at once", ValueError("bug")),
    case("raises when open", ACCEPT, ValueError("bug")),
    case("raises after closing", ACCEPT, CLOSE, ValueError("bug")),
    case("raises after refusing", CLOSE, ValueError("bug")),
    case("returns with it open", ACCEPT),
    Legal("socket: accepts unseen", script(ACCEPT, RECEIVE, CLOSE), SOCKET),
    Legal("socket: refuses unseen", script(CLOSE), SOCKET),
    Legal("socket: raises unseen", script(ValueError("not here")), SOCKET),
]

DATA: dict[str, dict[str, Any]] = {
    "text": {"text": "hello"},
    "bytes": {"bytes": b"hello"},
    "text, and bytes None": {"text": "hello", "bytes": None},
    "bytes, and text None": {"bytes": b"hello", "text": None},
    "empty text": {"text": ""},
    "empty bytes": {"bytes": b""},
    "empty text, and bytes None": {"text": "", "bytes": None},
    "empty bytes, and text None": {"text": None, "bytes": b""},
    "NUL and what is beyond": {"text": "\x00\U0010ffff"},
    "bytes that are no UTF-8": {"bytes": b"\xff\xfe"},
    "a megabyte": {"bytes": b"x" * 1_000_000},
}
SENT = [case(f"sends {name}", ACCEPT, send(**keys), CLOSE) for name, keys in DATA.items()]
SENT += [
    case("sends at once, unasked", ACCEPT, *[send(text="tick")] * 100, CLOSE),
    case("sends without receiving what came", ACCEPT, send(text="a"), CLOSE, scenario=CHAT),
    case("sends to who has left silently", ACCEPT, RECEIVE, RECEIVE, send(text="a"), scenario=LEFT_SILENTLY),
]

CLOSED = [
    *(
        case(f"closes with {code}", ACCEPT, close(code=code))
        for code in (1000, 1001, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 3999, 4000, 4999)
    ),
    case("closes with a reason", ACCEPT, close(code=4000, reason="bye")),
    case("closes with reason None", ACCEPT, close(code=1000, reason=None)),
    case("closes with an empty reason", ACCEPT, close(reason="")),
    case("closes with 123 bytes", ACCEPT, close(code=1000, reason="a" * 123)),
    case("closes with 41 ideographs", ACCEPT, close(code=1000, reason="語" * 41)),
    case("closes with a reason on 2.0", ACCEPT, close(reason="bye"), scenario=OLD),
    case("closes without spec_version", ACCEPT, CLOSE, scenario=exchange(websocket(spec=ABSENT))),
    case("closes who has left", ACCEPT, RECEIVE, RECEIVE, CLOSE, scenario=LEFT_SILENTLY),
]

LIVING = [
    Legal("socket: echoes", echoes, CHAT),
    Legal(
        "socket: echoes bytes",
        echoes,
        exchange(websocket(), Deliver({"type": "websocket.receive", "bytes": b"", "text": None}), Leave()),
    ),
    Legal("socket: echoes what came before", echoes, exchange(websocket(), *[says("a")] * 50, Leave(code=1001))),
    Legal("socket: closes when left", closes_when_left, CHAT),
    Legal("socket: closes when left silently", closes_when_left, LEFT_SILENTLY),
    Legal("socket: pushes", pushes, CHAT),
    Legal("socket: pushes to who has left silently", pushes, LEFT_SILENTLY),
    Legal("socket: lets the OSError out", lets_it_out, CHAT),
    Legal("socket: left at once", echoes, LEFT_AT_ONCE),
    Legal("socket: left at once, is told", script(RECEIVE, RECEIVE), LEFT_AT_ONCE),
    Legal(
        "socket: left without a reason",
        echoes,
        exchange(websocket(), says("a"), Deliver({"type": "websocket.disconnect", "code": 1005})),
    ),
]


def deny(status: int = 403, headers: Any = ABSENT) -> dict[str, Any]:
    """The start of a denial response."""
    return event("websocket.http.response.start", status=status) | ({} if headers is ABSENT else {"headers": headers})


def denied(**keys: Any) -> dict[str, Any]:
    """A piece of a denial response."""
    return event("websocket.http.response.body", **keys)


DENIED = [
    Legal(f"denial: {name}", script(RECEIVE, *steps), DENYING)
    for name, steps in {
        "plain": (deny(), denied(body=b"no")),
        "without headers and body": (deny(), denied()),
        "in pieces": (
            deny(401, [[b"www-authenticate", b"Basic"]]),
            denied(body=b"a", more_body=True),
            denied(more_body=True),
            denied(body=b"b"),
        ),
        "with headers once": (deny(403, Once(([b"content-length", b"1"],))), denied(body=b"a")),
        "a redirect": (deny(302, [[b"location", b"/"]]), denied()),
        "a success": (deny(200, [[b"content-type", b"text/plain"]]), denied(body=b"use http")),
        "204": (deny(204), denied()),
        "then receives": (deny(), denied(), RECEIVE),
        "not used": (CLOSE,),
        "not used, accepted": (ACCEPT, CLOSE),
        "raises within": (deny(), ValueError("bug")),
        "with its length by pieces": (
            deny(403, [[b"content-length", b"2"]]),
            denied(body=b"a", more_body=True),
            denied(body=b"b"),
        ),
    }.items()
]

CASES = [*OPENED, *SENT, *CLOSED, *LIVING, *DENIED]
