"""Scopes."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.scopes import scope_findings

HTTP: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.5"},
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [],
}
WEBSOCKET: dict[str, Any] = {"type": "websocket", "asgi": {"version": "3.0"}, "path": "/", "headers": []}
LIFESPAN: dict[str, Any] = {"type": "lifespan", "asgi": {"version": "3.0"}}


def rules(scope: Any, **more: Any) -> list[str]:
    return [finding.rule for finding in scope_findings({**scope, **more} if isinstance(scope, dict) else scope)]


@pytest.mark.parametrize(
    "scope", [HTTP, WEBSOCKET, LIFESPAN, {"type": "other", "asgi": {"version": "2.0"}}], ids=lambda s: s["type"]
)
def test_the_least_scope_is_fine(scope: dict[str, Any]) -> None:
    """Optional keys may be absent."""
    assert rules(scope) == []


@pytest.mark.parametrize(
    "more",
    [
        {"scheme": "https", "raw_path": b"/", "root_path": "", "client": None, "server": None, "state": {}, "extensions": {}},
        {"raw_path": None, "client": ("::1", 0), "server": ["/run/socket", None], "mine": object()},
        {"path": "/é x", "raw_path": b"/%C3%A9%20x", "query_string": b"?a=%20"},
        {"path": "/\ufffd", "raw_path": b"/%ff"},
        {"path": "/mnt/x", "raw_path": b"/x", "root_path": "/mnt"},
        {"path": "/mnt/x", "raw_path": b"/mnt/x", "root_path": "/mnt"},
        {"path": "*", "raw_path": b"*", "method": "OPTIONS"},
        {"path": "http://h/x", "raw_path": b"/x"},
        {"path": "/x?a=b", "raw_path": b"/x%3Fa=b", "query_string": b"a=b"},
        {"headers": ((b"x-a", b"\xff"), [b"x-a", b""])},
        {"http_version": "3", "extensions": {"http.response.push": {}, "mine": {"a": 1}}},
        {"asgi": {"version": "2.0"}},
        {"extensions": None},
    ],
)
def test_unusual_scopes_are_fine(more: dict[str, Any]) -> None:
    """Each of these is what some server gives for some request."""
    assert rules(HTTP, **more) == []


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"asgi": None}, "CORE-SCOPE-003"),
        ({"asgi": {"version": 3}}, "CORE-SCOPE-003"),
        ({"asgi": {"version": "3.0", "spec_version": 2.3}}, "CORE-SCOPE-004"),
        ({"asgi": {"version": "3.0", "spec_version": "1.0"}}, "CORE-SCOPE-004"),
        ({"asgi": {"version": "3.0", 1: 2}}, "CORE-SCOPE-005"),
        ({1: 2}, "CORE-SCOPE-005"),
        ({"http_version": "1"}, "HTTP-SCOPE-002"),
        ({"http_version": b"1.1"}, "HTTP-SCOPE-002"),
        ({"method": "get"}, "HTTP-SCOPE-003"),
        ({"method": b"GET"}, "HTTP-SCOPE-003"),
        ({"scheme": ""}, "HTTP-SCOPE-004"),
        ({"scheme": None}, "HTTP-SCOPE-004"),
        ({"path": b"/"}, "HTTP-SCOPE-005"),
        ({"path": "/%C3%A9", "raw_path": b"/%C3%A9"}, "HTTP-SCOPE-005"),
        ({"path": "/x?a=b", "raw_path": b"/x", "query_string": b"a=b"}, "HTTP-SCOPE-006"),
        ({"path": "x"}, "HTTP-SCOPE-008"),
        ({"raw_path": "/"}, "HTTP-SCOPE-009"),
        ({"raw_path": b"/?a=b"}, "HTTP-SCOPE-009"),
        ({"raw_path": b"/other"}, "HTTP-SCOPE-010"),
        ({"query_string": "a=b"}, "HTTP-SCOPE-011"),
        ({"query_string": None}, "HTTP-SCOPE-011"),
        ({"query_string": b"a b"}, "HTTP-SCOPE-011"),
        ({"root_path": None}, "HTTP-SCOPE-012"),
        ({"root_path": "/mnt"}, "HTTP-SCOPE-013"),
        ({"headers": {}}, "HTTP-SCOPE-015"),
        ({"headers": [("a", "b")]}, "HTTP-SCOPE-015"),
        ({"headers": [(b"Host", b"x")]}, "HTTP-SCOPE-016"),
        ({"headers": [(b":authority", b"x")]}, "HTTP-SCOPE-019"),
        ({"client": ("h",)}, "HTTP-SCOPE-023"),
        ({"client": ("h", None)}, "HTTP-SCOPE-023"),
        ({"client": "h:1"}, "HTTP-SCOPE-023"),
        ({"server": ("h", "80")}, "HTTP-SCOPE-024"),
        ({"server": ("/s", None), "asgi": {"version": "3.0", "spec_version": "2.1"}}, "VER-002"),
        ({"state": []}, "HTTP-SCOPE-026"),
        ({"extensions": []}, "CORE-EXT-001"),
        ({"extensions": {1: {}}}, "CORE-EXT-002"),
        ({"extensions": {"a": None}}, "CORE-EXT-003"),
        ({"extensions": {"websocket.http.response": {}}}, "CORE-EXT-006"),
        ({"extensions": {"http.response.debug": {}}}, "EXT-DEBUG-003"),
        ({"extensions": {"tls": {"server_cert": None, "tls_version": None, "cipher_suite": -1}}}, "EXT-TLS-004"),
    ],
)
def test_each_key_of_http_has_its_rule(more: dict[Any, Any], rule: str) -> None:
    """Of presence, type and value."""
    assert [finding.rule for finding in scope_findings({**HTTP, **more})] == [rule]


@pytest.mark.parametrize("key", ["http_version", "method", "path", "query_string", "headers", "asgi"])
def test_six_keys_of_http_are_mandatory(key: str) -> None:
    """One finding for each."""
    assert len(rules({name: value for name, value in HTTP.items() if name != key})) == 1


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"http_version": "1.0"}, "WS-SCOPE-002"),
        ({"scheme": ""}, "WS-SCOPE-003"),
        ({"path": None}, "WS-SCOPE-004"),
        ({"raw_path": "/"}, "WS-SCOPE-004"),
        ({"client": 3}, "WS-SCOPE-004"),
        ({"state": 3}, "WS-SCOPE-004"),
        ({"query_string": ""}, "WS-SCOPE-005"),
        ({"headers": None}, "WS-SCOPE-007"),
        ({"headers": [(b":path", b"/")]}, "WS-SCOPE-007"),
        ({"subprotocols": "chat"}, "WS-SCOPE-008"),
        ({"subprotocols": [b"chat"]}, "WS-SCOPE-008"),
        ({"subprotocols": ["b", "a"], "headers": [(b"sec-websocket-protocol", b"a, b")]}, "WS-SCOPE-010"),
    ],
)
def test_a_websocket_has_rules_of_its_own(more: dict[str, Any], rule: str) -> None:
    """Where it shares a key with HTTP, too."""
    assert rules(WEBSOCKET, **more) == [rule]


def test_subprotocols_agree_with_their_field() -> None:
    """In the order of the client, over several lines."""
    lines = [(b"sec-websocket-protocol", b"a, b"), (b"Sec-WebSocket-Protocol", b"c")]
    assert "WS-SCOPE-010" not in rules(WEBSOCKET, subprotocols=["a", "b", "c"], headers=lines)
    assert rules(WEBSOCKET, query_string=None, http_version="2") == []


def test_a_lifespan_begins_with_an_empty_state() -> None:
    """And has versions of its own."""
    assert rules(LIFESPAN, state={}) == []
    assert rules(LIFESPAN, state={"a": 1}) == ["LIFE-STATE-001"]
    assert rules(LIFESPAN, asgi={"version": "3.0", "spec_version": "2.5"}) == ["LIFE-SCOPE-002"]
    assert rules(LIFESPAN, asgi={}) == ["LIFE-SCOPE-001"]


@pytest.mark.parametrize("scope", [None, [], "http", ()])
def test_a_scope_is_a_dict(scope: object) -> None:
    """Nothing else is looked at."""
    assert rules(scope) == ["CORE-SCOPE-001"]


def test_a_scope_has_a_type() -> None:
    """A str."""
    assert rules({}) == rules({"type": b"http"}) == ["CORE-SCOPE-002"]
