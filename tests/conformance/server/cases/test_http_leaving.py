"""Clients that leave."""

import pytest

from asgikit.conformance.server.cases import http_leaving
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP-DISC-001",
        "HTTP-DISC-002",
        "HTTP-DISC-004",
        "HTTP-DISC-010",
        "CANCEL-004",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_leaving, rule)
