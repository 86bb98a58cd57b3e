"""The facts of a scope."""

from __future__ import annotations

import pytest

from asgikit.conformance.facts import Facts, facts_of, plain_facts

LINES = [[b"host", b"x"], [b"content-length", b"5"]]


def test_a_scope_gives_its_facts() -> None:
    """What messages depend on."""
    scope = {
        "type": "http",
        "method": "PUT",
        "http_version": "2",
        "asgi": {"spec_version": "2.3"},
        "extensions": {"tls": {}, "mine": {}},
        "subprotocols": ["a"],
        "headers": LINES,
    }
    assert facts_of(scope) == Facts("http", "PUT", "2", "2.3", frozenset({"tls", "mine"}), True, frozenset({"a"}), 5)


@pytest.mark.parametrize(
    "scope", [None, [], {}, {"type": 3, "asgi": [], "extensions": 3, "subprotocols": 3, "headers": 3, "method": b""}]
)
def test_a_malformed_scope_gives_defaults(scope: object) -> None:
    """The version is 2.0 where none is given."""
    assert facts_of(scope) == Facts("", "", "1.1", "2.0", frozenset(), False, frozenset(), None)


@pytest.mark.parametrize(
    "headers",
    [
        [[b"content-length", b"5"], [b"content-length", b"5"]],
        [[b"content-length", b"5"], [b"transfer-encoding", b"chunked"]],
        [[b"content-length", b"x"]],
        [[b"content-length", b"9" * 5000]],
        [[b"content-length"]],
        [3],
    ],
)
def test_a_length_counts_only_if_it_is_clear(headers: object) -> None:
    """Digits, once, and no transfer coding."""
    assert facts_of({"type": "http", "headers": headers}).length is None


def test_plain_facts_are_the_facts() -> None:
    """The short way gives what the long one gives."""
    scope = {"type": "http", "method": "GET", "http_version": "1.1", "asgi": {"version": "3.0"}, "headers": LINES}
    assert plain_facts(scope) == facts_of(scope)
