"""Hypothesis strategies for everything that a legal server or client does."""

from random import Random

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st

from asgikit.conformance.rules import catalogue
from asgikit.conformance.scenario import Deliver, Leave, Once, Scenario
from asgikit.conformance.strategies import (
    http_scopes,
    illegal_events,
    illegal_messages,
    illegal_responses,
    illegal_scopes,
    legal_responses,
    lifespan_scopes,
    request_bodies,
    request_events,
    scenarios,
    websocket_messages,
    websocket_scopes,
)
from tests.conformance.sampling import samples


@pytest.mark.parametrize(
    ("where", "actions"),
    [
        ("GET /", (Deliver({"type": "http.request", "body": b"", "more_body": False}),)),
        ("POST /a", (Deliver({"type": "http.request", "body": b"", "more_body": False}),)),
        ("WS /", (Leave("raise", 1000),)),
        ("lifespan", ()),
    ],
)
def test_scenarios_shrink_to_the_plain_one(where, actions):
    """The whole request at once, or a client that connects and leaves, without marks."""
    scenario = find(scenarios(where), lambda _: True, settings=settings(database=None), random=Random(1))
    assert (scenario.actions, scenario.marks, scenario.name) == (actions, (), where)


def test_a_failure_shrinks_to_its_one_reason():
    """What does not matter is plain: one mark is left, that of the absent client."""
    scenario = find(
        scenarios("GET /items"),
        lambda scenario: "client" not in scenario.scope and "server" in scenario.scope,
        settings=settings(database=None, max_examples=3000),
        random=Random(1),
    )
    assert scenario.marks == ("HTTP-SCOPE-025",)
    assert len(scenario.actions) == 1


def test_scenarios_keep_to_their_place_and_headers():
    """Method and headers are in each of them; the path is, but for what is mounted or appended."""
    for scenario in samples(scenarios("PUT /items/1", headers=[(b"x-key", b"1"), (b"content-length", b"99")])):
        assert scenario.scope["method"] == "PUT"
        assert "/items/1" in scenario.scope["path"]
        headers = {bytes(name).lower(): value for name, value in scenario.scope["headers"]}
        assert headers.get(b"content-length") != b"99"
        assert headers.get(b"x-key") == b"1" or b"host" not in headers


def test_a_declared_length_is_that_of_the_body():
    """Wherever the body is complete."""
    for scenario in samples(scenarios("POST /", bodies=st.just(b"hello")), 200):
        headers = {bytes(name).lower(): value for name, value in scenario.scope["headers"]}
        assert headers.get(b"content-length", b"5") == b"5"
        events = [action.event for action in scenario.actions if isinstance(action, Deliver)]
        if not events[-1].get("more_body", False):
            assert b"".join(event.get("body", b"") for event in events) == b"hello"


def test_iterators_come_only_where_they_are_asked_for():
    """As no framework lives with them."""

    def has_once(scope):
        headers = scope["headers"]
        return isinstance(headers, Once) or any(isinstance(pair, Once) for pair in headers)

    assert not any(has_once(scope) for scope in samples(http_scopes(), 300))
    assert any(has_once(scope) for scope in samples(http_scopes(one_shot=True), 300))


def test_scopes_are_of_their_places():
    """One of several; of the right protocol."""
    assert {scope["method"] for scope in samples(http_scopes(["GET /", "POST /a"]))} == {"GET", "POST"}
    assert {scope["type"] for scope in samples(websocket_scopes("WS /a"), 20)} == {"websocket"}
    assert {scope["type"] for scope in samples(lifespan_scopes(), 20)} == {"lifespan"}
    for wrong in ("WS /", "lifespan", []):
        with pytest.raises(ValueError, match="names no places of http"):
            http_scopes(wrong)


def test_what_is_no_place_is_refused_at_once():
    """Before anything is drawn."""
    for strategy in (scenarios, illegal_scopes, illegal_events, illegal_messages, legal_responses, illegal_responses):
        with pytest.raises(ValueError, match="is no place"):
            strategy("nowhere")


def test_events_can_be_drawn_by_themselves():
    """Those of a request, and those of a WebSocket."""
    assert all(event["type"] == "http.request" for events in samples(request_events(), 30) for event in events)
    assert all(event["type"] == "websocket.receive" for event in samples(websocket_messages(), 30))
    assert all(isinstance(body, bytes) for body in samples(request_bodies(), 30))


@pytest.mark.parametrize("where", ["GET /", "WS /", "lifespan"])
def test_near_misses_have_their_rule(where):
    """Each is a value and the id of a rule; the last event of an illegal scenario is the wrong one."""
    for strategy, kind in (
        (illegal_scopes, dict),
        (illegal_events, Scenario),
        (illegal_messages, dict),
        (illegal_responses, list),
    ):
        for value, rule in samples(strategy(where), 20):
            assert isinstance(value, kind)
            assert rule in catalogue()
    assert all(isinstance(messages, list) for messages in samples(legal_responses(where), 20))
