"""Fuzzes one place of an application."""

import pytest
from hypothesis import strategies as st

from asgikit.conformance.battery import Options
from asgikit.conformance.fuzz import Task, fuzz
from asgikit.conformance.fuzzing import Budget
from asgikit.conformance.scenario import Cancel, Scenario
from tests.conformance.sample_apps import HTTP, LIFESPAN, START, piece, read, right

PLAIN = Scenario(scope=HTTP, actions=(piece(),))
NO_CLIENT = Scenario(
    scope={key: value for key, value in HTTP.items() if key != "client"}, actions=(piece(),), marks=("CORE-SCOPE-009",)
)


def task(*scenarios, **changes):
    made = st.sampled_from(scenarios)
    usual = {"where": "GET /", "scenarios": made, "budget": Budget(examples=40, seconds=20), "plain": PLAIN}
    return Task(**{**usual, **changes})


async def fuzzed(app, *scenarios, **changes):
    return await fuzz(app, task(*scenarios, **changes), Options(grace=0.3))


async def needs_client(scope, receive, send):
    scope["client"][0]
    await right(scope, receive, send)


async def test_a_right_application_passes():
    """With all that was driven counted."""
    explored = await fuzzed(right, PLAIN, NO_CLIENT)
    assert explored.findings == explored.warnings == ()
    assert [case.outcome for case in explored.cases] == ["passed"]
    assert explored.exchanges >= 2


async def test_a_failure_is_blamed_on_what_is_unusual():
    """The rule that the smallest scenario is marked with."""
    explored = await fuzzed(needs_client, PLAIN, NO_CLIENT)
    (finding,) = explored.findings
    assert finding.violation.rule == "CORE-SCOPE-009"
    assert "raised KeyError('client') for a legal exchange" in finding.violation.message
    assert (finding.case, finding.where, finding.scenario) == ("fuzz", "GET /", NO_CLIENT)
    assert explored.cases[0].outcome == "failed"


@pytest.mark.parametrize("marks", [(), ("CORE-SCOPE-009", "HTTP-SCOPE-025")])
async def test_a_failure_that_no_single_rule_explains_is_a_warning(marks):
    """An application may fail for reasons of its own."""
    odd = Scenario(scope={key: value for key, value in HTTP.items() if key != "client"}, actions=(piece(),), marks=marks)
    explored = await fuzzed(needs_client, PLAIN, odd)
    assert explored.findings == ()
    assert len(explored.warnings) == 1
    assert "KeyError" in explored.warnings[0]
    assert (await fuzzed(needs_client, PLAIN, odd, known=frozenset(marks))).warnings == (() if marks else explored.warnings)


async def test_who_fails_the_plain_request_is_not_judged():
    """Nor without one."""

    async def fails(scope, receive, send):
        raise ValueError

    assert (await fuzzed(fails, PLAIN, NO_CLIENT)).findings == ()
    assert (await fuzzed(needs_client, NO_CLIENT, plain=None)).findings == ()


async def test_broken_rules_are_found_and_known_ones_left_out():
    """Passive rules as well."""

    async def wrong(scope, receive, send):
        await read(receive)
        await send({**START, "headers": [(b"Upper", b"x")]})
        await send({"type": "http.response.body"})

    found = {each.violation.rule for each in (await fuzzed(wrong, PLAIN)).findings}
    assert "HTTP-RESP-005" in found
    assert "HTTP-RESP-005" not in {
        each.violation.rule for each in (await fuzzed(wrong, PLAIN, known=frozenset({"HTTP-RESP-005"}))).findings
    }


async def test_a_lifespan_that_needs_state_may_say_so():
    """By startup.failed (lifespan, Lifespan State)."""

    async def needs_state(scope, receive, send):
        await receive()
        if "state" not in scope:
            await send({"type": "lifespan.startup.failed"})
            raise RuntimeError
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    plain = Scenario(scope=LIFESPAN)
    without = Scenario(scope={key: value for key, value in LIFESPAN.items() if key != "state"}, marks=("LIFE-STATE-006",))
    assert (await fuzzed(needs_state, plain, without, plain=plain, where="lifespan")).findings == ()


async def test_a_cancelled_lifespan_may_say_that_it_failed():
    """The text has nothing on that."""

    async def tells(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        try:
            await receive()
        except BaseException:
            await send({"type": "lifespan.shutdown.failed"})
            raise

    plain = Scenario(scope=LIFESPAN)
    cancelled = Scenario(scope=LIFESPAN, actions=(Cancel(),), marks=("CANCEL-001",))
    rules = {each.violation.rule for each in (await fuzzed(tells, cancelled, plain=plain, where="lifespan")).findings}
    assert "LIFE-ORD-003" not in rules
