"""Cases of the denial response find what is wrong with it, and nothing else."""

import pytest

from asgikit.conformance.server.cases.ws_denial import CASES
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}

FAULTS = [
    ("ws-denial", "denial-last-piece", "EXT-DENY-006"),
    ("ws-denial-disconnect", "denial-no-disconnect", "EXT-DENY-008"),
    ("ws-denial-other-messages", "denial-anything", "EXT-DENY-007"),
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
