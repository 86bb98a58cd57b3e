"""The scope as servers make it."""

import pytest

from asgikit.conformance.server.cases import http_scope
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP-SCOPE-005",
        "HTTP-SCOPE-006",
        "HTTP-SCOPE-018",
        "HTTP-SCOPE-028",
        "HTTP-SCOPE-030",
        "HTTP-SCOPE-012",
        "HTTP-SEM-025",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_scope, rule)
