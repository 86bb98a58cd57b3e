"""The short way from state to state."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.machine import opened, step
from asgikit.conformance.state import State, plain_step

START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": [[b"content-length", b"3"]]}


def first(method: str = "GET", **more: Any) -> State:
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "path": "/", "query_string": b"", "headers": []}
    return opened({**scope, "method": method, **more})[0]


def test_the_short_way_arrives_where_the_long_one_does() -> None:
    """Message by message."""
    state = first()
    for direction, message in (
        ("receive", {"type": "http.request", "body": b"a", "more_body": True}),
        ("receive", {"type": "http.request"}),
        ("send", START),
        ("send", {"type": "http.response.body", "body": b"ab", "more_body": True}),
        ("send", {"type": "http.response.body", "body": b"c"}),
    ):
        expected, found = step(state, direction, message)  # type: ignore[arg-type]  # a literal
        assert found == ()
        short = plain_step(state, message)
        assert short == expected
        state = expected
    assert state.app == "complete"


@pytest.mark.parametrize(
    "message",
    [
        START,
        {"type": "http.response.body", "body": b"abcd"},
        {"type": "http.response.body", "body": b"ab"},
        {"type": "http.response.body", "body": b"abcd", "more_body": True},
    ],
)
def test_what_may_break_a_rule_takes_the_long_way(message: dict[str, Any]) -> None:
    """A second start, and a body of another length."""
    started, _ = step(first(), "send", START)
    assert plain_step(started, message) is None


def test_bodies_of_their_own_kind_take_the_long_way() -> None:
    """HEAD, 204, and requests that say their length."""
    head, _ = step(first("HEAD"), "send", {**START, "headers": []})
    empty, _ = step(first(), "send", {"type": "http.response.start", "status": 204})
    interim, _ = step(first(), "send", {"type": "http.response.start", "status": 103})
    assert plain_step(interim, {"type": "http.response.body", "body": b"x"}) is None
    assert plain_step(head, {"type": "http.response.body"}) is None
    assert plain_step(empty, {"type": "http.response.body"}) is None
    assert plain_step(first(headers=[[b"content-length", b"0"]]), {"type": "http.request"}) is None
    assert plain_step(first(), {"type": "http.response.body"}) is None
