"""What a run comes to."""

import pytest

from asgikit.conformance.report.model import Report
from asgikit.conformance.report.verdict import by_rule, counted, exit_code, facts, failing, fails, headline, tally
from tests.conformance.report.samples import BROKEN, CLEAN, MUST, NOTE, SERVER, SHOULD, case, finding


@pytest.mark.parametrize(
    ("rule", "level", "verdict"),
    [
        (MUST, "must", True),
        (MUST, "should", True),
        (SHOULD, "must", False),
        (SHOULD, "should", True),
        (NOTE, "must", False),
        (NOTE, "should", False),
        (NOTE, "note", False),
    ],
)
def test_a_level_says_what_fails(rule, level, verdict):
    """It or a stronger one; a note never does."""
    assert fails(finding(rule), level) is verdict


def report(*cases):
    return Report(target="x:y", kind="application", cases=cases)


def test_the_exit_code_says_how_it_went():
    """0 clean, 1 violations, 3 when a case crashed, for then nobody knows."""
    assert exit_code(CLEAN) == 0
    assert exit_code(SERVER) == 1
    assert exit_code(BROKEN) == 3
    assert exit_code(report(case(finding(SHOULD), outcome="failed")), "must") == 0
    assert exit_code(report(case(finding(NOTE), outcome="failed"))) == 0
    assert exit_code(report(case(outcome="skipped"))) == 0


def test_failing_findings_are_those_of_the_level():
    """In the order of the cases."""
    assert [each.violation.rule for each in failing(BROKEN)] == [MUST, SHOULD, MUST]
    assert [each.violation.rule for each in failing(BROKEN, "must")] == [MUST, MUST]


def test_findings_are_told_by_rule():
    """The strongest first, however they were found."""
    groups = by_rule(reversed(BROKEN.findings))
    assert [(group[0].violation.rule, len(group)) for group in groups] == [(MUST, 2), (SHOULD, 1), (NOTE, 1)]


def test_findings_are_counted_by_level():
    """Every level has its number."""
    assert tally(BROKEN.findings) == {"must": 2, "should": 1, "note": 1}
    assert tally(()) == {"must": 0, "should": 0, "note": 0}


def test_the_headline_counts_rules_not_findings():
    """One bug in ten places is one rule."""
    assert headline(BROKEN) == "2 rules broken: 1 must, 1 should; 1 case crashed or hung."
    assert headline(BROKEN, "must") == "1 rule broken: 1 must; 1 case crashed or hung."
    assert headline(CLEAN) == "No rule broken."


def test_the_facts_are_what_was_done():
    """A seed only where there was one."""
    assert facts(BROKEN) == ("6 cases", "1 skipped", "1,284 exchanges", "4.2 s", "seed 7")
    assert facts(SERVER) == ("1 case", "0.0 s")


@pytest.mark.parametrize(("number", "text"), [(0, "0 cases"), (1, "1 case"), (2000, "2,000 cases")])
def test_things_are_counted_in_words(number, text):
    """With the right ending."""
    assert counted(number, "case") == text
