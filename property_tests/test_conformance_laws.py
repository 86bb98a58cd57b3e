"""Laws of the conformance kit's strategies: what is called legal is, what is called wrong is caught, and all of it replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asgikit.conformance.copies import fresh_message
from asgikit.conformance.driver import Drive, drive
from asgikit.conformance.machine import opened, step
from asgikit.conformance.replay import from_argument, from_json, to_json, to_word
from asgikit.conformance.replaying import listed
from asgikit.conformance.reproduce import reproducer
from asgikit.conformance.rules import catalogue
from asgikit.conformance.scenario import Scenario
from asgikit.conformance.strategies import (
    cut_bodies,
    http_scopes,
    illegal_events,
    illegal_messages,
    illegal_responses,
    illegal_scopes,
    legal_responses,
    lifespan_scopes,
    request_events,
    scenarios,
    websocket_scopes,
)

PLACES = ["GET /", "POST /items/1?a=b", "HEAD /é", "OPTIONS *", "WS /chat", "lifespan"]
EXTENSIONS = ["http.response.trailers", "http.response.early_hint", "http.response.push", "websocket.http.response"]

everywhere = st.sampled_from(PLACES).flatmap(scenarios)


async def honest(scope: Any, receive: Any, send: Any) -> None:
    """Receives all that there is, and answers by the book."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
    else:
        event = await receive()
        while event["type"] == "http.request" and event.get("more_body", False):
            event = await receive()
        if event["type"] == "http.request":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})


