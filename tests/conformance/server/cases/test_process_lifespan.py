"""Startup, shutdown and state."""

import pytest

from asgikit.conformance.server.cases import process_lifespan
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "LIFE-SRV-001",
        "LIFE-SRV-002",
        "LIFE-SRV-003",
        "LIFE-SRV-007",
        "LIFE-STATE-003",
    ],
)
def test_a_broken_rule_is_found(rule, monkeypatch):
    """By the cases that look for it, on a server that breaks it and no other."""
    monkeypatch.setattr(process_lifespan, "END", 4.0)
    assert rule in found(process_lifespan, rule)
