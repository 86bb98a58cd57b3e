"""Near-misses of servers: scopes with one fault, and events that are wrong by themselves or by their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from asgikit.conformance.drafts import Target, plain
from asgikit.conformance.drawing import Choose
from asgikit.conformance.faults import ABSENT, NO_BOOL, NO_BYTES, NO_TEXT, PAIRS, Dict, Fault, no_values
from asgikit.conformance.tls_strategies import PEM

_V3: Final[dict[str, object]] = {"version": "3.0"}
_NO_ASGI: Final[tuple[object, ...]] = (
    *(ABSENT, None, "3.0", [], {}, {"spec_version": "2.0"}),
    *({"version": 3}, {"version": "1.0"}, {"version": None}),
)
_NO_HOST_PORT: Final[tuple[object, ...]] = (
    "127.0.0.1:80",
    b"h",
    80,
    [],
    ["h"],
    ["h", 80, 0],
    [b"h", 80],
    [None, 80],
    ["h", "80"],
    ["h", 65536],
    ["h", -1],
)
_NO_DICT: Final[tuple[object, ...]] = ([], "a", 1, (("a", None),))

_ANY: Final = (
    Fault("CORE-SCOPE-002", "type", (ABSENT, None, 1, b"http", ["http"])),
    Fault("CORE-SCOPE-005", "x-unknown", (ABSENT,), {1: "a"}),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]  # that is the fault
)
_CONNECTION: Final = (
    *_ANY,
    Fault("CORE-SCOPE-003", "asgi", _NO_ASGI),
    Fault("CORE-SCOPE-004", "asgi", tuple({**_V3, "spec_version": level} for level in ("2.6", "3.0", "1.0", "", 2.3, None))),
    Fault("CORE-EXT-001", "extensions", _NO_DICT),
    Fault("CORE-EXT-002", "extensions", ({1: {}}, {b"a": {}}, {None: {}})),
    Fault("CORE-EXT-003", "extensions", ({"x.unknown": None}, {"x.unknown": True}, {"tls": "1.3"}, {"http.response.push": []})),
    Fault("VER-002", "server", (["/run/server.sock", None],), {"asgi": {**_V3, "spec_version": "2.1"}}),
    Fault("VER-002", "server", (["/run/server.sock", None],), {"asgi": _V3}),
)


def _tls(scheme: str, **changes: object) -> Dict:
    """A scope's keys with a sound TLS extension, but for the changes."""
    sound: Dict = {"server_cert": None, "tls_version": 0x0304, "cipher_suite": 0x1301}
    changed = {key: value for key, value in {**sound, **changes}.items() if value is not ABSENT}
    return {"scheme": scheme, "extensions": {"tls": changed}}


_NAMED: Final[Mapping[str, Dict]] = {"EXT-TLS-005": {"client_cert_name": "CN=a"}}
"""What a sound chain goes with."""


def _tls_fault(rule: str, scheme: str, key: str, *values: object) -> tuple[Fault, ...]:
    """One fault for each value, as the extension lies deeper than the keys of a scope."""
    return tuple(Fault(rule, "x-unknown", (ABSENT,), _tls(scheme, **{**_NAMED.get(rule, {}), key: value})) for value in values)


def _tls_faults(plain_scheme: str, scheme: str) -> tuple[Fault, ...]:
    return (
        Fault("EXT-TLS-001", "scheme", (plain_scheme,), _tls(scheme)),
        *_tls_fault("EXT-TLS-002", scheme, "server_cert", ABSENT, b"-----BEGIN CERTIFICATE-----", "MIIB", 1),
        *_tls_fault("EXT-TLS-003", scheme, "tls_version", ABSENT, "TLSv1.3", 1.3, -1),
        *_tls_fault("EXT-TLS-004", scheme, "cipher_suite", ABSENT, "TLS_AES_128_GCM_SHA256", 0x10000, -1),
        *_tls_fault("EXT-TLS-005", scheme, "client_cert_chain", PEM, [b"a"], ["MIIB"], 1),
        *_tls_fault("EXT-TLS-006", scheme, "client_cert_chain", [PEM]),
        *_tls_fault("EXT-TLS-006", scheme, "client_cert_name", b"CN=a", ["a"]),
        *_tls_fault("EXT-TLS-007", scheme, "client_cert_error", "", b"bad", 1),
    )


