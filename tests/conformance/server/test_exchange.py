"""A request with its script, and whether the connection stays in step."""

import pytest

from asgikit.conformance.server.answers import Answer
from asgikit.conformance.server.exchange import Seen, ask, out_of_step, plain, request
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.script import Script, piece, receive_body, respond, start
from tests.conformance.server.trying import context


def test_a_request_is_as_short_as_can_be():
    """Host, the given fields, the script, and the length of a body."""
    assert request() == b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    script = Script("a", ())
    data = request(script, method=b"POST", target=b"/x", fields=((b"A", b"b"),), body=b"cd")
    assert data == b"POST /x HTTP/1.1\r\nHost: localhost\r\nA: b\r\n" + script.line + b"Content-Length: 2\r\n\r\ncd"


def test_an_exchange_is_seen_from_both_sides():
    """The answer, and what the application got and did."""
    with context() as given:
        found = ask(given, given.script(plain()), None)
        assert (found.answer.body, found.was_called, found.scope["path"]) == (b"ok", True, "/")
        assert found.fields == [(b"host", b"localhost")]
        assert (found.events[0]["type"], found.error_of(0), found.end.get("how")) == ("http.request", None, "returned")
        assert not given.findings
        assert not found.expect(None, "HTTP-REQ-001", "as you like it")
        assert given.findings[0].wire == found.wire


def seen(*records):
    return Seen(None, Script("a", ()), Answer(), records, "")


def test_of_nothing_there_is_nothing():
    """An application that was not called leaves no record."""
    found = seen()
    assert (found.was_called, found.scope, found.fields, found.events, found.end, found.error_of(0)) == (
        False,
        {},
        [],
        [],
        None,
        None,
    )


def test_the_error_of_a_send_is_found_by_its_number():
    """From 0."""
    error = {"class": "KeyError"}
    found = seen(*(Record("a", "send", 1, 0.0, {"message": {}, "error": given}) for given in (None, error)))
    assert [found.error_of(number) for number in range(3)] == [None, error, None]


def trouble(*actions, broken=(), method="GET"):
    with context(*broken) as given, given.connect() as wire:
        script = given.script(receive_body(), *actions)
        wire.send(request(script, method=method.encode()))
        return out_of_step(given, wire, wire.answer(method))


def test_a_connection_in_step_shows_nothing():
    """The second request is answered."""
    assert trouble(respond()) == ""


@pytest.mark.parametrize(
    ("broken", "actions", "method"),
    [
        ("HTTP-SEM-012", respond(b"hello"), "HEAD"),
        ("HTTP-SEM-017", (start(200, (b"content-length", b"2")), piece(b"okmore")), "GET"),
        ("HTTP-SEM-013", (start(204), piece(b"hello")), "GET"),
    ],
)
def test_bytes_behind_the_end_are_seen(broken, actions, method):
    """Where the client takes them for the next response."""
    assert trouble(*actions, broken=(broken,), method=method)


def test_a_second_request_shows_what_the_first_has_left():
    """Nothing follows the response, and yet the server is out of step."""
    with context("HTTP-REQ-014") as given, given.connect() as wire:
        wire.send(request(given.script(respond()), method=b"POST", body=b"x" * 30))
        assert "second request" in out_of_step(given, wire, wire.answer("POST"))
