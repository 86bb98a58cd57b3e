"""A run as a value."""

from __future__ import annotations

from asgikit.conformance.report.model import Case, Finding, Report
from asgikit.conformance.violations import Violation


def finding(rule: str) -> Finding:
    return Finding(violation=Violation(rule=rule, blame="app", message=""), where="GET /", case="fuzz")


def test_the_findings_of_a_run_are_those_of_its_cases_in_order() -> None:
    """None is counted twice."""
    first, second, third = (finding(f"HTTP-RESP-00{number}") for number in (1, 2, 3))
    cases = (
        Case(name="a", where="GET /", rules=(), outcome="failed", findings=(first, second)),
        Case(name="b", where="GET /", rules=(), outcome="passed"),
        Case(name="c", where="GET /", rules=(), outcome="failed", findings=(third,)),
    )
    assert Report(target="m:app", kind="application", cases=cases).findings == (first, second, third)