def _shared(rules: Mapping[str, str]) -> tuple[Fault, ...]:
    """The keys that HTTP and WebSocket share, with the rules that each has for them."""
    return (
        Fault(rules["path"], "path", (ABSENT, None, b"/", 1)),
        Fault(rules["query in path"], "path", ("/x?a=1",), {"query_string": b"a=1", "raw_path": None}),
        Fault(rules["raw_path"], "raw_path", NO_BYTES),
        Fault(rules["raw_path"], "raw_path", (b"/x?a=1",), {"path": "/x", "query_string": b"a=1"}),
        Fault(rules["decoded"], "raw_path", (b"/a%C3%A9", b"/b"), {"path": "/a"}),
        Fault(rules["root_path"], "root_path", (None, *NO_TEXT)),
        Fault(rules["headers"], "headers", (ABSENT, {"a": "b"}, *PAIRS)),
        Fault(rules["pseudo"], "headers", ([[b":path", b"/"]], [[b"host", b"a"], [b":authority", b"a"]])),
        Fault(rules["client"], "client", (*_NO_HOST_PORT, ["h", None], ["h", True])),
        Fault(rules["server"], "server", _NO_HOST_PORT),
        Fault(rules["state"], "state", (None, [], "a", 1)),
    )


_WEBSOCKET_RULES: Final[dict[str, str]] = {
    **dict.fromkeys(("path", "query in path", "raw_path", "decoded", "root_path", "client", "server", "state"), "WS-SCOPE-004"),
    **dict.fromkeys(("headers", "pseudo"), "WS-SCOPE-007"),
}

SCOPE_FAULTS: Final[Mapping[str, Sequence[Fault]]] = {
    "http": (
        *_CONNECTION,
        *_tls_faults("http", "https"),
        *_shared(
            {
                "path": "HTTP-SCOPE-005",
                "query in path": "HTTP-SCOPE-006",
                "raw_path": "HTTP-SCOPE-009",
                "decoded": "HTTP-SCOPE-010",
                "root_path": "HTTP-SCOPE-012",
                "headers": "HTTP-SCOPE-015",
                "pseudo": "HTTP-SCOPE-019",
                "client": "HTTP-SCOPE-023",
                "server": "HTTP-SCOPE-024",
                "state": "HTTP-SCOPE-026",
            }
        ),
        Fault("HTTP-SCOPE-002", "http_version", (ABSENT, None, "1", "2.0", "HTTP/1.1", 1.1, b"1.1")),
        Fault("HTTP-SCOPE-003", "method", (ABSENT, None, "get", "Post", b"GET", "")),
        Fault("HTTP-SCOPE-004", "scheme", (None, "", b"http", 80)),
        Fault("HTTP-SCOPE-011", "query_string", (ABSENT, None, "a=1", b"a b", b"a=1#b", ["a"])),
    ),
    "websocket": (
        *_CONNECTION,
        *_tls_faults("ws", "wss"),
        *_shared(_WEBSOCKET_RULES),
        Fault("WS-SCOPE-002", "http_version", (None, "1.0", "2.0", "HTTP/1.1", 1.1, b"1.1")),
        Fault("WS-SCOPE-003", "scheme", (None, "", b"ws", 80)),
        Fault("WS-SCOPE-005", "query_string", ("a=1", 1, ["a"])),
        Fault("WS-SCOPE-008", "subprotocols", (None, "chat", [b"chat"], [None], 1)),
        Fault("WS-SCOPE-010", "subprotocols", ([], ["other"], ["b", "a"]), {"headers": [[b"sec-websocket-protocol", b"a, b"]]}),
    ),
    "lifespan": (
        *_ANY,
        Fault("LIFE-SCOPE-001", "asgi", _NO_ASGI),
        Fault("LIFE-SCOPE-002", "asgi", tuple({**_V3, "spec_version": level} for level in ("2.1", "3.0", "", 2.0, None))),
        Fault("LIFE-STATE-001", "state", (None, [], "a", {"a": 1})),
    ),
}
"""Faults of scopes, by type."""


