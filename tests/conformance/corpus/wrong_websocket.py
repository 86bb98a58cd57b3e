"""Applications that are wrong on a WebSocket, a denial response included."""

from __future__ import annotations

from typing import Any

import anyio

from asgikit.conformance.scenario import Leave, Once, Scenario
from tests.conformance.corpus.model import (
    ABSENT,
    ACCEPT,
    CHAT,
    CLOSE,
    RECEIVE,
    SOCKET,
    Wrong,
    event,
    exchange,
    ids,
    says,
    script,
    websocket,
)

SEND = event("websocket.send", text="hello")
DENYING = exchange(websocket(extensions="websocket.http.response"))


def deny(status: Any = 403, headers: Any = ABSENT, **more: Any) -> dict[str, Any]:
    """The start of a denial response."""
    return event("websocket.http.response.start", status=status, headers=[] if headers is ABSENT else headers, **more)


def denied(data: Any = b"", more: Any = False) -> dict[str, Any]:
    """A piece of a denial response."""
    return event("websocket.http.response.body", body=data, more_body=more)


def case(name: str, rule: str, *steps: Any, also: str = "", scenario: Scenario = SOCKET) -> Wrong:
    """An application that receives the connection and follows a script."""
    return Wrong(name, rule, script(RECEIVE, *steps), scenario, also=ids(also))


def accept(headers: Any) -> dict[str, Any]:
    """An accept with headers."""
    return event("websocket.accept", headers=headers)


def close(**keys: Any) -> dict[str, Any]:
    """A close with these keys."""
    return event("websocket.close", **keys)


CONNECT = [
    case("connect: no answer", "WS-CONN-005"),
    Wrong("connect: no answer, not received", "WS-CONN-005", script(), SOCKET),
    case(
        "connect: no answer, where a denial is offered",
        "WS-CONN-005",
        scenario=exchange(websocket(extensions="websocket.http.response")),
    ),
    Wrong("connect: accepted unseen", "WS-CONN-006", script(ACCEPT, RECEIVE, CLOSE), SOCKET),
    Wrong("connect: refused unseen", "WS-CONN-006", script(CLOSE), SOCKET),
]

ACCEPTED = [
    case("accept: twice", "WS-ACC-001", ACCEPT, ACCEPT, CLOSE),
    case("accept: after a message", "WS-ACC-001", ACCEPT, SEND, ACCEPT, CLOSE),
    case("accept: after refusing", "WS-ACC-001", CLOSE, ACCEPT),
    case("accept: after closing", "WS-ACC-001", ACCEPT, CLOSE, ACCEPT),
    case("accept: subprotocol bytes", "WS-ACC-002", event("websocket.accept", subprotocol=b"chat"), CLOSE, also="WS-ACC-003"),
    case("accept: subprotocol int", "WS-ACC-002", event("websocket.accept", subprotocol=1), CLOSE, also="WS-ACC-003"),
    case("accept: subprotocol list", "WS-ACC-002", event("websocket.accept", subprotocol=["chat"]), CLOSE, also="WS-ACC-003"),
    case("accept: subprotocol False", "WS-ACC-002", event("websocket.accept", subprotocol=False), CLOSE, also="WS-ACC-003"),
    case("accept: subprotocol not offered", "WS-ACC-003", event("websocket.accept", subprotocol="graphql-ws"), CLOSE),
    case("accept: subprotocol in capitals", "WS-ACC-003", event("websocket.accept", subprotocol="Chat"), CLOSE),
    case("accept: subprotocol empty", "WS-ACC-003", event("websocket.accept", subprotocol=""), CLOSE),
    case("accept: both subprotocols", "WS-ACC-003", event("websocket.accept", subprotocol="chat, soap"), CLOSE),
    case(
        "accept: subprotocol, and none offered",
        "WS-ACC-003",
        event("websocket.accept", subprotocol="chat"),
        CLOSE,
        scenario=exchange(websocket(subprotocols=[])),
    ),
    case("accept: headers a dict", "WS-ACC-004", accept({"a": "b"}), CLOSE),
    case("accept: headers None", "WS-ACC-004", accept(None), CLOSE),
    case("accept: headers of str", "WS-ACC-004", accept([["a", "b"]]), CLOSE),
    case("accept: headers of str, once", "WS-ACC-004", accept(Once((["a", "b"],))), CLOSE),
    case("accept: headers of three", "WS-ACC-004", accept([[b"a", b"b", b"c"]]), CLOSE),
    case("accept: headers flat", "WS-ACC-004", accept([b"a", b"b"]), CLOSE),
    case("accept: name in upper case", "WS-ACC-005", accept([[b"Set-Cookie", b"a=b"]]), CLOSE),
    case("accept: subprotocol as a header", "WS-ACC-006", accept([[b"sec-websocket-protocol", b"chat"]]), CLOSE),
    case(
        "accept: subprotocol as a Header", "WS-ACC-006", accept([[b"Sec-WebSocket-Protocol", b"chat"]]), CLOSE, also="WS-ACC-005"
    ),
    case("accept: pseudo", "WS-ACC-007", accept([[b":status", b"200"]]), CLOSE, also="HTTP-SEM-003"),
    *(
        case(f"accept: header {name.decode()}", "WS-ACC-009", accept([[name, b"a"]]), CLOSE)
        for name in (b"upgrade", b"connection", b"sec-websocket-accept", b"sec-websocket-extensions")
    ),
    case("accept: a line break", "HTTP-SEM-004", accept([[b"a", b"b\r\nc: d"]]), CLOSE),
    case("accept: no token", "HTTP-SEM-003", accept([[b"a b", b"c"]]), CLOSE),
]

