"""Cases of the handshake find what is wrong with it, and nothing else."""

import pytest

from asgikit.conformance.server.cases.ws_handshake import CASES
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}

FAULTS = [
    ("ws-wait-for-answer", "early-101", "WS-CONN-004"),
    ("ws-wait-for-answer", "no-disconnect-early", "WS-CONN-008"),
    ("ws-eager-client", "early-receive", "WS-CONN-003"),
    ("ws-accept", "bad-key", "WS-CONN-004"),
    ("ws-accept", "drop-fields", "VER-007"),
    ("ws-accept", "reverse-fields", "WS-ACC-008"),
    ("ws-subprotocols", "sorted-subprotocols", "WS-SCOPE-008"),
    ("ws-subprotocols", "no-subprotocol", "WS-ACC-008"),
    ("ws-refuse", "refuse-404", "WS-CONN-007"),
    ("ws-one-call", "two-calls", "CORE-APP-002"),
    ("ws-neighbours", "crash-others", "CORE-ERR-004"),
]


@pytest.mark.parametrize("name", BY_NAME)
def test_a_right_server_passes(name, tmp_path, monkeypatch):
    """No case finds anything at a server that does what it should."""
    assert attempt(BY_NAME[name], tmp_path, monkeypatch) == []


@pytest.mark.parametrize(("name", "defect", "rule"), FAULTS)
def test_a_wrong_server_is_found(name, defect, rule, tmp_path, monkeypatch):
    """Each defect is found by its case, under its rule, and the case says that it can find that rule."""
    found = {rule for rule, _ in attempt(BY_NAME[name], tmp_path, monkeypatch, defect)}
    assert found == {rule}
    assert rule in BY_NAME[name].rules
