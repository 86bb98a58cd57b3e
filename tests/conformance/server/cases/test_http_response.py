"""Responses of applications that do nothing wrong."""

import pytest

from asgikit.conformance.server.cases import http_response
from tests.conformance.server.trying import found


@pytest.mark.parametrize(
    "rule",
    [
        "HTTP-RESP-007",
        "HTTP-RESP-008",
        "HTTP-RESP-009",
        "HTTP-RESP-015",
        "HTTP-RESP-016",
        "HTTP-RESP-025",
        "HTTP-SEM-012",
        "CORE-MSG-010",
    ],
)
def test_a_broken_rule_is_found(rule):
    """By the cases that look for it, on a server that breaks it and no other."""
    assert rule in found(http_response, rule)


def test_an_empty_piece_that_ends_a_body_is_told_from_pieces_that_are_lost():
    """It is one rule that is broken, not two."""
    assert found(http_response, "HTTP-RESP-025", "http-response-pieces") == {"HTTP-RESP-025"}
