"""The TLS extension of a scope."""

from asgikit.conformance.drawing import drawn
from asgikit.conformance.tls import tls_findings
from asgikit.conformance.tls_strategies import tls
from tests.conformance.sampling import samples


def test_what_is_known_of_a_connection_varies_within_the_text():
    """Certificates may be there or not, and no rule is broken."""
    found = samples(drawn(tls))
    assert {bool(extension.get("client_cert_chain")) for extension in found} == {True, False}
    assert not [finding for extension in found for finding in tls_findings(extension, "https")]
