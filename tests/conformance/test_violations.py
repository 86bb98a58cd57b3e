"""Violations as values."""

from __future__ import annotations

import pytest

from asgikit.conformance.rules import rule
from asgikit.conformance.violations import ConformanceError, Violation

VIOLATION = Violation(rule="HTTP-RESP-005", blame="app", message="the header name b'X' is not in lower case")


def test_a_violation_quotes_the_specification() -> None:
    """And has the level and the link of its rule."""
    assert VIOLATION.spec == rule("HTTP-RESP-005").quote
    assert "lowercased" in VIOLATION.spec
    assert VIOLATION.level == "must"
    assert VIOLATION.section == rule("HTTP-RESP-005").section
    assert VIOLATION.url == "docs/rules.md#http-resp-005"


def test_a_violation_in_one_line() -> None:
    """The id comes first."""
    assert str(VIOLATION) == "HTTP-RESP-005 (must, app): the header name b'X' is not in lower case"


def test_where_one_reads_on_is_there_for_every_reader() -> None:
    """On the web, and by a command: our documentation is not in their project."""
    assert VIOLATION.where.startswith("https://asgi.readthedocs.io/")
    assert VIOLATION.where.endswith(", or: python -m asgikit rules HTTP-RESP-005")
    assert "docs/" not in VIOLATION.where


def test_the_error_says_all_and_carries_the_violation() -> None:
    """It is an AssertionError, so that test runners show it as a failure."""
    with pytest.raises(AssertionError, match="HTTP-RESP-005") as caught:
        raise ConformanceError(VIOLATION)
    assert caught.type is ConformanceError
    assert VIOLATION.spec in str(caught.value)
    assert VIOLATION.where in str(caught.value)
    assert isinstance(caught.value, ConformanceError)
    assert caught.value.violation is VIOLATION
