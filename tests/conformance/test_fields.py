"""The keys of messages."""

from __future__ import annotations

import io
import socket
from http import HTTPStatus
from typing import Any

import pytest

from asgikit.conformance.facts import Facts
from asgikit.conformance.fields import CHECKS, key_findings, pairs_in
from asgikit.conformance.rules import rule

FACTS = Facts("http", "GET", "1.1", "2.5", frozenset(), False, frozenset({"chat"}), None)


def rules(message: dict[Any, Any], facts: Facts = FACTS) -> list[str]:
    return [finding.rule for finding in key_findings(message, facts)]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "http.request"},
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
        {"type": "http.response.start", "status": 599},
        {"type": "http.response.start", "status": 200, "headers": [[b"trailer", b"b"]], "trailers": True},
        {"type": "http.response.body"},
        {"type": "http.response.trailers", "headers": []},
        {"type": "http.response.push", "path": "/", "headers": []},
        {"type": "http.response.early_hint", "links": [b"</x>"]},
        {"type": "http.response.pathsend", "path": "/x"},
        {"type": "http.response.pathsend", "path": "C:\\x"},
        {"type": "http.response.debug", "info": {"a": object()}},
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "", "bytes": None},
        {"type": "websocket.disconnect", "code": 1005, "reason": None},
        {"type": "websocket.accept", "subprotocol": "chat", "headers": [[b"a", b"b"]]},
        {"type": "websocket.accept", "subprotocol": None},
        {"type": "websocket.send", "bytes": b""},
        {"type": "websocket.close"},
        {"type": "websocket.close", "code": 4999, "reason": "é" * 61},
        {"type": "websocket.http.response.start", "status": 401, "headers": [[b"www-authenticate", b"Basic"]]},
        {"type": "lifespan.startup.failed", "message": ""},
    ],
)
def test_a_right_message_breaks_nothing(message: dict[str, Any]) -> None:
    """Optional keys may be absent."""
    assert rules(message) == []