def broken_scope(choose: Choose, target: Target) -> tuple[Dict, str]:
    """A plain scope with one fault, and the rule that it breaks."""
    fault = choose.one_of(SCOPE_FAULTS[target.type])
    return fault.in_(choose, plain(target).finished()), fault.rule


_REQUEST: Final[Dict] = {"type": "http.request", "body": b"", "more_body": False}
_PIECE: Final[Dict] = {"type": "http.request", "body": b"a", "more_body": True}
_CONNECT: Final[Dict] = {"type": "websocket.connect"}
_MESSAGE: Final[Dict] = {"type": "websocket.receive", "text": "a"}
_GONE: Final[Dict] = {"type": "websocket.disconnect", "code": 1000}
_STARTUP: Final[Dict] = {"type": "lifespan.startup"}


def _no_event(protocol: str) -> tuple[Fault, ...]:
    return (
        Fault("CORE-MSG-001", "type", (ABSENT, None, 1, b"http.request")),
        Fault("CORE-MSG-002", "type", (f"{protocol}.unknown", f"{protocol}.")),
        Fault("CORE-MSG-003", "type", ("unknown", "x.request", "")),
    )


EVENT_FAULTS: Final[Mapping[str, Sequence[tuple[tuple[Dict, ...], Dict, Fault]]]] = {
    "http": (
        *(((), _REQUEST, fault) for fault in (*_no_event("http"), *no_values("http.request"))),
        ((), _REQUEST, Fault("HTTP-REQ-002", "body", (None, *NO_BYTES))),
        ((), _REQUEST, Fault("HTTP-REQ-003", "more_body", NO_BOOL)),
        ((_PIECE,), _REQUEST, Fault("HTTP-REQ-002", "body", (None, *NO_BYTES))),
        ((_REQUEST,), _REQUEST, Fault("HTTP-REQ-005", "body", (b"", b"a", ABSENT))),
        ((_REQUEST,), _REQUEST, Fault("HTTP-REQ-005", "more_body", (True, ABSENT))),
    ),
    "websocket": (
        *(((), _MESSAGE, fault) for fault in (*_no_event("websocket"), *no_values("websocket.receive"))),
        ((_CONNECT,), _CONNECT, Fault("WS-CONN-002", "x-unknown", (ABSENT,))),
        ((), _MESSAGE, Fault("WS-RECV-001", "bytes", NO_BYTES, {"text": None})),
        ((), _MESSAGE, Fault("WS-RECV-002", "text", NO_TEXT)),
        ((), _MESSAGE, Fault("WS-RECV-003", "text", (None, ABSENT))),
        ((_MESSAGE,), _MESSAGE, Fault("WS-RECV-003", "bytes", (b"", b"a"))),
        ((), _GONE, Fault("WS-DISC-002", "code", (ABSENT, None, "1000", 1000.0, True))),
        ((), _GONE, Fault("WS-DISC-004", "reason", NO_TEXT)),
    ),
    "lifespan": (
        *(((_STARTUP,), _STARTUP, fault) for fault in (*_no_event("lifespan"), *no_values("lifespan.startup"))),
        ((_STARTUP,), _STARTUP, Fault("LIFE-ORD-001", "x-unknown", (ABSENT,))),
    ),
}
"""Faults of events, by type of scope: the events before, the event, and what is wrong with it."""


def broken_events(choose: Choose, target: Target) -> tuple[Dict, list[Dict], str]:
    """A plain scope, events of which the last has one fault, and the rule that it breaks."""
    before, event, fault = choose.one_of(EVENT_FAULTS[target.type])
    scope = plain(target).finished()
    return scope, [*before, fault.in_(choose, event)], fault.rule
