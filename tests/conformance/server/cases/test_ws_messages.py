"""Cases of messages find what is wrong with them, and nothing else."""

import pytest

from asgikit.conformance.server.cases.ws_messages import CASES
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}

FAULTS = [
    ("ws-echo", "text-as-binary", "WS-SEND-008"),
    ("ws-empty", "drop-empty-in", "WS-RECV-010"),
    ("ws-empty", "drop-empty-out", "WS-SEND-006"),
    ("ws-one-none", "drop-empty-out", "WS-SEND-006"),
    ("ws-extra-keys", "extra-keys-raise", "CORE-MSG-010"),
    ("ws-fragments", "no-reassembly", "WS-RECV-006"),
    ("ws-ping", "short-pong", "WS-RECV-007"),
    ("ws-ping", "deliver-ping", "WS-RECV-007"),
    ("ws-not-utf8", "any-text", "WS-RECV-008"),
    ("ws-not-utf8", "utf8-1011", "WS-RECV-008"),
    ("ws-unmasked", "accept-unmasked", "WS-RECV-009"),
]


@pytest.mark.parametrize("name", [name for name in BY_NAME if "slow" not in name])
def test_a_right_server_passes(name, tmp_path, monkeypatch):
    """No case finds anything at a server that does what it should."""
    assert attempt(BY_NAME[name], tmp_path, monkeypatch) == []


@pytest.mark.parametrize(("name", "defect", "rule"), FAULTS)
def test_a_wrong_server_is_found(name, defect, rule, tmp_path, monkeypatch):
    """Each defect is found by its case, under its rule, and the case says that it can find that rule."""
    found = {rule for rule, _ in attempt(BY_NAME[name], tmp_path, monkeypatch, defect)}
    assert found == {rule}
    assert rule in BY_NAME[name].rules
