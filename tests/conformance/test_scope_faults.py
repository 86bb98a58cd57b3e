"""Near-misses of servers."""

import anyio
import pytest

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.driver import drive
from asgikit.conformance.machine import opened
from asgikit.conformance.rules import catalogue
from asgikit.conformance.scenario import Deliver, Scenario
from asgikit.conformance.scope_faults import EVENT_FAULTS, SCOPE_FAULTS

pytestmark = pytest.mark.virtual_time

PLACES = {"http": "GET /", "websocket": "WS /", "lifespan": "lifespan"}


class Nth:
    """Chooses the nth value."""

    def __init__(self, index):
        self.index = index

    def one_of(self, items):
        return items[self.index]


@pytest.mark.parametrize("type_", PLACES)
def test_each_value_of_each_fault_breaks_its_rule_alone(type_):
    """And no other, but for notes."""
    scope = plain(parse_target(PLACES[type_])).finished()
    for fault in SCOPE_FAULTS[type_]:
        for index in range(len(fault.values)):
            broken = fault.in_(Nth(index), scope)
            rules = {finding.rule for finding in opened(broken)[1] if catalogue()[finding.rule].level != "note"}
            assert rules == {fault.rule}, broken


async def listening(scope, receive, send):
    """Receives what there is, and answers as late as it can."""
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    for _ in range(3):
        if "disconnect" in str((await receive()).get("type")):
            return


@pytest.mark.parametrize("type_", PLACES)
async def test_each_faulty_event_breaks_its_rule(type_):
    """By the server's fault."""
    scope = plain(parse_target(PLACES[type_])).finished()
    for before, event, fault in EVENT_FAULTS[type_]:
        for index in range(len(fault.values)):
            broken = fault.in_(Nth(index), event)
            actions = tuple(map(Deliver, (*before, broken)))
            with anyio.fail_after(20):
                found = await drive(listening, Scenario(scope=scope, actions=actions), patience=0.01, grace=0.02)
            assert fault.rule in {violation.rule for violation in found.violations if violation.blame == "server"}, broken
