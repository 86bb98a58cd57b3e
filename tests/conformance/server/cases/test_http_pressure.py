"""Back-pressure both ways."""

import pytest

from asgikit.conformance.server.cases import http_pressure
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP-RESP-026",
        "HTTP-REQ-015",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_pressure, rule)
