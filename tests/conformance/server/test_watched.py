"""What the checker around the probe has seen."""

from asgikit.conformance.server.case import ServerCase
from asgikit.conformance.server.probelog import Record
from asgikit.conformance.server.watched import watched

CASE = ServerCase("trial", (), "http/1.1", lambda _: None)


def call(token, kind="http"):
    return CASE, Record(token, "call", 1, 0.0, {"scope": {"type": kind}})


def violation(token, rule, steps=1, blame="server"):
    values = {"rule": rule, "blame": blame, "message": "so it is", "steps": [["receive", {"type": "x"}]] * steps}
    return CASE, Record(token, "violation", 1, 0.0, values)


def findings(*records):
    return {(case.name, finding.violation.rule): finding for case in watched(records) for finding in case.findings}


def test_a_rule_is_reported_once_with_the_smallest_exchange():
    """And how often it was broken."""
    found = findings(call("a-1"), violation("a-1", "HTTP-SCOPE-011", 3), call("a-2"), violation("a-2", "HTTP-SCOPE-011", 1))
    [finding] = found.values()
    assert (finding.count, len(finding.violation.exchange), finding.case, finding.where) == (2, 1, "trial", "http")


def test_each_type_of_scope_has_a_case():
    """Passed where nothing was seen, and where there are notes alone."""
    cases = {case.name: case for case in watched([call("a-1", "websocket"), violation("a-1", "WS-SCOPE-005")])}
    assert {name: case.outcome for name, case in cases.items()} == {
        "watched-http": "passed",
        "watched-websocket": "failed",
        "watched-lifespan": "passed",
    }
    assert "WS-SCOPE-005" in cases["watched-websocket"].rules
    [noted] = [case for case in watched([call("a-1"), violation("a-1", "CORE-MSG-009")]) if case.findings]
    assert noted.outcome == "passed"


def test_what_follows_an_application_at_fault_is_left_to_the_cases():
    """A server that is told nonsense may do what the checker does not expect."""
    broken = [call("a-1"), violation("a-1", "HTTP-RESP-003", blame="app"), violation("a-1", "HTTP-REQ-005")]
    assert findings(*broken) == {}
    assert findings(*broken, call("a-1"), violation("a-1", "HTTP-REQ-005"))
