"""What passes between processes."""

import pickle

from asgikit.conformance.battery import Explored
from asgikit.conformance.jobs import portable
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import Violation


class Own(dict):
    """Of an application."""


def explored(value):
    violation = Violation(rule="CORE-MSG-004", blame="app", message="m", exchange=(Step("send", {"value": value, "type": "x"}),))
    finding = Finding(violation=violation, where="GET /", case="plain")
    return Explored(cases=(Case(name="plain", where="GET /", rules=(), outcome="failed", findings=(finding,)),), exchanges=3)


def test_plain_values_are_as_they_were():
    """Bytes, lists, dicts ..."""
    before = explored([b"x", {"a": (1, None)}])
    assert portable(before) == before


def test_other_values_become_their_text():
    """What another process could not read."""
    for value in (lambda: None, Own(a=1), object()):
        after = portable(explored(value))
        assert isinstance(after.findings[0].violation.exchange[0].message["value"], str)
        assert after.findings[0].violation.exchange[0].message["type"] == "x"
        assert pickle.loads(pickle.dumps(after)) == after
