"""What requests share."""

from __future__ import annotations

from typing import Any

import pytest
from tests.driving import http_scope, websocket_scope

from asgikit.connection import Connection
from asgikit.errors import BadRequest


async def silent() -> Any:
    raise AssertionError("nothing to receive")


def test_everything_is_parsed_once() -> None:
    """The same value comes back, also from headers that can be read only once."""
    scope: Any = http_scope(target="/a?b=1", headers={"host": "h", "cookie": "c=1"})
    scope["headers"] = iter(scope["headers"])
    connection = Connection(scope, silent)
    for name in ("headers", "query", "cookies", "url", "segments", "client"):
        assert getattr(connection, name) is getattr(connection, name)
    assert connection.cookies["c"] == "1"


def test_a_minimal_scope_will_do() -> None:
    """Every optional key may be absent, or None where that is its default."""
    minimal: Any = {"type": "websocket", "asgi": {}, "path": "/x", "headers": []}
    for scope in (
        minimal,
        minimal | {"query_string": None, "raw_path": None, "client": None, "server": None, "extensions": None},
    ):
        connection = Connection(scope, silent)
        assert (connection.segments, connection.client, len(connection.query), str(connection.url)) == (["x"], None, 0, "ws:///x")
        assert connection.extensions == {}


def test_extensions_are_those_of_the_server() -> None:
    """A copy, so nobody changes the scope."""
    assert "websocket.http.response" in Connection(websocket_scope(denial=True), silent).extensions


@pytest.mark.parametrize(("length", "expected"), [(None, None), ("0", 0), ("12", 12)])
def test_the_content_length_is_a_number(length: str | None, expected: int | None) -> None:
    """None where it is not announced."""
    headers = {} if length is None else {"content-length": length}
    assert Connection(http_scope(headers=headers), silent).content_length == expected


@pytest.mark.parametrize("length", ["", "+1", "1_0", "٣", "1, 1"])
def test_a_content_length_in_another_form_is_a_bad_request(length: str) -> None:
    """Two of them are too, even if they agree."""
    scope: Any = http_scope()
    scope["headers"] = [(b"content-length", length.encode())]
    with pytest.raises(BadRequest):
        _ = Connection(scope, silent).content_length
