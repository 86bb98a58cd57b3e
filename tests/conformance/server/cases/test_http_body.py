"""Bodies, cut and framed in all ways."""

import pytest

from asgikit.conformance.server.cases import http_body
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP-REQ-008",
        "HTTP-REQ-011",
        "HTTP-REQ-012",
        "HTTP-REQ-014",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_body, rule)


def test_a_body_that_never_comes_is_found():
    """A request without one has an event, too."""
    assert "HTTP-REQ-001" in found(http_body, "HTTP-REQ-001", "http-no-body")
