"""What applications send: whole legal answers."""

import pytest

from asgikit.conformance.drafts import parse_target
from asgikit.conformance.drawing import drawn
from asgikit.conformance.response_strategies import answer
from tests.conformance.sampling import samples

EVERYTHING = ["http.response.trailers", "http.response.early_hint", "http.response.push", "websocket.http.response"]


@pytest.mark.parametrize(
    ("where", "types"),
    [
        ("GET /", {"http.response.start", "http.response.body"}),
        ("WS /", {"websocket.accept", "websocket.send", "websocket.close"}),
        ("lifespan", {f"lifespan.{half}.{end}" for half in ("startup", "shutdown") for end in ("complete", "failed")}),
    ],
)
def test_without_extensions_only_the_protocol_is_used(where, types):
    """And all of it, some time."""
    target = parse_target(where)
    found = samples(drawn(lambda choose: answer(choose, target)))
    assert {message["type"] for messages in found for message in messages} == types


@pytest.mark.parametrize(
    ("where", "types"),
    [
        ("GET /", {"http.response.trailers", "http.response.early_hint", "http.response.push"}),
        ("WS /", {"websocket.http.response.start", "websocket.http.response.body"}),
    ],
)
def test_extensions_that_are_offered_are_used(where, types):
    """Some time."""
    target = parse_target(where)
    found = samples(drawn(lambda choose: answer(choose, target, EVERYTHING)))
    assert types <= {message["type"] for messages in found for message in messages}


def test_replies_to_head_have_no_body():
    """Whatever length they declare."""
    target = parse_target("HEAD /")
    for messages in samples(drawn(lambda choose: answer(choose, target))):
        assert not any(message.get("body") for message in messages)
