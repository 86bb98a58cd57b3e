"""The methods of HTTP."""

from __future__ import annotations

import pytest

from asgikit.http.methods import known_method


@pytest.mark.parametrize(
    ("method", "shown"), [("GET", "GET"), ("QUERY", "QUERY"), ("get", "other"), ("X" * 99, "other"), ("", "other")]
)
def test_unknown_methods_are_one(method: str, shown: str) -> None:
    """Methods are case-sensitive (RFC 9110, 9.1)."""
    assert known_method(method, "other") == shown
