"""Drives an application through one scenario."""

import anyio
import pytest

from asgikit.conformance.driver import drive
from asgikit.conformance.scenario import Cancel, Deliver, Leave, Once, Resume, Scenario, Stall
from tests.conformance.sample_apps import END, HTTP, LIFESPAN, PIECE, START, WEBSOCKET, deaf, endless, piece, right, slow, text


async def driven(app, scope=HTTP, *actions, **options):
    return await drive(app, Scenario(scope=scope, actions=actions), grace=0.5, **{"patience": 0.2, **options})


def rules(result) -> set[str]:
    return {violation.rule for violation in result.violations if violation.level != "note"}


@pytest.mark.parametrize(
    ("scope", "actions"),
    [
        (HTTP, ()),
        (HTTP, (piece(b"a", more=True), piece(b"b"))),
        (HTTP, (piece(b"a", more=True), Leave())),
        (HTTP, (piece(b"a", more=True), Leave("ignore"))),
        (HTTP, (piece(b"a", more=True), Cancel())),
        (HTTP, (Leave(),)),
        (HTTP, (Stall(), piece(), Resume())),
        (HTTP, (Stall(), piece(), Leave("ignore"))),
        (WEBSOCKET, ()),
        (WEBSOCKET, (text("a"), text("b"), Leave(code=1000))),
        (WEBSOCKET, (Deliver({"type": "websocket.connect"}), text("a"))),
        (WEBSOCKET, (Stall(), Leave())),
        (LIFESPAN, ()),
        (LIFESPAN, (Deliver({"type": "lifespan.shutdown"}),)),
        (LIFESPAN, (Deliver({"type": "lifespan.startup"}), Deliver({"type": "lifespan.shutdown"}))),
    ],
)
async def test_a_right_application_breaks_nothing(scope, actions):
    """And neither does the driver: what it plays is legal."""
    result = await driven(right, scope, *actions)
    assert result.violations == ()
    assert result.outcome in {"returned", "cancelled"} or isinstance(result.error, OSError)


async def test_a_drive_tells_what_was_sent():
    """The status, the messages, the steps."""
    result = await driven(right, HTTP, piece(b"abc"))
    assert (result.status, result.complete, result.size, result.stopped_by) == (200, True, 3, "itself")
    assert [message["type"] for message in result.sent] == ["http.response.start", "http.response.body"]
    assert [step.kind for step in result.steps] == ["call", "receive", "send", "send", "return"]
    assert result.error is None


async def test_a_request_without_events_has_an_empty_body():
    """At least one http.request, even with no body (www, Request)."""
    result = await driven(right)
    assert (result.status, result.size) == (200, len(b"hello"))


async def test_a_scenario_can_be_driven_again():
    """One-shot iterators are made anew, and state is not shared."""

    async def app(scope, receive, send):
        scope["state"]["seen"] = scope["state"].get("seen", 0) + len(list(scope["headers"]))
        await send({**START, "status": 200 + scope["state"]["seen"]})
        await send(END)

    scenario = Scenario(scope={**HTTP, "headers": Once(([b"a", b"b"],))})
    statuses = [(await drive(app, scenario)).status for _ in range(3)]
    assert statuses == [201, 201, 201]


async def test_state_is_put_where_the_scope_has_one():
    """A copy of what a lifespan has left."""
    state = {"db": object()}
    seen = []

    async def app(scope, receive, send):
        seen.append(scope.get("state"))

    await driven(app, HTTP, state=state)
    await driven(app, {key: value for key, value in HTTP.items() if key != "state"}, state=state)
    assert seen == [state, None]
    assert seen[0] is not state


async def test_what_the_client_does_first_is_done_before_the_call():
    """A client can be gone when the application starts."""

    async def app(scope, receive, send):
        await send(START)

    result = await driven(app, HTTP, Leave())
    assert (result.outcome, result.stopped_by, result.sent) == ("raised", "disconnect", ())
    assert isinstance(result.error, OSError)


@pytest.mark.parametrize("sends", ["raise", "ignore"])
async def test_an_endless_response_is_left(sends):
    """In both ways: where send() raises, the stream ends by that."""
    result = await driven(endless, HTTP, piece(), Leave(sends))
    assert result.outcome == ("raised" if sends == "raise" else "hung")
    assert rules(result) == (set() if sends == "raise" else {"HTTP-DISC-007"})


async def test_an_application_that_takes_no_cancellation_is_hung():
    """It is stopped by force."""
    result = await driven(deaf)
    assert (result.outcome, result.stopped_by) == ("hung", "force")


async def test_rules_can_be_ignored():
    """Those of the driver too."""
    result = await driven(endless, HTTP, piece(), Leave("ignore"), ignore=["HTTP-DISC-007"])
    assert rules(result) == set()


async def test_one_violation_of_a_rule_is_enough():
    """Each rule and party once, however often it is broken."""

    async def app(scope, receive, send):
        await send({**START, "headers": [(b"A", b"x")]})
        for _ in range(5):
            await send({**PIECE, "body": "text"})
        await send(END)

    found = [violation.rule for violation in (await driven(app)).violations]
    assert len(found) == len(set(found))
    assert {"HTTP-RESP-005", "HTTP-RESP-013"} <= set(found)


@pytest.mark.virtual_time
async def test_a_quick_application_is_driven_quickly():
    """No fixed waits: but for the work itself, a thousand exchanges take seconds at most."""
    began = anyio.current_time()
    for _ in range(50):
        await driven(right, HTTP, piece(b"a", more=True), piece(b"b"))
    assert anyio.current_time() - began < 0.1


async def test_an_application_that_works_is_waited_for():
    """Its answer comes within our patience."""
    assert (await driven(slow, HTTP, patience=5.0)).complete
