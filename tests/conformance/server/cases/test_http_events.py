"""Events that no application may send."""

import pytest

from asgikit.conformance.server.cases import http_events
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "CORE-ERR-001",
        "HTTP-RESP-027",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_events, rule)
