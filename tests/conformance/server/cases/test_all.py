"""All cases together."""

from asgikit.conformance.rules import catalogue
from asgikit.conformance.server.cases.all import CASES


def test_names_are_unique():
    """A token begins with the name of its case, and reports are keyed by it."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_every_rule_of_a_case_is_in_the_catalogue_and_binds_servers():
    """A finding of any other could not be shown, or would blame the wrong party."""
    assert [rule for case in CASES for rule in case.rules if "server" not in catalogue()[rule].binds] == []


def test_every_case_says_what_it_does():
    """In the docstring of its function, or of the one that it is made of."""
    assert [case.name for case in CASES if not getattr(case.run, "__doc__", "") and not hasattr(case.run, "func")] == []


UNTRIED = {"CORE-APP-009", "HTTP-RESP-012", "WS-RECV-011", "LIFE-SCOPE-004", "CANCEL-003"}
"""Rules that say that nothing is required."""


def test_every_rule_that_needs_a_server_has_a_case():
    """But for those of which the text leaves nothing to check."""
    rules = {rule.id for rule in catalogue().values() if "server" in rule.binds and "server" in rule.checks}
    missing = rules - {rule for case in CASES for rule in case.rules} - UNTRIED
    assert {rule for rule in missing if not rule.startswith("WS-")} == set()
