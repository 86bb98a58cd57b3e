"""Scripts as they travel."""

from asgikit.conformance.server.encoding import from_text
from asgikit.conformance.server.script import Script, keep_state, piece, receive, respond, start


def test_a_script_is_one_line_of_ascii():
    """It fits into a field of a request, whatever bytes its messages hold."""
    script = Script("case-1", (receive(), start(200, (b"x-a", b"\r\n\xff")), piece(b"\n")))
    assert script.value.isascii()
    assert b"\n" not in script.value
    assert script.line == b"x-script: " + script.value + b"\r\n"


def test_a_script_comes_as_it_was_written():
    """With its token."""
    script = Script("case-1", (*respond(b"ok", 201), keep_state("a", [1])))
    assert from_text(script.value.decode()) == {"id": "case-1", "do": list(script.actions)}


def test_a_whole_response_has_its_length():
    """And other fields behind it."""
    begin, end = respond(b"hello", 200, (b"x-a", b"b"))
    assert begin[1]["headers"] == [[b"content-length", b"5"], [b"x-a", b"b"]]
    assert end[1] == {"type": "http.response.body", "body": b"hello", "more_body": False}
