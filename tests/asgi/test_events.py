"""Events as types: what the specification gives each of them."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from asgikit import asgi

REQUIRED: dict[str, set[str]] = {
    "http.request": set(),
    "http.disconnect": set(),
    "http.response.start": {"status"},
    "http.response.body": set(),
    "http.response.trailers": {"headers"},
    "http.response.push": {"path", "headers"},
    "http.response.early_hint": {"links"},
    "http.response.zerocopysend": {"file"},
    "http.response.pathsend": {"path"},
    "http.response.debug": {"info"},
    "websocket.connect": set(),
    "websocket.accept": set(),
    "websocket.receive": set(),
    "websocket.send": set(),
    "websocket.disconnect": {"code"},
    "websocket.close": set(),
    "websocket.http.response.start": {"status"},
    "websocket.http.response.body": set(),
    "lifespan.startup": set(),
    "lifespan.startup.complete": set(),
    "lifespan.startup.failed": set(),
    "lifespan.shutdown": set(),
    "lifespan.shutdown.complete": set(),
    "lifespan.shutdown.failed": set(),
}
OPTIONAL: dict[str, set[str]] = {
    "http.request": {"body", "more_body"},
    "http.response.start": {"headers", "trailers"},
    "http.response.body": {"body", "more_body"},
    "http.response.trailers": {"more_trailers"},
    "http.response.zerocopysend": {"offset", "count", "more_body"},
    "websocket.accept": {"subprotocol", "headers"},
    "websocket.receive": {"bytes", "text"},
    "websocket.send": {"bytes", "text"},
    "websocket.disconnect": {"reason"},
    "websocket.close": {"code", "reason"},
    "websocket.http.response.start": {"headers", "trailers"},
    "websocket.http.response.body": {"body", "more_body"},
    "lifespan.startup.failed": {"message"},
    "lifespan.shutdown.failed": {"message"},
}


def kind(event: Any) -> str:
    annotation = event.__annotations__["type"]
    text: str = annotation.__forward_arg__
    return text.removeprefix("Literal['").removeprefix('Literal["').rstrip("]").rstrip("\"'")


EVENTS = [*get_args(asgi.Inbound), *get_args(asgi.Outbound)]


def test_every_event_of_the_specification_is_there() -> None:
    """Extensions included, each once."""
    assert sorted(kind(event) for event in EVENTS) == sorted(REQUIRED)


@pytest.mark.parametrize("event", EVENTS, ids=kind)
def test_keys_are_required_where_the_text_gives_no_default(event: Any) -> None:
    """All others are NotRequired."""
    # Annotations are strings, so that typing cannot tell by itself: read NotRequired off them.
    optional = {key for key, value in event.__annotations__.items() if value.__forward_arg__.startswith("NotRequired")}
    assert optional == OPTIONAL.get(kind(event), set())
    assert set(event.__annotations__) - optional == REQUIRED[kind(event)] | {"type"}
