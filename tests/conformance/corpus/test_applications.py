"""The kit under applications and middleware that are wrong, each in one way, and under those that are only unusual."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from asgikit.conformance.battery import Options, run_battery
from asgikit.conformance.driver import drive
from asgikit.conformance.middleware import check_middleware
from asgikit.conformance.rules import catalogue
from asgikit.conformance.violations import Violation
from tests.conformance.corpus import (
    battery_legal,
    battery_legal_others,
    battery_wrong,
    battery_wrong_others,
    legal_behaviour,
    legal_extensions,
    legal_lifespan,
    legal_response,
    legal_tasks,
    legal_websocket,
    middleware_legal,
    middleware_legal_calls,
    middleware_wrong,
    middleware_wrong_messages,
    wrong_behaviour,
    wrong_called,
    wrong_core,
    wrong_extensions,
    wrong_lifespan,
    wrong_response,
    wrong_tasks,
    wrong_websocket,
)
from tests.conformance.corpus.model import (
    Legal,
    LegalMiddleware,
    LegalUnderBattery,
    Wrong,
    WrongMiddleware,
    WrongUnderBattery,
)

WRONG = [
    *wrong_called.CASES,
    *wrong_core.CASES,
    *wrong_response.CASES,
    *wrong_websocket.CASES,
    *wrong_lifespan.CASES,
    *wrong_extensions.CASES,
    *wrong_behaviour.CASES,
    *wrong_tasks.CASES,
]
LEGAL = [
    *legal_response.CASES,
    *legal_websocket.CASES,
    *legal_lifespan.CASES,
    *legal_extensions.CASES,
    *legal_behaviour.CASES,
    *legal_tasks.CASES,
]
WRONG_UNDER_BATTERY = [*battery_wrong.CASES, *battery_wrong_others.CASES]
LEGAL_UNDER_BATTERY = [*battery_legal.CASES, *battery_legal_others.CASES]
WRONG_MIDDLEWARE = [*middleware_wrong.CASES, *middleware_wrong_messages.CASES]
LEGAL_MIDDLEWARE = [*middleware_legal.CASES, *middleware_legal_calls.CASES]

BROKEN = {case.rule for case in WRONG} | {case.rule for case in WRONG_UNDER_BATTERY} | {case.rule for case in WRONG_MIDDLEWARE}

NO_CASE = {
    "CORE-APP-008": "an illegal sequence is reported by the rule of the sequence, whichever tasks sent it",
    "CORE-MW-003": "the rule that breaks is reported, with the blame on the middleware",
    "WSGI-001": "an adapter is checked by a WSGI application inside, which no scenario has",
    "WSGI-002": "the same",
    "WSGI-003": "the same",
    "WSGI-004": "the same",
    "WSGI-005": "the same",
}
"""Rules that bind applications or middleware and can be checked in process, of which there is no wrong one here."""


def beside(violations: Iterable[Violation], blame: str, allowed: frozenset[str]) -> list[str]:
    """What would fail a run and is none of these rules, or blamed on somebody else."""
    serious = [violation for violation in violations if violation.level != "note"]
    return [str(violation) for violation in serious if violation.blame != blame or violation.rule not in allowed]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
async def test_a_wrong_application_is_caught(case: Wrong, anyio_backend_name: str) -> None:
    """With the rule that it breaks and the blame on it; nothing else is said but what goes with it."""
    if case.asyncio_only and anyio_backend_name != "asyncio":
        pytest.skip("Trio has no tasks that outlive their nursery")
    done = await drive(case.app, case.scenario, grace=0.3 if case.hangs else 5.0)
    assert (case.rule, case.blame) in {(violation.rule, violation.blame) for violation in done.violations}
    assert beside(done.violations, case.blame, case.also | {case.rule}) == []


@pytest.mark.parametrize("case", LEGAL, ids=lambda case: case.name)
async def test_a_legal_application_is_left_alone(case: Legal) -> None:
    """Nothing is reported but notes."""
    done = await drive(case.app, case.scenario, grace=5.0)
    assert beside(done.violations, "nobody", frozenset()) == []


@pytest.mark.parametrize("case", WRONG_UNDER_BATTERY, ids=lambda case: case.name)
async def test_the_battery_finds_what_plain_requests_do_not(case: WrongUnderBattery) -> None:
    """With the rule that is broken; nothing else is said but what goes with it."""
    found = [finding.violation for finding in (await run_battery(case.app, case.where, Options(grace=case.grace))).findings]
    assert (case.rule, "app") in {(violation.rule, violation.blame) for violation in found}
    assert beside(found, "app", case.also | {case.rule}) == []


@pytest.mark.parametrize("case", LEGAL_UNDER_BATTERY, ids=lambda case: case.name)
async def test_the_battery_leaves_a_legal_application_alone(case: LegalUnderBattery) -> None:
    """Nothing is reported but notes."""
    found = [finding.violation for finding in (await run_battery(case.app, case.where)).findings]
    assert beside(found, "nobody", frozenset()) == []


@pytest.mark.parametrize("case", WRONG_MIDDLEWARE, ids=lambda case: case.name)
async def test_a_wrong_middleware_is_caught(case: WrongMiddleware) -> None:
    """With the rule that it breaks and the blame on it, not on the application inside; nothing else is said."""
    found = await check_middleware(case.wrap, grace=case.grace)
    assert (case.rule, "middleware") in {(violation.rule, violation.blame) for violation in found}
    assert beside(found, "middleware", case.also | {case.rule}) == []


@pytest.mark.parametrize("case", LEGAL_MIDDLEWARE, ids=lambda case: case.name)
async def test_a_legal_middleware_is_left_alone(case: LegalMiddleware) -> None:
    """Nothing is reported but notes."""
    assert beside(await check_middleware(case.wrap), "nobody", frozenset()) == []


def test_the_corpus_is_large_enough_and_named_once() -> None:
    """As many cases as were promised, and each can be found by its name."""
    wrong = [[case.name for case in cases] for cases in (WRONG, WRONG_UNDER_BATTERY, WRONG_MIDDLEWARE)]
    legal = [[case.name for case in cases] for cases in (LEGAL, LEGAL_UNDER_BATTERY, LEGAL_MIDDLEWARE)]
    for names, least in zip((*wrong, *legal), (450, 70, 35, 330, 45, 25), strict=True):
        assert len(names) >= least
        assert len(set(names)) == len(names)
    assert len(BROKEN) >= 120
    assert set(catalogue()) >= BROKEN


def test_every_rule_that_an_application_can_break_is_broken() -> None:
    """By one application or middleware at least, but for the few that are named with the reason."""
    bound = {
        rule.id
        for rule in catalogue().values()
        if {"app", "middleware"} & set(rule.binds) and {"passive", "driven"} & set(rule.checks)
    }
    assert bound - BROKEN == set(NO_CASE)
