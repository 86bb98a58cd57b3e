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
        "HTTP-DISC-008",
        "HTTP-DISC-010",
        "CANCEL-004",
        "VER-004",
        "VER-006",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_leaving, rule)


DECLARED = {"VER-004", "VER-006", "HTTP-DISC-008"}


@pytest.mark.parametrize(
    ("broken", "rule"),
    [("VER-004", "VER-004"), ("CORE-ERR-006", "VER-004"), ("VER-006", "VER-006"), ("HTTP-DISC-008", "HTTP-DISC-008")],
)
def test_what_send_owes_a_client_that_has_left_is_one_finding(broken, rule):
    """Nothing, no OSError, one that was not declared, or one of no class of its own."""
    assert found(http_leaving, broken, "http-leaves-sending") & DECLARED == {rule}