def saying(messages: list[dict[str, object]]) -> Callable[..., Any]:
    """An application that receives what it has to, and sends these whatever they are."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for index, message in enumerate(messages):
            if index == 1 and scope["type"] == "lifespan" and message["type"] != "lifespan.startup.complete":
                await receive()
            await send(fresh_message(message))

    return app


async def listening(scope: Any, receive: Any, send: Any) -> None:
    """Goes on receiving for as long as the server has something."""
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    for _ in range(3):
        if "disconnect" in str((await receive()).get("type")):
            return


def driven(app: Callable[..., Any], scenario: Scenario) -> Drive:
    async def run() -> Drive:
        return await drive(app, scenario, patience=0.02, grace=0.02)

    return anyio.run(run)


def broken(found: Drive, *, blame: str) -> set[str]:
    return {found.rule for found in found.violations if found.blame == blame and found.level != "note"}


def scope_for(where: str, extensions: list[str] | None = None) -> dict[str, object]:
    type_ = {"WS": "websocket", "lifespan": "lifespan"}.get(where.partition(" ")[0], "http")
    scope: dict[str, object] = {"type": type_, "asgi": {"version": "3.0"}}
    if type_ != "lifespan":
        scope |= {"http_version": "2", "method": where.partition(" ")[0], "path": "/", "query_string": b"", "headers": []}
        scope |= {"extensions": {name: {} for name in extensions or []}}
    return scope


@given(everywhere)
def test_every_scenario_is_legal(scenario: Scenario) -> None:
    """A server that does what the scenario says breaks no rule, and an honest application lives with it."""
    found = driven(honest, scenario)
    assert not broken(found, blame="server")
    assert not broken(found, blame="app")
    assert found.outcome != "raised" or isinstance(found.error, OSError)


@given(everywhere)
def test_marks_are_rules_of_applications(scenario: Scenario) -> None:
    """What a crash is blamed on binds applications, and is named once."""
    assert len(set(scenario.marks)) == len(scenario.marks)
    assert all("app" in catalogue()[mark].binds for mark in scenario.marks)


@given(st.one_of(http_scopes(one_shot=True), websocket_scopes(one_shot=True), lifespan_scopes()))
def test_every_scope_is_legal(scope: dict[str, object]) -> None:
    """With one-shot headers too, no rule of servers is broken."""
    fresh = fresh_message(scope)
    _, findings = opened(listed(fresh) or fresh)
    assert not [finding for finding in findings if catalogue()[finding.rule].level != "note"]


@given(st.binary(max_size=50).flatmap(lambda body: st.tuples(st.just(body), cut_bodies(st.just(body)))))
def test_pieces_make_up_the_body(pair: tuple[bytes, list[bytes]]) -> None:
    """However a body is cut, nothing is lost, added or moved."""
    body, pieces = pair
    assert b"".join(pieces) == body
    assert pieces


@given(st.binary(max_size=50).flatmap(lambda body: st.tuples(st.just(body), request_events(st.just(body)))))
def test_events_make_up_the_body(pair: tuple[bytes, list[Mapping[str, Any]]]) -> None:
    """The events of a request say the same as its body, and only the last of them is the last."""
    body, events = pair
    assert b"".join(event.get("body", b"") for event in events) == body
    assert [event.get("more_body", False) for event in events] == [*[True] * (len(events) - 1), False]


@given(st.one_of(everywhere, st.sampled_from(PLACES).flatmap(illegal_events).map(lambda pair: pair[0])))
def test_a_scenario_survives_json(scenario: Scenario) -> None:
    """What comes back is equal, and so is what comes back from a command line."""
    text = to_json(scenario)
    assert text.isascii()
    assert repr(from_json(text)) == repr(scenario)
    if word := to_word(scenario):
        assert repr(from_argument(word)) == repr(scenario)


@given(everywhere)
def test_every_scenario_has_a_reproducer(scenario: Scenario) -> None:
    """Of at most 15 lines that Python compiles."""
    program = reproducer("shop.web:create()", scenario)
    assert len(program.splitlines()) <= 15
    compile(program, "reproducer", "exec")


@pytest.mark.parametrize("where", PLACES)
@given(data=st.data())
def test_illegal_scopes_are_caught(where: str, data: st.DataObject) -> None:
    """By the rule that they were made to break."""
    scope, rule = data.draw(illegal_scopes(where))
    _, findings = opened(scope)
    assert rule in {finding.rule for finding in findings}
    assert "server" in catalogue()[rule].binds


@pytest.mark.parametrize("where", ["GET /", "WS /", "lifespan"])
@given(data=st.data())
def test_illegal_events_are_caught(where: str, data: st.DataObject) -> None:
    """By the rule that they were made to break, and with the server to blame."""
    scenario, rule = data.draw(illegal_events(where))
    app = honest if where == "lifespan" else listening
    assert rule in {found.rule for found in driven(app, scenario).violations if found.blame == "server"}


@pytest.mark.parametrize("where", ["GET /", "WS /", "lifespan"])
@given(data=st.data())
def test_illegal_messages_are_caught(where: str, data: st.DataObject) -> None:
    """By the rule that they were made to break, wherever they stand."""
    message, rule = data.draw(illegal_messages(where))
    state, _ = opened(scope_for(where))
    _, findings = step(state, "send", message)
    assert rule in {finding.rule for finding in findings}
    assert "app" in catalogue()[rule].binds


@pytest.mark.parametrize("where", ["GET /", "HEAD /", "WS /", "lifespan"])
@given(data=st.data())
def test_legal_responses_pass(where: str, data: st.DataObject) -> None:
    """An application that answers so breaks no rule."""
    messages = data.draw(legal_responses(where, extensions=EXTENSIONS))
    assert not broken(driven(saying(messages), Scenario(scope=scope_for(where, EXTENSIONS))), blame="app")


@pytest.mark.parametrize("where", ["GET /", "WS /", "lifespan"])
@settings(max_examples=50)
@given(data=st.data())
def test_illegal_responses_are_caught(where: str, data: st.DataObject) -> None:
    """By the rule that they were made to break, and with the application to blame."""
    messages, rule = data.draw(illegal_responses(where))
    found = driven(saying(messages), Scenario(scope=scope_for(where)))
    assert rule in {found.rule for found in found.violations if found.blame == "app"}