SENT = [
    case("send: before accept", "WS-SEND-001", SEND, ACCEPT, CLOSE),
    case("send: before refusing", "WS-SEND-001", SEND, CLOSE),
    case("send: never accepted", "WS-SEND-001", SEND, also="WS-CONN-005"),
    *(
        case(f"send: bytes {name}", "WS-SEND-002", ACCEPT, event("websocket.send", bytes=value), CLOSE, also="CORE-MSG-004")
        for name, value in {
            "a str": "hello",
            "a bytearray": bytearray(b"a"),
            "a memoryview": memoryview(b"a"),
            "a list": [1, 2],
            "an int": 5,
            "JSON": {"a": 1},
        }.items()
    ),
    *(
        case(f"send: text {name}", "WS-SEND-003", ACCEPT, event("websocket.send", text=value), CLOSE)
        for name, value in {"bytes": b"hello", "JSON": {"a": 1}, "an int": 5, "a list": ["a"], "False": False}.items()
    ),
    case("send: nothing", "WS-SEND-004", ACCEPT, event("websocket.send"), CLOSE),
    case("send: text None", "WS-SEND-004", ACCEPT, event("websocket.send", text=None), CLOSE),
    case("send: both None", "WS-SEND-004", ACCEPT, event("websocket.send", text=None, bytes=None), CLOSE),
    case("send: both", "WS-SEND-004", ACCEPT, event("websocket.send", text="a", bytes=b"a"), CLOSE),
    case("send: both empty", "WS-SEND-004", ACCEPT, event("websocket.send", text="", bytes=b""), CLOSE),
    case("send: text, and bytes empty", "WS-SEND-004", ACCEPT, event("websocket.send", text="a", bytes=b""), CLOSE),
    case("send: after closing", "WS-SEND-005", ACCEPT, CLOSE, SEND),
    case("send: after refusing", "WS-SEND-005", CLOSE, SEND),
    case("send: between two closes", "WS-SEND-005", ACCEPT, CLOSE, SEND, CLOSE, also="WS-CLOSE-003"),
]

CLOSED = [
    *(
        case(f"close: code {value!r}", "WS-CLOSE-001", ACCEPT, close(code=value), also="WS-CLOSE-004")
        for value in ("1000", None, 1000.0, True, b"1000", [1000])
    ),
    *(
        case(f"close: reason {value!r}", "WS-CLOSE-002", ACCEPT, close(reason=value))
        for value in (b"bye", 1, ["bye"], {"why": "bye"}, False)
    ),
    case("close: twice", "WS-CLOSE-003", ACCEPT, CLOSE, CLOSE),
    case("close: refused twice", "WS-CLOSE-003", CLOSE, CLOSE),
    case("close: twice with codes", "WS-CLOSE-003", ACCEPT, close(code=4000), close(code=1011)),
    *(case(f"close: code {code}", "WS-CLOSE-004", ACCEPT, close(code=code)) for code in (0, 1, -1, 403, 999, 5000, 65536)),
    *(case(f"close: code {code}", "WS-CLOSE-012", ACCEPT, close(code=code)) for code in (1005, 1006, 1015)),
    case("close: 124 letters", "WS-CLOSE-005", ACCEPT, close(code=1000, reason="a" * 124)),
    case("close: 42 ideographs", "WS-CLOSE-005", ACCEPT, close(code=1000, reason="語" * 42)),
    case("close: a traceback", "WS-CLOSE-005", ACCEPT, close(code=1011, reason="Traceback\n" * 200)),
    case("close: 31 emoji", "WS-CLOSE-005", ACCEPT, close(reason="😀" * 31)),
    case("close: never", "WS-CLOSE-010", ACCEPT),
    case("close: never, after a message", "WS-CLOSE-010", ACCEPT, SEND),
]


