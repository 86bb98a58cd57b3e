"""What a scope says of TLS is compared with the connection."""

import pytest

from asgikit.conformance.server.case import Skipped
from asgikit.conformance.server.cases.tls_scope import CASES
from tests.conformance.server.httpserver import HttpServer
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_right_server_passes(name, tmp_path, monkeypatch):
    """Nothing is found at a server whose extension is true."""
    assert attempt(BY_NAME[name], tmp_path, monkeypatch, kind=HttpServer) == []


@pytest.mark.parametrize(
    ("name", "defect", "rules"),
    [
        ("tls-in-the-clear", "tls-anyway", {"EXT-TLS-001"}),
        ("tls-scope", "http-scheme", {"HTTP-SCOPE-004"}),
        ("tls-scope", "other-cert", {"EXT-TLS-002"}),
        ("tls-scope", "version-10", {"EXT-TLS-003"}),
        ("tls-scope", "suite-0", {"EXT-TLS-004"}),
        ("tls-client-certificate", "own-chain", {"EXT-TLS-005"}),
        ("tls-client-certificate", "slash-name", {"EXT-TLS-006"}),
    ],
)
def test_a_wrong_server_is_found(name, defect, rules, tmp_path, monkeypatch):
    """Each untruth is found under its rule, and the case says that it can find that rule."""
    found = {rule for rule, _ in attempt(BY_NAME[name], tmp_path, monkeypatch, defect, kind=HttpServer)}
    assert found == rules
    assert rules <= set(BY_NAME[name].rules)


def test_a_server_without_the_extension_is_skipped(tmp_path, monkeypatch):
    """A client certificate cannot be told then."""
    with pytest.raises(Skipped, match="does not have the TLS extension"):
        attempt(BY_NAME["tls-client-certificate"], tmp_path, monkeypatch, "no-tls", kind=HttpServer)
