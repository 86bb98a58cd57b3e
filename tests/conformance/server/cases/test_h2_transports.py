"""HTTP/2 is reached by prior knowledge, and over TLS."""

import pytest

from asgikit.conformance.server.case import Skipped
from asgikit.conformance.server.cases.h2_transports import CASES
from tests.conformance.server.httpserver import HttpServer
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}


def test_a_server_without_http_2_is_skipped(tmp_path, monkeypatch):
    """What it answered to the preface is told."""
    with pytest.raises(Skipped, match="no HTTP/2 by prior knowledge"):
        attempt(BY_NAME["h2-scope"], tmp_path, monkeypatch, "no-h2", kind=HttpServer)


def test_all_checks_run_over_tls(tmp_path, monkeypatch):
    """At a right server they find nothing, at a wrong one what is wrong."""
    case = BY_NAME["h2-over-tls"]
    assert attempt(case, tmp_path, monkeypatch, kind=HttpServer) == []
    (tmp_path / "second").mkdir()
    found = {rule for rule, _ in attempt(case, tmp_path / "second", monkeypatch, "head-body", kind=HttpServer)}
    assert found == {"HTTP-SEM-012"}


def test_a_server_that_does_not_agree_to_h2_is_skipped(tmp_path, monkeypatch):
    """What it takes by ALPN is told."""
    with pytest.raises(Skipped, match=r"the server takes http/1\.1"):
        attempt(BY_NAME["h2-over-tls"], tmp_path, monkeypatch, kind=HttpServer, alpn=("http/1.1",))


def test_the_names_are_unique():
    """And every case says what it can find."""
    assert len(BY_NAME) == len(CASES)
    assert all(case.rules for case in CASES)
