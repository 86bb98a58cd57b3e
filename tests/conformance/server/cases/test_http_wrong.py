"""Applications whose responses are wrong."""

import pytest

from asgikit.conformance.server.cases import http_wrong
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "CORE-ERR-007",
        "HTTP-RESP-018",
        "HTTP-RESP-021",
        "HTTP-RESP-022",
        "HTTP-SEM-017",
        "HTTP-SEM-018",
        "HTTP-SEM-023",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_wrong, rule)


def test_a_hang_is_found():
    """By the first case that waits for it."""
    assert "HTTP-RESP-023" in found(http_wrong, "HTTP-RESP-023", "http-wrong-no-response")
