"""Calls and replies as values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from asgikit import Endpoint, get, param, root
from asgikit.calls import Call, Operation, Reply
from asgikit.http.headers import Headers


def test_a_call_and_a_reply_are_values() -> None:
    """Compared by what they hold, and never changed."""
    assert Call("GET", "/a") == Call("GET", "/a", (), b"")
    assert Call("GET", "/a") != Call("GET", "/a", (), b"x")
    assert Reply(200, Headers({"A": "1"}), b"x") == Reply(200, Headers({"a": "1"}), b"x")
    with pytest.raises(FrozenInstanceError):
        Call("GET", "/a").method = "PUT"  # type: ignore[misc]  # what it is about
    with pytest.raises(FrozenInstanceError):
        Reply(200).status = 201  # type: ignore[misc]  # what it is about


def test_an_operation_is_whatever_makes_calls_and_reads_replies() -> None:
    """Of a class of one's own as much as an Endpoint: the protocol is all that a client asks for."""

    class Ping:
        def call(self, count: int) -> Call:
            return Call("PING", f"/{count}")

        def result(self, reply: Reply, /) -> int:
            return reply.status

    own: Operation[int, [int]] = Ping()
    ours: Operation[object, [int]] = get(root / param("id", int))
    assert (own.call(3), own.result(Reply(204))) == (Call("PING", "/3"), 204)
    assert ours.call(3) == Call("GET", "/3")
    assert isinstance(ours, Endpoint)
