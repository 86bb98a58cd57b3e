"""What passes between processes."""

import pickle

from asgikit.conformance.jobs import Failed, Loaded, is_frame, portable
from asgikit.conformance.report.model import Case, Finding
from asgikit.conformance.transcript import Step
from asgikit.conformance.violations import Violation


class Own(dict):
    """Of an application."""


def case(value):
    violation = Violation(rule="CORE-MSG-004", blame="app", message="m", exchange=(Step("send", {"value": value, "type": "x"}),))
    finding = Finding(violation=violation, where="GET /", case="plain")
    return Case(name="plain", where="GET /", rules=(), outcome="failed", findings=(finding,))


def test_plain_values_are_as_they_were():
    """Bytes, lists, dicts ..."""
    before = case([b"x", {"a": (1, None)}])
    assert portable(before) == before


def test_other_values_become_their_text():
    """What another process could not read."""
    for value in (lambda: None, Own(a=1), object()):
        after = portable(case(value))
        assert isinstance(after.findings[0].violation.exchange[0].message["value"], str)
        assert after.findings[0].violation.exchange[0].message["type"] == "x"
        assert pickle.loads(pickle.dumps(after)) == after


def test_a_frame_is_known():
    """Anything else may have come from the application."""
    assert is_frame(Loaded())
    assert is_frame(Failed("no module"))
    assert not is_frame({"done": 1})
    assert not is_frame(None)
