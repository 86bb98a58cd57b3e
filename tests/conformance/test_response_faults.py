"""Near-misses of applications."""

import pytest

from asgikit.conformance.drafts import parse_target, plain
from asgikit.conformance.drawing import drawn
from asgikit.conformance.machine import ended, opened, step
from asgikit.conformance.response_faults import ANSWER_FAULTS, MESSAGE_FAULTS, broken_answer
from asgikit.conformance.rules import catalogue
from tests.conformance.sampling import samples
from tests.conformance.test_scope_faults import PLACES, Nth

OPENINGS = {"http": "http.request", "websocket": "websocket.connect", "lifespan": "lifespan.startup"}


@pytest.mark.parametrize("type_", PLACES)
def test_each_value_of_each_fault_breaks_its_rule(type_):
    """In a message that is sound otherwise."""
    state, _ = opened(plain(parse_target(PLACES[type_])).finished())
    for message, fault in MESSAGE_FAULTS[type_]:
        assert catalogue()[fault.rule].level != "note"
        for index in range(len(fault.values)):
            broken = fault.in_(Nth(index), message)
            assert fault.rule in {finding.rule for finding in step(state, "send", broken)[1]}, broken


@pytest.mark.parametrize("type_", PLACES)
def test_each_faulty_answer_breaks_its_rule_alone(type_):
    """In its order, or by what is missing at the end."""
    for rule, messages in ANSWER_FAULTS[type_]:
        state, _ = opened(plain(parse_target(PLACES[type_])).finished())
        state, _ = step(state, "receive", {"type": OPENINGS[type_]})
        found = set()
        for message in messages:
            if message["type"] == "lifespan.shutdown.complete" and state.app == "running":
                state, _ = step(state, "receive", {"type": "lifespan.shutdown"})
            state, findings = step(state, "send", message)
            found |= {finding.rule for finding in findings}
        found |= {finding.rule for finding in ended(state)}
        assert rule in found, messages
        assert len({each for each in found if catalogue()[each].level != "note"}) == 1, messages


@pytest.mark.parametrize("where", PLACES.values())
def test_faulty_answers_are_of_both_kinds(where):
    """By their order and by a message; and nobody can change the tables through them."""
    target = parse_target(where)
    answers = samples(drawn(lambda choose: broken_answer(choose, target)), 60)
    orders = {rule for rule, _ in ANSWER_FAULTS[target.type]}
    assert {rule in orders for _, rule in answers} == {True, False}
    for messages, _ in answers:
        for message in messages:
            message.clear()
    assert all(message for _, messages in ANSWER_FAULTS[target.type] for message in messages)
