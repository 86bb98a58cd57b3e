"""Cases of wrong messages find servers that take them."""

import pytest

from asgikit.conformance.server.cases.ws_misuse import CASES
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}

FAULTS = [
    ("ws-wrong-data", "any-data", "WS-SEND-007"),
    ("ws-wrong-types", "any-type", "CORE-ERR-001"),
    ("ws-out-of-order", "any-order", "WS-ACC-011"),
    ("ws-unsendable-close", "any-close", "WS-CLOSE-011"),
    ("ws-wrong-accept", "any-accept", "WS-ACC-010"),
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
