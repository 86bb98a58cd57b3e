"""Cases of the end of a socket find what is wrong with it, and nothing else."""

import pytest

from asgikit.conformance.server.cases.ws_close import CASES
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}

FAULTS = [
    ("ws-client-close", "code-1000", "WS-DISC-003"),
    ("ws-client-close", "no-code-1000", "WS-DISC-005"),
    ("ws-client-close", "no-reason", "VER-005"),
    ("ws-lost", "lost-1005", "WS-DISC-006"),
    ("ws-lost", "no-disconnect", "WS-DISC-001"),
    ("ws-app-close", "close-1000", "WS-CLOSE-007"),
    ("ws-last-words", "text-as-binary", "WS-CLOSE-007"),
    ("ws-send-after", "runtime-error", "WS-DISC-010"),
    ("ws-repeated", "repeat-1005", "WS-DISC-007"),
    ("ws-unread", "discard-pending", "WS-DISC-001"),
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
