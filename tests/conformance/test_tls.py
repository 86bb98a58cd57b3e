"""The TLS extension."""

from __future__ import annotations

from typing import Any

import pytest

from asgikit.conformance.tls import tls_findings

PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
PLAIN: dict[str, Any] = {"server_cert": None, "tls_version": 0x0304, "cipher_suite": 0x1301}


def rules(scheme: object = "https", **more: Any) -> list[str]:
    return [finding.rule for finding in tls_findings({**PLAIN, **more}, scheme)]


def test_the_least_and_the_most_are_fine() -> None:
    """Three keys have to be there, each may be None."""
    assert rules() == []
    assert rules(tls_version=None, cipher_suite=None) == []
    assert rules("wss", server_cert=PEM, client_cert_chain=[PEM, PEM], client_cert_name="", client_cert_error="expired") == []
    assert rules(client_cert_name="CN=x") == []


@pytest.mark.parametrize("key", ["server_cert", "tls_version", "cipher_suite"])
def test_three_keys_are_mandatory(key: str) -> None:
    """None has to be said."""
    assert len([*tls_findings({name: value for name, value in PLAIN.items() if name != key}, "https")]) == 1


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"server_cert": b"PEM"}, "EXT-TLS-002"),
        ({"server_cert": "DER"}, "EXT-TLS-002"),
        ({"tls_version": "TLSv1.3"}, "EXT-TLS-003"),
        ({"tls_version": True}, "EXT-TLS-003"),
        ({"cipher_suite": 0x10000}, "EXT-TLS-004"),
        ({"cipher_suite": "AES"}, "EXT-TLS-004"),
        ({"client_cert_chain": PEM}, "EXT-TLS-005"),
        ({"client_cert_chain": [b"x"], "client_cert_name": ""}, "EXT-TLS-005"),
        ({"client_cert_chain": [PEM]}, "EXT-TLS-006"),
        ({"client_cert_name": b"CN"}, "EXT-TLS-006"),
        ({"client_cert_error": ""}, "EXT-TLS-007"),
        ({"client_cert_error": 3}, "EXT-TLS-007"),
    ],
)
def test_each_key_has_its_rule(more: dict[str, Any], rule: str) -> None:
    """Of type and of form."""
    assert rules(**more) == [rule]


@pytest.mark.parametrize("scheme", ["http", "ws"])
def test_a_plain_connection_has_no_tls(scheme: str) -> None:
    """The extension is forbidden there."""
    assert rules(scheme) == ["EXT-TLS-001"]
