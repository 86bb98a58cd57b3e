"""Servers that break the rules of WebSocket: scopes, and events out of order or shape."""

from __future__ import annotations

from typing import Any

from tests.conformance.corpus_servers.honest import hang_up, hesitate, refuse
from tests.conformance.corpus_servers.model import ABSENT, CONNECT, DATA, LEFT, TEXT, App, WrongServer, gives, websocket
from tests.conformance.corpus_servers.wrong_core import scopes

HOST = (b"host", b"example.org")
HTTP_TWINS = frozenset(
    {"HTTP-SCOPE-005", "HTTP-SCOPE-009", "HTTP-SCOPE-010", "HTTP-SCOPE-012", "HTTP-SCOPE-023", "HTTP-SCOPE-024", "HTTP-SCOPE-026"}
)
"""The same duties under the ids that they have for HTTP."""


def offers(*values: bytes, subprotocols: Any) -> dict[Any, Any]:
    """A scope with these Sec-WebSocket-Protocol fields."""
    return websocket(headers=[HOST, *((b"sec-websocket-protocol", value) for value in values)], subprotocols=subprotocols)


def after_accept(name: str, rule: str, *plans: Any, also: frozenset[str] = frozenset()) -> list[WrongServer]:
    """One server for each event, or list of events, that comes after the opening."""
    plans = tuple(plan if isinstance(plan, list) else [plan, LEFT] for plan in plans)
    return [WrongServer(f"{name} {n}", rule, gives(websocket(), [CONNECT, *plan]), also) for n, plan in enumerate(plans, 1)]


def under(app: App, name: str, rule: str, events: list[Any], also: frozenset[str] = frozenset()) -> WrongServer:
    """A server that shows itself to this application only."""
    return WrongServer(name, rule, gives(websocket(), events), also, app)


def receive(**keys: Any) -> dict[str, Any]:
    """A message of the client."""
    return {"type": "websocket.receive", **keys}


def left(**keys: Any) -> dict[str, Any]:
    """The end of the connection."""
    return {"type": "websocket.disconnect", **keys}


SCOPE = [
    *scopes(
        "websocket http_version",
        "WS-SCOPE-002",
        *(websocket(http_version=v) for v in (1.1, "1.0", None, b"2", "2.0", "HTTP/1.1")),
    ),
    *scopes("websocket scheme", "WS-SCOPE-003", *(websocket(scheme=v) for v in ("", b"ws", None, 1))),
    *scopes(
        "websocket address",
        "WS-SCOPE-004",
        websocket(path=b"/chat", raw_path=ABSENT),
        websocket(path=ABSENT, raw_path=ABSENT),
        websocket(path=None, raw_path=ABSENT),
        websocket(raw_path="/chat"),
        websocket(raw_path=b"/chat?a=b", query_string=b"a=b"),
        websocket(path="/caf%C3%A9", raw_path=b"/caf%C3%A9"),
        websocket(root_path=None),
        websocket(root_path=b""),
        websocket(client=("127.0.0.1",)),
        websocket(client=("127.0.0.1", "4")),
        websocket(server=("127.0.0.1", b"4")),
        websocket(server="127.0.0.1:80"),
        websocket(state=None),
        websocket(state=[]),
        also=HTTP_TWINS,
    ),
    *scopes("websocket query_string", "WS-SCOPE-005", *(websocket(query_string=v) for v in ("a=b", [], 0, bytearray(b"a=b")))),
    *scopes(
        "websocket headers",
        "WS-SCOPE-007",
        *(
            websocket(headers=v, subprotocols=[])
            for v in (ABSENT, None, [("host", "x")], [(b"host",)], [(b"host", b"x", b"y")], {b"host": b"x"}, [HOST, b"ab"])
        ),
        also=frozenset({"HTTP-SCOPE-015"}),
    ),
    *scopes(
        "websocket pseudo-header",
        "WS-SCOPE-007",
        websocket(headers=[(b":authority", b"example.org")], subprotocols=[]),
        websocket(headers=[HOST, (b":protocol", b"websocket")], subprotocols=[]),
        also=frozenset({"HTTP-SCOPE-019"}),
    ),
    *scopes(
        "subprotocols",
        "WS-SCOPE-008",
        *(websocket(headers=[HOST], subprotocols=v) for v in (None, [b"one"], "one", b"one", 3, [None], ["one", 2])),
        also=frozenset({"WS-SCOPE-010"}),
    ),
    *scopes(
        "subprotocols and the header disagree",
        "WS-SCOPE-010",
        offers(b"one, two", subprotocols=[]),
        offers(b"one, two", subprotocols=ABSENT),
        offers(b"one, two", subprotocols=["one"]),
        offers(b"one, two", subprotocols=["one, two"]),
        offers(b"one", subprotocols=["one", "two"]),
        offers(b"one", b"two", subprotocols=["two"]),
        offers(b"One", subprotocols=["one"]),
        offers(b"one, two", subprotocols=["two", "one"]),
        offers(b"one", b"two", subprotocols=["two", "one"]),
        also=frozenset({"WS-SCOPE-008"}),
    ),
]

