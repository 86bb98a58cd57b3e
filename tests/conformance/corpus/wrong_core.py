"""Applications that send what is no event, or made of the wrong things."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from tests.conformance.corpus.model import (
    ACCEPT,
    CLOSE,
    COMPLETE,
    DONE,
    LIFE,
    NONE,
    PLAIN,
    RECEIVE,
    SOCKET,
    Wrong,
    body,
    event,
    exchange,
    ids,
    script,
    start,
    websocket,
)


class Text(str):  # a str, so that it goes through isinstance
    """A str that knows more, as template engines have them."""

    __slots__ = ()


class Octets(bytes):
    """A bytes that knows more."""


class Code(IntEnum):
    """Codes with names."""

    NORMAL = 1000


def response(name: str, rule: str, *messages: Any, also: str = "") -> Wrong:
    """A right response but for these messages, which stand between its start and its body."""
    return Wrong(name, rule, script(start(), *messages, body()), PLAIN, also=ids(also))


def holding(name: str, rule: str, value: Any, also: str = "") -> Wrong:
    """A right response, with a value under a key that nobody knows."""
    return Wrong(name, rule, script(start(), body(b"", corpus=value)), PLAIN, also=ids(also))


NO_EVENTS = [
    response(f"no event: {name}", "CORE-MSG-001", message, also="CORE-MSG-004 CORE-MSG-007 CORE-MSG-008")
    for name, message in (
        ("None", None),
        ("a str", "http.response.body"),
        ("bytes", b"hello"),
        ("a pair", ("http.response.body", b"hello")),
        ("a list of pairs", [["type", "http.response.body"]]),
        ("empty", {}),
        ("without a type", {"body": b"hello"}),
        ("type None", {"type": None}),
        ("type bytes", {"type": b"http.response.body"}),
        ("type int", {"type": 1}),
        ("type in a list", {"type": ["http.response.body"]}),
    )
]

TYPES = [
    response("type: unknown", "CORE-MSG-002", event("http.response.headers", headers=[])),
    response("type: in capitals", "CORE-MSG-002", event("http.response.Body", body=b"")),
    response("type: with a blank", "CORE-MSG-002", event("http.response.body ")),
    response("type: one to receive", "CORE-MSG-002", event("http.request", body=b"")),
    response("type: disconnect, sent", "CORE-MSG-002", event("http.disconnect")),
    response("type: of another protocol", "CORE-MSG-003", event("websocket.send", text="hello"), also="CORE-MSG-002"),
    response("type: of the lifespan", "CORE-MSG-003", event("lifespan.startup.complete"), also="CORE-MSG-002"),
    response("type: no protocol", "CORE-MSG-003", event("body", body=b""), also="CORE-MSG-002"),
    response("type: empty", "CORE-MSG-003", event("", body=b""), also="CORE-MSG-002 CORE-MSG-001"),
    response(
        "type: websocket denial on http",
        "CORE-MSG-003",
        event("websocket.http.response.body"),
        also="CORE-MSG-002 EXT-DENY-001 CORE-EXT-004",
    ),
    Wrong("type: ping", "CORE-MSG-002", script(RECEIVE, ACCEPT, event("websocket.ping"), CLOSE), SOCKET),
    Wrong(
        "type: a message, sent as received",
        "CORE-MSG-002",
        script(RECEIVE, ACCEPT, event("websocket.receive", text="a"), CLOSE),
        SOCKET,
    ),
    Wrong(
        "type: http on a WebSocket", "CORE-MSG-003", script(RECEIVE, start(403), body(), CLOSE), SOCKET, also=ids("CORE-MSG-002")
    ),
    Wrong(
        "type: an unknown one of the lifespan",
        "CORE-MSG-002",
        script(RECEIVE, COMPLETE, event("lifespan.ready"), RECEIVE, DONE),
        LIFE,
    ),
    Wrong("type: startup, sent", "CORE-MSG-002", script(RECEIVE, event("lifespan.startup"), COMPLETE, RECEIVE, DONE), LIFE),
    Wrong(
        "type: http in the lifespan",
        "CORE-MSG-003",
        script(RECEIVE, COMPLETE, start(), RECEIVE, DONE),
        LIFE,
        also=ids("CORE-MSG-002"),
    ),
]

VALUES = [
    holding("value: a bytearray", "CORE-MSG-004", bytearray(b"a")),
    holding("value: a memoryview", "CORE-MSG-004", memoryview(b"a")),
    holding("value: a set", "CORE-MSG-004", {1, 2}),
    holding("value: a decimal", "CORE-MSG-004", Decimal("1.5")),
    holding("value: a date", "CORE-MSG-004", dt.date(2026, 1, 1)),
    holding("value: a complex number", "CORE-MSG-004", 1j),
    holding("value: an object", "CORE-MSG-004", object()),
    holding("value: a function", "CORE-MSG-004", len),
    holding("value: deep in lists", "CORE-MSG-004", [[{"a": [frozenset()]}]]),
    holding("value: over 64 bits", "CORE-MSG-005", 2**63),
    holding("value: under 64 bits", "CORE-MSG-005", -(2**63) - 1),
    holding("value: over 64 bits, in a list", "CORE-MSG-005", [1, 2**64]),
    holding("value: not a number", "CORE-MSG-006", float("nan")),
    holding("value: infinite", "CORE-MSG-006", float("inf")),
    holding("value: less than everything, in a dict", "CORE-MSG-006", {"a": float("-inf")}),
    holding("value: int keys", "CORE-MSG-007", {1: "a"}),
    holding("value: bytes keys, deep", "CORE-MSG-007", [{"a": {b"b": 1}}]),
    response("value: bytes keys of the event", "CORE-MSG-007", {"type": "http.response.body", b"body": b"a", "more_body": True}),
    response("value: None as a key", "CORE-MSG-007", {"type": "http.response.body", "more_body": True, None: 1}),
    Wrong(
        "value: a code over 64 bits",
        "CORE-MSG-005",
        script(RECEIVE, ACCEPT, event("websocket.close", code=2**70)),
        SOCKET,
        also=ids("WS-CLOSE-004"),
    ),
    Wrong(
        "value: in an event of the lifespan",
        "CORE-MSG-004",
        script(RECEIVE, event("lifespan.startup.complete", state=object()), RECEIVE, DONE),
        LIFE,
    ),
]

NOTES = [
    Wrong("note: tuples", "CORE-MSG-008", script(start(headers=[(b"a", b"b")]), body()), PLAIN),
    Wrong("note: a tuple of lists", "CORE-MSG-008", script(start(headers=([b"a", b"b"],)), body()), PLAIN),
    Wrong("note: a named status", "CORE-MSG-009", script(start(HTTPStatus.OK), body()), PLAIN),
    Wrong(
        "note: a str that is more",
        "CORE-MSG-009",
        script(RECEIVE, ACCEPT, event("websocket.send", text=Text("a")), CLOSE),
        SOCKET,
    ),
    Wrong("note: bytes that are more", "CORE-MSG-009", script(start(), body(Octets(b"a"))), PLAIN),
    Wrong("note: a named code", "CORE-MSG-009", script(RECEIVE, ACCEPT, event("websocket.close", code=Code.NORMAL)), SOCKET),
    Wrong("note: an ordered dict", "CORE-MSG-009", script(start(), OrderedDict(body(b"a"))), PLAIN),
    Wrong("note: a slip of the pen", "CORE-MSG-012", script(start(), {"type": "http.response.body", "more-body": True}), PLAIN),
    Wrong("note: a key of another event", "CORE-MSG-012", script(start(), body(b"", status=200)), PLAIN),
]


def unadvertised(name: str, *messages: Any, also: str = "", extensions: Any = NONE) -> Wrong:
    """A message of an extension that the scope does not have."""
    scenario = PLAIN if extensions is NONE else exchange(PLAIN.scope | {"extensions": extensions})  # type: ignore[operator]  # a dict
    return Wrong(f"not offered: {name}", "CORE-EXT-004", script(*messages), scenario, also=ids(also))


PUSH = event("http.response.push", path="/a.css", headers=[])
HINT = event("http.response.early_hint", links=[b"</a.css>; rel=preload"])
OFFERED = [
    unadvertised("a push", start(), PUSH, body()),
    unadvertised("a hint", HINT, start(), body()),
    unadvertised("a path", start(), event("http.response.pathsend", path="/dev/null")),
    unadvertised("debugging", event("http.response.debug", info={}), start(), body()),
    unadvertised("a hint, with a push offered", HINT, start(), body(), extensions={"http.response.push": {}}),
    unadvertised("a push, with extensions empty", start(), PUSH, body(), extensions={}),
    unadvertised("a push, with extensions None", start(), PUSH, body(), extensions=None),
]

VERSIONS = [
    Wrong(f"version: {name}", rule, script(RECEIVE, *messages), exchange(websocket(spec=spec)))
    for name, rule, spec, messages in (
        ("headers on 2.0", "VER-001", "2.0", (event("websocket.accept", headers=[[b"a", b"b"]]), CLOSE)),
        ("reason on 2.2", "VER-003", "2.2", (ACCEPT, event("websocket.close", reason="bye"))),
        ("reason on 2.0, before accept", "VER-003", "2.0", (event("websocket.close", reason="bye"),)),
    )
]
VERSIONS.append(
    Wrong(
        "version: headers, and none is given",
        "VER-001",
        script(RECEIVE, event("websocket.accept", headers=[[b"a", b"b"]]), CLOSE),
        exchange(websocket(asgi={"version": "3.0"})),
    )
)

CASES = [*NO_EVENTS, *TYPES, *VALUES, *NOTES, *OFFERED, *VERSIONS]