@pytest.mark.parametrize(
    ("message", "broken"),
    [
        ({"type": "http.request", "body": "x"}, "HTTP-REQ-002"),
        ({"type": "http.request", "body": None}, "HTTP-REQ-002"),
        ({"type": "http.request", "more_body": 1}, "HTTP-REQ-003"),
        ({"type": "http.response.start"}, "HTTP-RESP-003"),
        ({"type": "http.response.start", "status": "200"}, "HTTP-RESP-003"),
        ({"type": "http.response.start", "status": True}, "HTTP-RESP-003"),
        ({"type": "http.response.start", "status": 600}, "HTTP-SEM-001"),
        ({"type": "http.response.start", "status": 103}, "HTTP-SEM-002"),
        ({"type": "http.response.start", "status": HTTPStatus.OK}, "CORE-MSG-009"),
        ({"type": "http.response.start", "status": 200, "headers": None}, "HTTP-RESP-004"),
        ({"type": "http.response.start", "status": 200, "headers": ((b"a", b"b"),)}, "CORE-MSG-008"),
        ({"type": "http.response.start", "status": 200, "trailers": None}, "HTTP-RESP-011"),
        ({"type": "http.response.body", "body": bytearray(b"x")}, "HTTP-RESP-013"),
        ({"type": "http.response.body", "more_body": "yes"}, "HTTP-RESP-014"),
        ({"type": "http.response.body", "more_boddy": False}, "CORE-MSG-012"),
        ({"type": "http.disconnect", "code": 1000}, "HTTP-DISC-005"),
        ({"type": "http.response.start", "status": 200, "trailers": True}, "EXT-TRAIL-005"),
        ({"type": "http.response.body", 5: 5}, "CORE-MSG-007"),
        ({"type": "http.response.trailers"}, "EXT-TRAIL-004"),
        ({"type": "http.response.trailers", "headers": [[b"A", b""]]}, "EXT-TRAIL-004"),
        ({"type": "http.response.trailers", "headers": [], "more_trailers": 0}, "EXT-TRAIL-003"),
        ({"type": "http.response.push", "headers": []}, "EXT-PUSH-002"),
        ({"type": "http.response.push", "path": b"/", "headers": []}, "EXT-PUSH-002"),
        ({"type": "http.response.early_hint"}, "EXT-HINT-002"),
        ({"type": "http.response.early_hint", "links": b"x"}, "EXT-HINT-002"),
        ({"type": "http.response.early_hint", "links": ["x"]}, "EXT-HINT-002"),
        ({"type": "http.response.early_hint", "links": [b"x\r\ny"]}, "HTTP-SEM-004"),
        ({"type": "http.response.pathsend"}, "EXT-PATH-002"),
        ({"type": "http.response.pathsend", "path": "x"}, "EXT-PATH-002"),
        ({"type": "http.response.zerocopysend"}, "EXT-ZCS-001"),
        ({"type": "http.response.zerocopysend", "file": io.BytesIO()}, "EXT-ZCS-001"),
        ({"type": "http.response.zerocopysend", "file": 3}, "EXT-ZCS-001"),
        ({"type": "http.response.debug"}, "EXT-DEBUG-002"),
        ({"type": "http.response.debug", "info": {1: 2}}, "EXT-DEBUG-002"),
        ({"type": "websocket.receive"}, "WS-RECV-003"),
        ({"type": "websocket.receive", "text": b"x"}, "WS-RECV-002"),
        ({"type": "websocket.disconnect"}, "WS-DISC-002"),
        ({"type": "websocket.disconnect", "code": 1000, "reason": b""}, "WS-DISC-004"),
        ({"type": "websocket.accept", "subprotocol": "other"}, "WS-ACC-003"),
        ({"type": "websocket.accept", "subprotocol": b"chat"}, "WS-ACC-002"),
        ({"type": "websocket.accept", "headers": [[b":a", b""]]}, "WS-ACC-007"),
        ({"type": "websocket.send", "bytes": b"", "text": ""}, "WS-SEND-004"),
        ({"type": "websocket.send", "bytes": "x"}, "WS-SEND-002"),
        ({"type": "websocket.close", "code": 1005}, "WS-CLOSE-012"),
        ({"type": "websocket.close", "code": "1000"}, "WS-CLOSE-001"),
        ({"type": "websocket.close", "reason": "é" * 62}, "WS-CLOSE-005"),
        ({"type": "websocket.close", "reason": 5}, "WS-CLOSE-002"),
        ({"type": "websocket.http.response.start", "status": "403"}, "EXT-DENY-004"),
        ({"type": "lifespan.shutdown.failed", "message": None}, "LIFE-MSG-001"),
    ],
)
def test_a_wrong_message_breaks_one_rule(message: dict[Any, Any], broken: str) -> None:
    """The one that says so."""
    assert rules(message) == [broken]


def test_the_value_of_an_unknown_key_is_a_value() -> None:
    """The key itself is worth a note, as it may be misspelt."""
    assert rules({"type": "http.response.body", "extra": object()}) == ["CORE-MSG-012", "CORE-MSG-004"]
    assert rule("CORE-MSG-012").level == "note"


def test_versions_count() -> None:
    """A key that came later is a note on an older server."""
    assert rules({"type": "websocket.accept", "headers": [[b"a", b""]]}, FACTS._replace(version="2.0")) == ["VER-001"]
    assert rules({"type": "websocket.accept", "headers": []}, FACTS._replace(version="2.0")) == []
    assert rules({"type": "websocket.close", "reason": "x"}, FACTS._replace(version="2.2")) == ["VER-003"]
    assert {rule("VER-001").level, rule("VER-003").level} == {"note"}


def test_a_file_has_a_descriptor() -> None:
    """A socket has one until it is closed."""
    with socket.socket() as file:
        assert rules({"type": "http.response.zerocopysend", "file": file, "offset": 0, "count": 1}) == []
        assert rules({"type": "http.response.zerocopysend", "file": file, "count": "1"}) == ["EXT-ZCS-002"]


def test_every_rule_of_a_check_is_in_the_catalogue() -> None:
    """The types of events are those of the specification."""
    assert len(CHECKS) == 24
    assert pairs_in({"headers": [[b"a", b"b"], 3, [b"c"]]}) == [(b"a", b"b")]
