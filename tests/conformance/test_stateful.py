"""A state machine that leads an application through whole exchanges."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.replay import from_argument
from asgikit.conformance.scenario import Deliver, Leave, Scenario
from asgikit.conformance.stateful import ExchangeFailed, ExchangeMachine, exchange_machine

QUICK = settings(
    max_examples=40,
    stateful_step_count=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
START = {"type": "http.response.start", "status": 200, "headers": []}


async def honest(scope, receive, send):
    if scope["type"] == "lifespan":
        for half in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{half}.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({**event, "type": "websocket.send"})
    else:
        body = b""
        while (event := await receive()).get("more_body", False):
            body += event["body"]
        if event["type"] == "http.request":
            body += event.get("body", b"")
            await send({**START, "headers": [[b"content-length", b"%d" % len(body)]]})
            await send({"type": "http.response.body", "body": body})


async def counts_wrongly(scope, receive, send):
    size = 0
    while (event := await receive()).get("more_body", False):
        size += len(event["body"])
    if event["type"] == "http.request":
        await send({**START, "headers": [[b"content-length", b"%d" % size]]})
        await send({"type": "http.response.body", "body": b"x" * (size + len(event.get("body", b"")))})


async def answers_text_with_bytes(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event.get("text") if event.get("text") is not None else event["bytes"]})


async def needs_client(scope, receive, send):
    host, _ = scope["client"]
    await send(START)
    await send({"type": "http.response.body", "body": host.encode()})


async def always_raises(scope, receive, send):
    raise ZeroDivisionError


async def stays(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        await receive()


@pytest.mark.parametrize("where", ["GET /", "POST /echo", "WS /chat", "lifespan"])
def test_an_honest_application_passes(where):
    """Whatever the client does."""
    run_state_machine_as_test(exchange_machine(honest, where), settings=QUICK)


def test_a_broken_rule_shrinks_to_the_smallest_exchange():
    """One event with one byte, in the plain scope; the exception has the table, and the word that replays it."""
    with pytest.raises(ExchangeFailed) as caught:
        run_state_machine_as_test(exchange_machine(counts_wrongly, "POST /"), settings=QUICK)
    error = caught.value
    assert error.violation.rule == "HTTP-SEM-008"
    (action,) = error.scenario.actions
    assert action == Deliver({"type": "http.request", "body": b"\x00", "more_body": False})
    assert error.scenario.marks == ()
    table, replay = error.__notes__[:2]
    assert "http.response.body" in table
    assert from_argument(replay.removeprefix("--replay ")) == error.scenario


def test_messages_are_delivered_on_a_websocket():
    """The one in bytes is found."""
    with pytest.raises(ExchangeFailed) as caught:
        run_state_machine_as_test(exchange_machine(answers_text_with_bytes, "WS /"), settings=QUICK)
    assert caught.value.violation.rule == "WS-SEND-003"
    assert caught.value.scenario.actions[0].event["bytes"] is not None


def test_a_crash_is_blamed_on_what_is_unusual():
    """The absent client alone is left in the end; its rule is broken, and the application's exception is the cause."""
    with pytest.raises(ExchangeFailed) as caught:
        run_state_machine_as_test(exchange_machine(needs_client), settings=settings(QUICK, max_examples=300))
    assert caught.value.violation.rule in {"HTTP-SCOPE-025", "CORE-SCOPE-009"}
    assert isinstance(caught.value.__cause__, KeyError | TypeError)


def test_a_crash_on_a_plain_exchange_is_the_applications_own():
    """Unless crashes are let pass."""
    with pytest.raises(ZeroDivisionError):
        run_state_machine_as_test(exchange_machine(always_raises), settings=QUICK)
    run_state_machine_as_test(exchange_machine(always_raises, crashes=False), settings=settings(QUICK, max_examples=5))


def test_rules_can_be_ignored():
    """Then nothing is found."""
    quiet = exchange_machine(counts_wrongly, "POST /", ignore=["HTTP-SEM-008"])
    run_state_machine_as_test(quiet, settings=settings(QUICK, max_examples=10))


def begun(app, where):
    machine = ExchangeMachine()
    machine.grace = 0.2
    machine.begin(app, Scenario(scope=plain(parse_target(where)).finished(), name=where))
    return machine


def test_a_machine_can_be_led_by_hand():
    """Step by step, and it records the scenario."""
    machine = begun(honest, "POST /")
    machine.deliver_piece(b"a")
    machine.stall()
    machine.finish_body(b"b", sparse=True)
    assert not machine.connection.has_ended
    machine.resume()
    assert machine.connection.has_ended
    assert machine.connection.peer.answer.status == 200
    assert [type(action).__name__ for action in machine.scenario.actions] == ["Deliver", "Stall", "Deliver", "Resume"]
    assert machine.scenario.name == "POST /"
    machine.teardown()


def test_the_end_is_judged_too():
    """An application that does not notice that the client has left."""
    machine = begun(stays, "WS /")
    machine.leave("ignore", 1001)
    machine.no_rule_is_broken()
    with pytest.raises(ExchangeFailed, match="WS-DISC-009"):
        machine.teardown()
    assert machine.scenario.actions == (Leave("ignore", 1001),)


def test_a_machine_that_has_not_begun_has_no_connection():
    """And ends without doing anything."""
    machine = ExchangeMachine()
    machine.teardown()
    with pytest.raises(RuntimeError, match="has not begun"):
        _ = machine.connection


def test_what_is_no_place_is_refused():
    """At once."""
    with pytest.raises(ValueError, match="is no place"):
        exchange_machine(honest, "nowhere")
