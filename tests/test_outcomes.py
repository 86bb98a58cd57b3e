"""What a client makes of a reply."""

from __future__ import annotations

import pytest

from asgikit import Response
from asgikit.calls import Reply
from asgikit.errors import CompositionError
from asgikit.http.headers import Headers
from asgikit.outcomes import response_of, value_of


def test_a_reply_is_a_response_that_a_handler_could_return() -> None:
    """Without what was about the connection, or about content codings that the client has undone."""
    fields = [
        ("Content-Type", "text/plain"),
        ("content-encoding", "gzip"),
        ("content-length", "9"),
        ("transfer-encoding", "chunked"),
    ]
    fields += [
        ("connection", "keep-alive, X-Hop"),
        ("keep-alive", "5"),
        ("x-hop", "1"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]
    response = response_of(Reply(418, Headers(fields), b"tea"), "GET")
    assert (response.status, response.body) == (418, b"tea")
    kept = [("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "3")]
    assert list(response.headers) == kept


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304)])
def test_the_length_of_what_is_not_sent_is_kept(method: str, status: int) -> None:
    """Of the answer to a HEAD, and of a 304."""
    response = response_of(Reply(status, Headers({"Content-Length": "9"})), method)
    assert (response.headers.get("content-length"), response.body) == ("9", b"")


def test_nothing_has_no_length() -> None:
    """A 204 stays one."""
    assert len(response_of(Reply(204), "GET").headers) == 0


@pytest.mark.parametrize("status", [100, 199, 600, 0])
def test_what_is_no_final_response_is_refused(status: int) -> None:
    """By its status."""
    with pytest.raises(ValueError, match="final response"):
        response_of(Reply(status), "GET")


def test_an_output_that_only_writes_says_what_to_add() -> None:
    """One that reads is asked."""

    class Writes:
        def write(self, value: int, /) -> Response:
            return Response.text(str(value))

    class Reads(Writes):
        def read_from(self, reply: Reply, /) -> int:
            return int(reply.content)

    assert value_of(Reads(), Reply(200, content=b"3")) == 3
    with pytest.raises(CompositionError, match=r"read_from\(reply\), as asgikit.calls.ReadableOutput"):
        value_of(Writes(), Reply(200))
