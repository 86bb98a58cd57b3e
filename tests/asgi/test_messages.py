"""Constructors of events."""

from __future__ import annotations

import os
from typing import get_args

from typing_extensions import get_type_hints

from asgikit import asgi


def test_every_event_that_an_application_sends_has_a_constructor() -> None:
    """But the debug event, which is for tests."""
    file = open(os.devnull)  # noqa: SIM115  # closed below; the event does not close it
    made = [
        asgi.response_start(200),
        asgi.response_body(),
        asgi.response_trailers([]),
        asgi.server_push("/x"),
        asgi.early_hint([b"</x>; rel=preload"]),
        asgi.zero_copy_send(file),
        asgi.path_send("/x"),
        asgi.websocket_accept(),
        asgi.websocket_send("x"),
        asgi.websocket_close(),
        asgi.websocket_response_start(403),
        asgi.websocket_response_body(),
        asgi.startup_complete(),
        asgi.startup_failed("x"),
        asgi.shutdown_complete(),
        asgi.shutdown_failed("x"),
    ]
    file.close()
    kinds = {get_args(get_type_hints(event)["type"])[0] for event in get_args(asgi.Outbound)}
    assert {event["type"] for event in made} == kinds - {"http.response.debug"}


def test_headers_are_lists_of_their_own() -> None:
    """Whoever wraps the application may change them."""
    given = [(b"a", b"1")]
    assert asgi.response_start(200, iter(given)) == {"type": "http.response.start", "status": 200, "headers": given}
    assert asgi.response_start(200, given).get("headers") is not given
    assert asgi.response_start(200, trailers=True).get("trailers") is True


def test_optional_keys_are_left_out_where_a_server_may_not_know_them() -> None:
    """Headers on accept need 2.1, a reason on close 2.3."""
    assert asgi.websocket_accept() == {"type": "websocket.accept", "subprotocol": None}
    assert asgi.websocket_accept("a", [(b"x", b"1")]).get("headers") == [(b"x", b"1")]
    assert asgi.websocket_close() == {"type": "websocket.close", "code": 1000}
    assert asgi.websocket_close(1001, "bye").get("reason") == "bye"
    with open(os.devnull) as file:
        assert set(asgi.zero_copy_send(file)) == {"type", "file", "more_body"}
        assert asgi.zero_copy_send(file, offset=0, count=1).get("offset") == 0


def test_a_message_is_text_or_binary() -> None:
    """By its type, and never both."""
    assert asgi.websocket_send("x") == {"type": "websocket.send", "text": "x"}
    assert asgi.websocket_send(b"x") == {"type": "websocket.send", "bytes": b"x"}
