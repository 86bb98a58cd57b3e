"""The search for scenarios that break a rule."""

import time

import pytest
from hypothesis import strategies as st

from asgikit.conformance.fuzzing import Budget, search
from asgikit.conformance.scenario import Deliver, Scenario
from asgikit.conformance.violations import Violation

NUMBERS = st.lists(st.integers(0, 1000), max_size=20).map(
    lambda values: Scenario(scope={"type": "http"}, actions=tuple(Deliver({"n": value}) for value in values))
)
BUDGET = Budget(examples=300, seconds=30)


def values(scenario):
    return [action.event["n"] for action in scenario.actions]


def breaking(**rules):
    """What is wrong: by rule, a test of the numbers."""

    def look(scenario):
        return [
            Violation(rule=rule.replace("_", " "), blame="app", message="")
            for rule, test in rules.items()
            if test(values(scenario))
        ]

    return look


def large(numbers):
    return any(number > 100 for number in numbers)


def long(numbers):
    return len(numbers) > 3


def test_what_is_found_is_small():
    """The least that breaks the rule."""
    (hit,) = search(NUMBERS, breaking(A=large), BUDGET)
    assert hit.violation.rule == "A"
    assert values(hit.scenario) == [101]


def test_one_defect_does_not_hide_another():
    """What was found is left out from then on."""
    hits = search(NUMBERS, breaking(A=large, B=long), BUDGET)
    assert {hit.violation.rule: values(hit.scenario) for hit in hits} == {"A": [101], "B": [0, 0, 0, 0]}


def test_what_is_known_is_not_found():
    """It was found elsewhere."""
    assert [hit.violation.rule for hit in search(NUMBERS, breaking(A=large, B=long), BUDGET, known=["A"])] == ["B"]


def test_a_right_application_has_no_hit():
    """After as many scenarios as there were to be."""
    told = []
    assert search(NUMBERS, breaking(), BUDGET, progress=told.append) == ()
    assert told[-1] >= 250
    assert told == sorted(told)


def test_a_search_can_be_repeated():
    """By its seed."""

    def tried(seed):
        seen = []
        search(NUMBERS, lambda scenario: seen.append(values(scenario)) or [], Budget(examples=50, seconds=30, seed=seed))
        return seen

    assert tried(1) == tried(1)
    assert tried(1) != tried(2)


def test_time_ends_a_search():
    """Also one that has found something, and makes it smaller."""

    def slowly(scenario):
        time.sleep(0.01)
        return breaking(A=long)(scenario)

    began = time.monotonic()
    search(NUMBERS, slowly, Budget(examples=10**6, seconds=0.3), known=["A"])
    assert time.monotonic() - began < 60


def test_a_failure_may_become_another_of_its_kind_while_it_shrinks():
    """What stands behind a space does not matter; the same one is not told twice."""
    hits = search(NUMBERS, breaking(crash_B=large, crash_A=lambda numbers: any(number > 50 for number in numbers)), BUDGET)
    assert [values(hit.scenario) for hit in hits] == [[51]]


@pytest.mark.parametrize("budget", [Budget(examples=0, seconds=5), Budget(examples=5, seconds=0)])
def test_no_budget_is_no_search(budget):
    """Nothing is tried."""
    assert search(NUMBERS, breaking(A=lambda _: True), budget) == ()
