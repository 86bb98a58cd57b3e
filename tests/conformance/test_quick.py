"""Quick recognition; that it never hides a finding is a law of the property tests."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.quick import plain_body, plain_scope, plain_start

SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/a/b-c",
    "raw_path": b"/a/b-c",
    "query_string": b"x=1",
    "root_path": "",
    "headers": [(b"host", b"localhost"), [b"x-1", b"\xff"]],
    "client": ("127.0.0.1", 50000),
    "server": ("127.0.0.1", 80),
    "state": {},
}


def test_what_servers_give_is_recognised() -> None:
    """With and without its optional keys."""
    assert plain_scope(SCOPE)
    for key in ("scheme", "raw_path", "root_path", "client", "server", "state"):
        assert plain_scope({name: value for name, value in SCOPE.items() if name != key})


@pytest.mark.parametrize(
    "more",
    [
        {"type": "websocket"},
        {"method": "get"},
        {"path": "/é"},
        {"path": "x"},
        {"raw_path": b"/other"},
        {"query_string": b"a b"},
        {"http_version": "9"},
        {"asgi": {"version": "3.0", "spec_version": "2.6"}},
        {"asgi": {"version": "3.0", "more": 1}},
        {"headers": [(b"Host", b"x")]},
        {"headers": [(b":path", b"x")]},
        {"headers": [(b"host",)]},
        {"headers": [(b"host", "x")]},
        {"headers": iter([])},
        {"headers": [(b"", b"x")]},
        {"root_path": "/mnt"},
        {"extensions": {"tls": {}}},
        {"client": ["h", 1]},
        {"server": ("h", True)},
        {"state": None},
        {5: 5},
    ],
)
def test_all_else_takes_the_long_way(more: dict[Any, Any]) -> None:
    """Also what is legal, but rare."""
    assert not plain_scope({**SCOPE, **more})


def test_ordinary_messages_are_recognised() -> None:
    """A start with fields, and bodies."""
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": 200,
        "headers": [[b"content-length", b"5"], [b"x-a", b"b c"]],
    }
    assert plain_start(start)
    assert plain_start({"type": "http.response.start", "status": 404})
    assert not plain_start({**start, "headers": [(b"a", b"b")]})
    assert plain_start({**start, "headers": [(b"a", b"b")]}, tuples=True)
    assert plain_body({"type": "http.response.body"})
    assert plain_body({"type": "http.request", "body": b"", "more_body": True})


@pytest.mark.parametrize(
    "headers",
    [
        [[b"A", b""]],
        [[b"a", b" b"]],
        [[b"a", b"b\n"]],
        [[b"content-length", b"x"]],
        [[b"content-length", b"1"], [b"content-length", b"1"]],
        [[b"connection", b"close"]],
        [[b"set-cookie", b"a=b"]],
        [["a", b"b"]],
        [[b"a"]],
        ((b"a", b"b"),),
    ],
)
def test_a_start_with_other_fields_takes_the_long_way(headers: Any) -> None:
    """Whether they are wrong or only special."""
    assert not plain_start({"type": "http.response.start", "status": 200, "headers": headers}, tuples=True)


@pytest.mark.parametrize("status", [True, "200", 100, 204, 304, 401, 600])
def test_a_start_of_another_status_takes_the_long_way(status: Any) -> None:
    """It may have no body, or needs a field."""
    assert not plain_start({"type": "http.response.start", "status": status})


@pytest.mark.parametrize("more", [{"body": "x"}, {"body": None}, {"more_body": 1}, {"x": 1}])
def test_a_body_with_other_keys_takes_the_long_way(more: dict[str, Any]) -> None:
    """Whether they are wrong or unknown."""
    assert not plain_body({"type": "http.response.body", **more})
