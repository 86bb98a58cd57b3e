"""One-shot iterables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgikit.conformance.replaying import anew, listed

PAIRS = [(b"a", b"b"), (b"c", b"d")]


def test_what_can_be_read_twice_is_left_alone() -> None:
    """Lists and tuples, and keys that are not there."""
    assert listed({"headers": PAIRS, "links": (b"x",), "client": ("h", 1), "subprotocols": []}) is None
    assert listed({}) is None


def test_an_iterator_is_read_into_a_list_and_comes_out_as_an_iterator() -> None:
    """With the same items of the same kinds."""
    message: dict[str, Any] = {"headers": iter(PAIRS), "links": (link for link in [b"x"]), "status": 200}
    changed = listed(message)
    assert changed == {"headers": PAIRS, "links": [b"x"], "status": 200}
    for _ in range(2):
        fresh: dict[str, Any] = anew(message, changed)
        assert isinstance(fresh["headers"], Iterator)
        assert [*fresh["headers"]] == PAIRS
        assert [*fresh["links"]] == [b"x"]
        assert fresh["status"] == 200


def test_pairs_that_are_iterators_stay_iterators() -> None:
    """And their neighbours stay tuples."""
    message: dict[str, Any] = {"headers": [iter((b"a", b"b")), (b"c", b"d")]}
    changed: dict[str, Any] | None = listed(message)
    assert changed is not None
    assert [tuple(pair) for pair in changed["headers"]] == PAIRS
    first, second = anew(message, changed)["headers"]  # type: ignore[misc]  # a list of two
    assert isinstance(first, Iterator)
    assert tuple(first) == PAIRS[0]
    assert second is message["headers"][1]


def test_a_chain_of_certificates_is_found() -> None:
    """It lies in the TLS extension."""
    message: dict[str, Any] = {"extensions": {"x": {}, "tls": {"client_cert_chain": iter(["PEM"]), "tls_version": 772}}}
    changed = listed(message)
    assert changed == {"extensions": {"x": {}, "tls": {"client_cert_chain": ["PEM"], "tls_version": 772}}}
    fresh: dict[str, Any] = anew(message, changed)
    assert isinstance(fresh["extensions"]["tls"]["client_cert_chain"], Iterator)
    assert [*fresh["extensions"]["tls"]["client_cert_chain"]] == ["PEM"]
