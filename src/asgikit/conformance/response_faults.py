"""Near-misses of applications: messages with one fault, and answers whose messages are in a wrong order or incomplete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from asgikit.conformance.drafts import Target
from asgikit.conformance.drawing import Choose
from asgikit.conformance.faults import ABSENT, NO_BOOL, NO_BYTES, NO_TEXT, PAIRS, Dict, Fault, no_values
from asgikit.conformance.foreign import Foreign

_START: Final[Dict] = {"type": "http.response.start", "status": 200, "headers": []}
_BODY: Final[Dict] = {"type": "http.response.body", "body": b"a", "more_body": False}
_PIECE: Final[Dict] = {"type": "http.response.body", "body": b"a", "more_body": True}
_DENIAL: Final[Dict] = {"type": "websocket.http.response.start", "status": 403, "headers": []}
_DENIED: Final[Dict] = {"type": "websocket.http.response.body", "body": b"a", "more_body": False}
_ACCEPT: Final[Dict] = {"type": "websocket.accept"}
_SEND: Final[Dict] = {"type": "websocket.send", "text": "a"}
_CLOSE: Final[Dict] = {"type": "websocket.close"}
_STARTED: Final[Dict] = {"type": "lifespan.startup.complete"}
_STOPPED: Final[Dict] = {"type": "lifespan.shutdown.complete"}

_NAMES: Final = ([[b"X-Name", b"a"]], [[b"Content-type", b"a"], [b"x", b"a"]])
_PSEUDO: Final = ([[b":status", b"200"]], [[b"x", b"a"], [b":path", b"/"]])
_TOKENS: Final = ([[b"", b"a"]], [[b"x name", b"a"]], [[b"x:", b"a"]], [[b"x\r\n", b"a"]], [[b"\xe9", b"a"]], [[b"(x)", b"a"]])
_BREAKS: Final = ([[b"x", b"a\r\nb: c"]], [[b"x", b"a\nb"]], [[b"x", b"\x00"]], [[b"x", b"a\r"]])
_LENGTHS: Final = (b"", b"-1", b"+1", b"1.0", b"a", b"0x1", "\u0661".encode())
_TWO_LENGTHS: Final = (
    [[b"content-length", b"1"], [b"content-length", b"2"]],
    [[b"content-length", b"1"]] * 2,
    [[b"content-length", b"1, 2"]],
)


def _event_faults(type_: str) -> tuple[Fault, ...]:
    protocol = type_.partition(".")[0]
    return (
        Fault("CORE-MSG-001", "type", (ABSENT, None, 1, type_.encode())),
        Fault("CORE-MSG-002", "type", (f"{protocol}.unknown", f"{type_}s", type_.upper())),
        Fault("CORE-MSG-003", "type", ("unknown", "x.response.start", "")),
        *no_values(type_),
    )


MESSAGE_FAULTS: Final[Mapping[str, Sequence[tuple[Dict, Fault]]]] = {
    "http": (
        *((_START, fault) for fault in _event_faults("http.response.start")),
        (_START, Fault("HTTP-RESP-003", "status", (ABSENT, None, "200", 200.0, True, b"200"))),
        (_START, Fault("HTTP-RESP-004", "headers", (None, {"a": "b"}, *PAIRS))),
        (_START, Fault("HTTP-RESP-005", "headers", _NAMES)),
        (_START, Fault("HTTP-RESP-006", "headers", _PSEUDO)),
        (_START, Fault("HTTP-RESP-011", "trailers", NO_BOOL)),
        (_START, Fault("HTTP-SEM-001", "status", (0, 99, 600, 1000, -1))),
        (_START, Fault("HTTP-SEM-002", "status", (100, 101, 103, 199))),
        (_START, Fault("HTTP-SEM-003", "headers", _TOKENS)),
        (_START, Fault("HTTP-SEM-004", "headers", _BREAKS)),
        (_START, Fault("HTTP-SEM-006", "headers", tuple([[b"content-length", value]] for value in _LENGTHS))),
        (_START, Fault("HTTP-SEM-007", "headers", _TWO_LENGTHS)),
        (_START, Fault("HTTP-SEM-009", "status", (204,), {"headers": [[b"content-length", b"0"]]})),
        (_START, Fault("HTTP-SEM-022", "status", (401, 405, 407, 416, 206))),
        (_BODY, Fault("HTTP-RESP-013", "body", (None, *NO_BYTES, Foreign()))),
        (_BODY, Fault("HTTP-RESP-014", "more_body", NO_BOOL)),
    ),
    "websocket": (
        *((_ACCEPT, fault) for fault in _event_faults("websocket.accept")),
        (_ACCEPT, Fault("WS-ACC-002", "subprotocol", NO_TEXT)),
        (_ACCEPT, Fault("WS-ACC-003", "subprotocol", ("other", ""))),
        (_ACCEPT, Fault("WS-ACC-004", "headers", (None, {"a": "b"}, *PAIRS))),
        (_ACCEPT, Fault("WS-ACC-005", "headers", _NAMES)),
        (_ACCEPT, Fault("WS-ACC-006", "headers", ([[b"sec-websocket-protocol", b"chat"]],))),
        (_ACCEPT, Fault("WS-ACC-007", "headers", _PSEUDO)),
        (_ACCEPT, Fault("WS-ACC-009", "headers", ([[b"upgrade", b"websocket"]], [[b"sec-websocket-accept", b"a"]]))),
        (_ACCEPT, Fault("HTTP-SEM-003", "headers", _TOKENS)),
        (_ACCEPT, Fault("HTTP-SEM-004", "headers", _BREAKS)),
        (_SEND, Fault("WS-SEND-002", "bytes", NO_BYTES, {"text": None})),
        (_SEND, Fault("WS-SEND-003", "text", NO_TEXT)),
        (_SEND, Fault("WS-SEND-004", "text", (None, ABSENT))),
        (_SEND, Fault("WS-SEND-004", "bytes", (b"", b"a"))),
        (_CLOSE, Fault("WS-CLOSE-001", "code", (None, "1000", 1000.0, True))),
        (_CLOSE, Fault("WS-CLOSE-002", "reason", NO_TEXT)),
        (_CLOSE, Fault("WS-CLOSE-004", "code", (0, 999, 5000, -1))),
        (_CLOSE, Fault("WS-CLOSE-012", "code", (1005, 1006, 1015))),
        (_CLOSE, Fault("WS-CLOSE-005", "reason", ("a" * 124, "é" * 62))),
    ),
    "lifespan": (
        *((_STARTED, fault) for fault in _event_faults("lifespan.startup.complete")),
        ({"type": "lifespan.startup.failed"}, Fault("LIFE-MSG-001", "message", (None, *NO_TEXT, Foreign()))),
    ),
}
"""Faults of single messages, by type of scope: the message, and what is wrong with it."""


def broken_message(choose: Choose, target: Target) -> tuple[Dict, str]:
    """A message with one fault, and the rule that it breaks."""
    message, fault = choose.one_of(MESSAGE_FAULTS[target.type])
    return fault.in_(choose, message), fault.rule


def _length(status: int, length: int) -> Dict:
    return {"type": "http.response.start", "status": status, "headers": [[b"content-length", b"%d" % length]]}


ANSWER_FAULTS: Final[Mapping[str, Sequence[tuple[str, tuple[Dict, ...]]]]] = {
    "http": (
        ("HTTP-RESP-001", (_BODY,)),
        ("HTTP-RESP-001", (_PIECE, _START, _BODY)),
        ("HTTP-RESP-002", (_START, _START, _BODY)),
        ("HTTP-RESP-002", (_START, _PIECE, _START, _BODY)),
        ("HTTP-RESP-010", (_START,)),
        ("HTTP-RESP-017", (_START, _BODY, _BODY)),
        ("HTTP-RESP-019", (_START, _PIECE)),
        ("HTTP-RESP-019", (_START, _PIECE, _PIECE)),
        ("HTTP-RESP-020", ()),
        ("HTTP-SEM-008", (_length(200, 2), _BODY)),
        ("HTTP-SEM-008", (_length(200, 1), _PIECE, _BODY)),
        ("HTTP-SEM-008", (_length(200, 0), _BODY)),
        ("HTTP-SEM-010", ({**_START, "status": 204}, _BODY)),
        ("HTTP-SEM-010", ({**_START, "status": 304}, _PIECE, _BODY)),
        ("EXT-TRAIL-001", (_START, _BODY, {"type": "http.response.trailers", "headers": []})),
        ("CORE-EXT-004", ({"type": "http.response.early_hint", "links": []}, _START, _BODY)),
        ("CORE-EXT-004", (_START, {"type": "http.response.push", "path": "/", "headers": []}, _BODY)),
        ("CORE-EXT-004", (_START, {"type": "http.response.pathsend", "path": "/nowhere"})),
        ("CORE-EXT-004", ({"type": "http.response.debug", "info": {}}, _START, _BODY)),
    ),
    "websocket": (
        ("WS-CONN-005", ()),
        ("WS-SEND-001", (_SEND,)),
        ("WS-ACC-001", (_ACCEPT, _ACCEPT, _CLOSE)),
        ("WS-ACC-001", (_CLOSE, _ACCEPT)),
        ("WS-SEND-005", (_ACCEPT, _CLOSE, _SEND)),
        ("WS-SEND-005", (_CLOSE, _SEND)),
        ("WS-CLOSE-003", (_ACCEPT, _CLOSE, _CLOSE)),
        ("WS-CLOSE-003", (_CLOSE, _CLOSE)),
        ("EXT-DENY-001", (_DENIAL, _DENIED)),
    ),
    "lifespan": (
        ("LIFE-ORD-002", (_STARTED, _STARTED)),
        ("LIFE-ORD-002", (_STARTED, {"type": "lifespan.startup.failed"})),
        ("LIFE-ORD-003", (_STOPPED,)),
        ("LIFE-ORD-003", (_STARTED, _STOPPED, _STOPPED)),
        ("LIFE-ORD-005", (_STARTED,)),
        ("LIFE-ORD-006", ()),
    ),
}
"""Answers that are no whole answer, by type of scope: the rule that they break, and all that is sent."""

_AROUND: Final[Mapping[str, Sequence[Dict]]] = {
    "http": (_START, _BODY),
    "websocket": (_ACCEPT, _SEND, _CLOSE),
    "lifespan": (_STARTED, _STOPPED),
}


def broken_answer(choose: Choose, target: Target) -> tuple[list[Dict], str]:
    """A whole answer that breaks a rule: by its order, or by one of its messages; and that rule.

    The application receives every event in its time: a lifespan's shutdown before the answer to it.
    """
    if choose.below(2) == 0:
        rule, messages = choose.one_of(ANSWER_FAULTS[target.type])
        return [dict(message) for message in messages], rule
    message, rule = broken_message(choose, target)
    around = _AROUND[target.type]
    types = [event["type"] for event in around]
    at = types.index(message.get("type")) if message.get("type") in types else 0
    return [*map(dict, around[:at]), message, *map(dict, around[at + 1 :])], rule
