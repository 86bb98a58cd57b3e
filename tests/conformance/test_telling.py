"""Violations told to a person."""

from __future__ import annotations

from asgikit.conformance import Step, Violation
from asgikit.conformance.telling import told


def test_a_violation_is_told_with_its_sentence_and_its_exchange() -> None:
    """Everything that is needed to repair it, without a search."""
    steps = (Step("call", {"type": "http", "method": "GET", "path": "/"}), Step("send", {"type": "http.response.body"}))
    text = told([Violation(rule="HTTP-RESP-001", blame="app", message="no start", exchange=steps)])
    assert text.startswith("HTTP-RESP-001 (must, app): no start\n")
    assert "asgikit rules HTTP-RESP-001" in text
    assert ">   2 <-- http.response.body" in text


def test_several_are_told_one_behind_the_other() -> None:
    """With a line between them."""
    violation = Violation(rule="HTTP-RESP-001", blame="app", message="no start")
    assert told([violation, violation]).count("HTTP-RESP-001 (must, app): no start") == 2
    assert "\n\n" in told([violation, violation])