async def forgets_to_stop(scope: Any, receive: Any, send: Any) -> None:
    """Takes every event for a message."""
    await receive()
    await send(ACCEPT)
    while True:
        await receive()


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    """Never looks whether anybody is there."""
    await receive()
    await send(ACCEPT)
    await anyio.sleep_forever()


GONE = [
    Wrong("gone: reads on", "WS-DISC-009", forgets_to_stop, CHAT, hangs=True),
    Wrong(
        "gone: reads on, and sends are ignored",
        "WS-DISC-009",
        forgets_to_stop,
        exchange(websocket(), says("hello"), Leave("ignore")),
        hangs=True,
    ),
    Wrong("gone: a WebSocket sleeps", "WS-DISC-009", sleeps, exchange(websocket(), says("hello"), Leave()), hangs=True),
]


def denial(name: str, rule: str, *steps: Any, also: str = "") -> Wrong:
    """An application that denies a WebSocket by a response."""
    return case(f"denial: {name}", rule, *steps, also=also, scenario=DENYING)


DENIED = [
    case("denial: not offered", "EXT-DENY-001", deny(), denied(), also="CORE-EXT-004"),
    case(
        "denial: not offered, but another",
        "EXT-DENY-001",
        deny(),
        denied(),
        also="CORE-EXT-004",
        scenario=exchange(websocket(extensions="http.response.push")),
    ),
    denial("after accept", "EXT-DENY-002", ACCEPT, deny(), denied()),
    denial("after closing", "EXT-DENY-002", CLOSE, deny(), denied()),
    denial("body after accept", "EXT-DENY-002", ACCEPT, denied(), CLOSE, also="EXT-DENY-004"),
    denial("closed before its end", "EXT-DENY-003", deny(), CLOSE, also="EXT-DENY-005"),
    denial("closed after its end", "EXT-DENY-003", deny(), denied(), CLOSE, also="WS-CLOSE-003"),
    denial("accepted within", "EXT-DENY-003", deny(), ACCEPT, denied(), also="WS-ACC-001"),
    denial("accepted behind", "EXT-DENY-003", deny(), denied(), ACCEPT, also="WS-ACC-001"),
    denial("a message within", "EXT-DENY-003", deny(), SEND, denied(), also="WS-SEND-005 WS-SEND-001"),
    denial("a message behind", "EXT-DENY-003", deny(), denied(), SEND, also="WS-SEND-005 WS-SEND-001"),
    denial("body first", "EXT-DENY-004", denied(), deny(), denied(), also="HTTP-RESP-001"),
    denial("start twice", "EXT-DENY-004", deny(), deny(), denied(), also="HTTP-RESP-002"),
    denial("status a str", "EXT-DENY-004", deny("403"), denied(), also="HTTP-RESP-003"),
    denial("status absent", "EXT-DENY-004", event("websocket.http.response.start", headers=[]), denied(), also="HTTP-RESP-003"),
    denial("headers of str", "EXT-DENY-004", deny(403, [["a", "b"]]), denied(), also="HTTP-RESP-004"),
    denial("headers in upper case", "EXT-DENY-004", deny(403, [[b"A", b"b"]]), denied(), also="HTTP-RESP-005"),
    denial("body a str", "EXT-DENY-004", deny(), denied("no"), also="HTTP-RESP-013"),
    denial("more_body 1", "EXT-DENY-004", deny(), denied(b"no", 1), denied(), also="HTTP-RESP-014"),
    denial("behind the end", "EXT-DENY-004", deny(), denied(b"a"), denied(b"b"), also="HTTP-RESP-017"),
    denial("a length that is not", "HTTP-SEM-008", deny(403, [[b"content-length", b"5"]]), denied(b"no"), also="EXT-DENY-004"),
    denial("a line break", "HTTP-SEM-004", deny(302, [[b"location", b"/\r\na: b"]]), denied(), also="EXT-DENY-004"),
    denial("no status", "HTTP-SEM-001", deny(4003), denied(), also="EXT-DENY-004"),
    denial("start only", "EXT-DENY-005", deny()),
    denial("no end", "EXT-DENY-005", deny(), denied(b"a", True)),
]

CASES = [*CONNECT, *ACCEPTED, *SENT, *CLOSED, *GONE, *DENIED]
