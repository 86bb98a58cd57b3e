"""The checks of HTTP/2 find what is wrong with a server, and nothing else."""

import pytest

from asgikit.conformance.server.case import Skipped
from asgikit.conformance.server.cases.h2_transports import CASES
from tests.conformance.server.httpserver import HttpServer
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES if not case.alone}

FAULTS = [
    ("h2-scope", "keep-pseudo", {"HTTP-SCOPE-019"}),
    ("h2-scope", "no-host", {"HTTP-SCOPE-020"}),
    ("h2-streams", "same-body", {"HTTP-SCOPE-027"}),
    ("h2-head", "head-body", {"HTTP-SEM-012"}),
    ("h2-fields", "raw-fields", {"HTTP-SEM-020"}),
    ("h2-trailers", "no-trailers", {"EXT-TRAIL-006"}),
    ("h2-trailers", "always-trailers", {"EXT-TRAIL-007"}),
    ("h2-push", "no-push", {"EXT-PUSH-003"}),
    ("h2-push", "other-authority", {"EXT-PUSH-003"}),
    ("h2-early-hints", "hint-raises", {"CORE-EXT-005"}),
    ("h2-early-hints", "first-hint", {"EXT-HINT-003"}),
]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_right_server_passes(name, tmp_path, monkeypatch):
    """No check finds anything at a server that does what it should."""
    assert attempt(BY_NAME[name], tmp_path, monkeypatch, kind=HttpServer) == []


@pytest.mark.parametrize(("name", "defect", "rules"), FAULTS)
def test_a_wrong_server_is_found(name, defect, rules, tmp_path, monkeypatch):
    """Each defect is found by its check, under its rule, and the case says that it can find that rule."""
    found = {rule for rule, _ in attempt(BY_NAME[name], tmp_path, monkeypatch, defect, kind=HttpServer)}
    assert found == rules
    assert rules <= set(BY_NAME[name].rules)


@pytest.mark.parametrize("name", ["h2-trailers", "h2-push", "h2-early-hints"])
def test_an_extension_that_is_not_advertised_is_not_tried(name, tmp_path, monkeypatch):
    """The case is skipped, with the name of the extension."""
    with pytest.raises(Skipped, match=r"does not advertise http\.response"):
        attempt(BY_NAME[name], tmp_path, monkeypatch, "no-extensions", kind=HttpServer)
