"""The extensions of a response are tried where they are advertised."""

import pytest

from asgikit.conformance.server.case import Skipped
from asgikit.conformance.server.cases.ext_responses import CASES
from tests.conformance.server.httpserver import HttpServer
from tests.conformance.server.wsattempt import attempt

BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("name", ["ext-early-hints", "ext-trailers", "ext-files"])
def test_a_right_server_passes(name, tmp_path, monkeypatch):
    """Nothing is found at a server whose extensions work."""
    assert attempt(BY_NAME[name], tmp_path, monkeypatch, kind=HttpServer) == []


@pytest.mark.parametrize(
    ("name", "defect", "rule"),
    [
        ("ext-early-hints", "hint-raises", "CORE-EXT-005"),
        ("ext-early-hints", "first-hint", "EXT-HINT-003"),
        ("ext-trailers", "no-trailers", "EXT-TRAIL-006"),
        ("ext-trailers", "always-trailers", "EXT-TRAIL-007"),
        ("ext-files", "byte-more", "CORE-EXT-005"),
        ("ext-files", "missing-is-empty", "EXT-PATH-004"),
    ],
)
def test_a_wrong_server_is_found(name, defect, rule, tmp_path, monkeypatch):
    """Each defect is found under its rule, and the case says that it can find that rule."""
    found = {rule for rule, _ in attempt(BY_NAME[name], tmp_path, monkeypatch, defect, kind=HttpServer)}
    assert found == {rule}
    assert rule in BY_NAME[name].rules


@pytest.mark.parametrize("name", BY_NAME)
def test_an_extension_that_is_not_advertised_is_not_tried(name, tmp_path, monkeypatch):
    """The case is skipped, with the name of the extension."""
    with pytest.raises(Skipped, match=r"does not advertise http\.response"):
        attempt(BY_NAME[name], tmp_path, monkeypatch, "no-extensions", kind=HttpServer)