OPENING = [
    WrongServer(
        "a message comes first",
        "WS-CONN-001",
        gives(websocket(), [TEXT, CONNECT, LEFT]),
        frozenset({"WS-CONN-003", "WS-CONN-002"}),
    ),
    WrongServer("websocket.disconnect comes first", "WS-CONN-001", gives(websocket(), [LEFT])),
    *after_accept("websocket.connect again", "WS-CONN-002", [CONNECT, LEFT], [TEXT, CONNECT, LEFT]),
    *after_accept("websocket.connect after the end", "WS-CONN-002", [LEFT, CONNECT], also=frozenset({"WS-DISC-007"})),
    under(hesitate, "websocket.connect twice before the answer", "WS-CONN-002", [CONNECT, CONNECT]),
    under(hesitate, "a text before the answer", "WS-CONN-003", [CONNECT, TEXT]),
    under(hesitate, "bytes before the answer", "WS-CONN-003", [CONNECT, DATA]),
    under(refuse, "a message after the refusal", "WS-CONN-003", [CONNECT, TEXT]),
]

MESSAGES = [
    *after_accept("websocket bytes", "WS-RECV-001", receive(bytes="hello"), receive(bytes=5), receive(bytes=[104, 105])),
    *after_accept(
        "websocket bytes in another buffer",
        "WS-RECV-001",
        receive(bytes=bytearray(b"hi")),
        receive(bytes=memoryview(b"hi")),
        also=frozenset({"CORE-MSG-004"}),
    ),
    *after_accept("websocket text", "WS-RECV-002", receive(text=b"hello"), receive(text=5), receive(text=["hi"])),
    *after_accept(
        "both or neither of text and bytes",
        "WS-RECV-003",
        receive(),
        receive(text=None),
        receive(bytes=None),
        receive(text=None, bytes=None),
        receive(text="a", bytes=b"a"),
        receive(text="", bytes=b""),
        receive(text="a", bytes=b""),
    ),
    *after_accept(
        "a message after the end", "WS-RECV-005", [LEFT, TEXT], [TEXT, LEFT, LEFT, DATA], [left(code=1006), receive(text="")]
    ),
    under(hang_up, "a message after the end of a closed one", "WS-RECV-005", [CONNECT, LEFT, TEXT]),
]

ENDING = [
    *after_accept(
        "code",
        "WS-DISC-002",
        [left()],
        [left(reason="")],
        [left(code=None)],
        [left(code="1000")],
        [left(code=1000.0)],
        [left(code=b"\x03\xe8")],
    ),
    *after_accept("code is a bool", "WS-DISC-002", [left(code=True)]),
    *after_accept(
        "reason", "WS-DISC-004", [left(code=1000, reason=b"bye")], [left(code=1000, reason=0)], [left(code=1000, reason=["bye"])]
    ),
    *after_accept(
        "code changes",
        "WS-DISC-007",
        [left(code=1001, reason=""), left(code=1005, reason="")],
        [left(code=1001), left(code=1002)],
    ),
    under(refuse, "code after the refusal", "WS-DISC-002", [CONNECT, left()]),
    under(hang_up, "code after the close", "WS-DISC-002", [CONNECT, left(code="1000")]),
]

SERVERS = [*SCOPE, *OPENING, *MESSAGES, *ENDING]
