"""The TLS extension of a scope (TLS extension 0.2)."""

from __future__ import annotations

from typing import Final

from asgikit.conformance.drawing import Choose

PEM: Final = "-----BEGIN CERTIFICATE-----\nMIIBATCBqQ==\n-----END CERTIFICATE-----\n"
"""What looks like a certificate: nothing in ASGI decodes it."""


def tls(choose: Choose) -> dict[str, object]:
    """What a server that offers the extension knows of a connection: much, or nothing."""
    found: dict[str, object] = {
        "server_cert": choose.one_of((None, PEM)),
        "tls_version": choose.one_of((0x0304, 0x0303, None)),
        "cipher_suite": choose.one_of((0x1301, 0xC02F, None)),
    }
    client = choose.below(4)
    if client == 1:
        found |= {"client_cert_chain": [], "client_cert_name": None, "client_cert_error": None}
    elif client == 2:
        found |= {"client_cert_chain": [PEM, PEM], "client_cert_name": "CN=client,O=Example", "client_cert_error": None}
    elif client == 3:
        found |= {
            "client_cert_chain": [],
            "client_cert_name": None,
            "client_cert_error": "unable to get local issuer certificate",
        }
    return found
